/** Where a task's output lies in CloudWatch Logs, and reading it as it grows. */
import { isAwsError, type Aws } from "../aws.ts";

export interface TaskLog {
  /** The lines since the last call; none while the stream is not there yet. */
  next(): Promise<string[]>;
}

/** The stream of a container's awslogs driver: `{prefix}/{container}/{task id}`. */
export function taskLogStream(aws: Aws, logGroup: string, taskDefinition: string, container: string, taskArn: string): TaskLog {
  const taskId = taskArn.slice(taskArn.lastIndexOf("/") + 1);
  let stream: Promise<string> | undefined;
  let nextToken: string | undefined;
  return {
    async next() {
      stream ??= streamPrefix(aws, taskDefinition, container).then((prefix) => `${prefix}/${container}/${taskId}`);
      const logStreamName = await stream;
      const lines: string[] = [];
      try {
        for (;;) {
          const page = await aws.call("logs", "GetLogEvents", {
            logGroupName: logGroup,
            logStreamName,
            startFromHead: true,
            ...(nextToken === undefined ? {} : { nextToken }),
          });
          for (const { message = "" } of page.events ?? []) lines.push(message);
          const end = page.nextForwardToken === nextToken; // AWS gives the same token back at the end
          nextToken = page.nextForwardToken ?? nextToken;
          if (end || (page.events ?? []).length === 0) return lines;
        }
      } catch (error) {
        if (isAwsError(error, "ResourceNotFoundException")) return lines;
        throw error;
      }
    },
  };
}

async function streamPrefix(aws: Aws, taskDefinition: string, container: string): Promise<string> {
  const { taskDefinition: definition } = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition });
  const one = definition?.containerDefinitions?.find(({ name }) => name === container);
  return one?.logConfiguration?.options?.["awslogs-stream-prefix"] ?? "ecs";
}

/** The last lines that a container of a task wrote. */
export async function lastLogLines(
  aws: Aws,
  logGroup: string,
  task: { taskDefinition: string; container: string; taskArn: string },
  limit: number,
): Promise<string[]> {
  const prefix = await streamPrefix(aws, task.taskDefinition, task.container);
  const taskId = task.taskArn.slice(task.taskArn.lastIndexOf("/") + 1);
  try {
    const { events = [] } = await aws.call("logs", "GetLogEvents", {
      logGroupName: logGroup,
      logStreamName: `${prefix}/${task.container}/${taskId}`,
      limit,
    });
    return events.map(({ message = "" }) => message);
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return [];
    throw error;
  }
}
