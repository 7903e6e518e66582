/** The tasks of an app: when each ran last and how it ended, and when the next time is of those that run by the clock. */
import { nextRunMs, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import type { Assembly, Program, Run } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface TaskRunState {
  program: Program;
  run: Run;
  schedule?: TaskSchedule;
  /** Absent when it has not run, or what it wrote was forgotten meanwhile. */
  last?: LastRun;
}

export interface TaskSchedule {
  /** As `rate(1 day)`. */
  expression: string;
  timeZone: string;
  enabled: boolean;
  /** Absent when there is none any more. */
  next?: Date;
}

export interface LastRun {
  at: Date;
  running: boolean;
  /** Known while ECS knows the task: an hour from its end. After that its log says when it ran, and no more. */
  exitCode?: number;
  /** Why it ended, in ECS's words. */
  reason?: string;
  taskArn?: string;
  taskDefinition?: string;
}

type Task = NonNullable<Output<"ecs", "DescribeTasks">["tasks"]>[number];

/** In the order of the app; of a stage that is not deployed none. */
export async function taskRuns(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  now: Date,
): Promise<TaskRunState[]> {
  const states = await Promise.all(
    assembly.programs.map(async (program): Promise<TaskRunState | undefined> => {
      const { run } = program;
      const output = (of: { stack: string; output: string } | undefined) => of && stacks.get(of.stack)?.outputs[of.output];
      const [cluster, definition, logGroup] = [output(run?.cluster), output(run?.taskDefinition), output(run?.logGroup)];
      if (!run || cluster === undefined || definition === undefined) return undefined;
      const last =
        (await lastTask(aws, cluster, familyOf(definition), run.container)) ??
        (logGroup === undefined ? undefined : await lastWritten(aws, logGroup, run.container));
      const scheduleName = output(run.schedule);
      const schedule = scheduleName === undefined ? undefined : await readSchedule(aws, scheduleName, now, last?.at);
      return { program, run, ...(schedule && { schedule }), ...(last && { last }) };
    }),
  );
  return states.filter((state) => state !== undefined);
}

const familyOf = (taskDefinition: string) => /([^/]+):\d+$/.exec(taskDefinition)?.[1] ?? taskDefinition;

async function lastTask(aws: Aws, cluster: string, family: string, container: string): Promise<LastRun | undefined> {
  const lists = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) => aws.call("ecs", "ListTasks", { cluster, family, desiredStatus })),
  );
  const arns = lists.flatMap(({ taskArns = [] }) => taskArns.slice(0, 50));
  if (arns.length === 0) return undefined;
  const { tasks = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: arns });
  const newest = tasks.reduce<Task | undefined>((a, b) => (a && (a.createdAt ?? 0) >= (b.createdAt ?? 0) ? a : b), undefined);
  if (!newest?.createdAt) return undefined;
  const ended = newest.containers?.find(({ name }) => name === container);
  const reason = [newest.stoppedReason, ended?.reason].filter(Boolean).join(": ");
  return {
    at: newest.createdAt,
    running: newest.lastStatus !== "STOPPED",
    ...(ended?.exitCode === undefined ? {} : { exitCode: ended.exitCode }),
    ...(reason === "" ? {} : { reason }),
    taskArn: newest.taskArn ?? "",
    taskDefinition: newest.taskDefinitionArn ?? "",
  };
}

/** When ECS has forgotten it: when the newest stream of its log was begun. */
async function lastWritten(aws: Aws, logGroupName: string, container: string): Promise<LastRun | undefined> {
  try {
    const { logStreams = [] } = await aws.call("logs", "DescribeLogStreams", {
      logGroupName,
      orderBy: "LastEventTime",
      descending: true,
      limit: 20,
    });
    const newest = logStreams.find(({ logStreamName = "" }) => logStreamName.split("/").at(-2) === container);
    const at = newest?.firstEventTimestamp ?? newest?.creationTime;
    return at === undefined ? undefined : { at: new Date(at), running: false };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** A rate counts from its last run, where that is known: AWS does not tell when it began to count. */
async function readSchedule(aws: Aws, Name: string, now: Date, lastAt: Date | undefined): Promise<TaskSchedule | undefined> {
  try {
    const found = await aws.call("scheduler", "GetSchedule", { Name });
    const { ScheduleExpression: expression = "", ScheduleExpressionTimezone: timeZone = "UTC", State, StartDate, CreationDate } = found;
    const parsed = parseSchedule(expression);
    const anchor = lastAt ?? StartDate ?? CreationDate ?? now;
    const nextMs = parsed && nextRunMs(parsed, timeZone, now.getTime(), anchor.getTime());
    const enabled = State !== "DISABLED";
    return { expression, timeZone, enabled, ...(enabled && nextMs !== undefined && { next: new Date(nextMs) }) };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
