/** Runs a one-off task to its end: its log lines as they come, its exit code, and why it stopped. */
import type { Run } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, type Time } from "../deployment.ts";
import { outputOf } from "../parameters.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { taskLogStream } from "./task-log.ts";

export interface TaskInput {
  run: Run;
  stacks: ReadonlyMap<string, DeployedStack>;
  /** Another definition with the same container. @default that of the run */
  taskDefinition?: string;
  /** Environment for this run only. */
  env?: Record<string, string>;
  onLine: (line: string) => void;
  /** Who asked for it, as ECS records it. */
  startedBy: string;
}

export interface TaskResult {
  taskArn: string;
  /** Absent when the container never ran. */
  exitCode?: number;
  stoppedReason?: string;
  /** The last 20 lines. */
  lastLines: string[];
}

export interface StartedTask {
  cluster: string;
  taskArn: string;
  taskDefinitionArn: string;
}

/** @throws DeployError `task-failed` when it could not be started. */
export async function startTask(
  aws: Aws,
  input: Omit<TaskInput, "onLine"> & {
    /** Whether sessions can be opened in it. */
    exec?: boolean;
  },
): Promise<StartedTask> {
  const { run, stacks } = input;
  const cluster = outputOf(stacks, run.cluster, run.name);
  const { tasks = [], failures = [] } = await aws.call("ecs", "RunTask", {
    cluster,
    taskDefinition: input.taskDefinition ?? outputOf(stacks, run.taskDefinition, run.name),
    count: 1,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
    ...(input.exec === true && { enableExecuteCommand: true }),
    startedBy: input.startedBy.slice(0, 36),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: run.subnets.map((subnet) => outputOf(stacks, subnet, run.name)).flatMap((value) => value.split(",")),
        securityGroups: run.securityGroups.map((group) => outputOf(stacks, group, run.name)),
        assignPublicIp: run.assignPublicIp ? "ENABLED" : "DISABLED",
      },
    },
    ...(input.env
      ? {
          overrides: {
            containerOverrides: [{ name: run.container, environment: Object.entries(input.env).map(([name, value]) => ({ name, value })) }],
          },
        }
      : {}),
  });
  const taskArn = tasks[0]?.taskArn;
  if (!taskArn) {
    const reason = failures[0]?.reason ?? "no reason given";
    throw new DeployError("task-failed", `The task ${run.name} could not be started: ${reason}.`);
  }
  return { cluster, taskArn, taskDefinitionArn: tasks[0]?.taskDefinitionArn ?? "" };
}

/**
 * @param signal stops the watching, with the error `interrupted`; the task itself runs on.
 * @throws DeployError `task-failed` when it could not be started.
 */
export async function runTask(aws: Aws, time: Time, signal: AbortSignal, input: TaskInput): Promise<TaskResult> {
  const { run, stacks } = input;
  const { cluster, taskArn, taskDefinitionArn } = await startTask(aws, input);

  const lastLines: string[] = [];
  const take = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    input.onLine(line);
  };
  const log = taskLogStream(aws, outputOf(stacks, run.logGroup, run.name), taskDefinitionArn, run.container, taskArn);
  for (const delayMs of pollingDelaysMs(aws)) {
    const described = await aws.call("ecs", "DescribeTasks", { cluster, tasks: [taskArn] });
    const task = described.tasks?.[0];
    for (const line of await log.next()) take(line);
    if (!task || task.lastStatus === "STOPPED") {
      for (const line of await log.next()) take(line);
      const container = task?.containers?.find(({ name }) => name === run.container);
      const reason = [task?.stoppedReason, container?.reason].filter((text) => text !== undefined && text !== "").join(": ");
      return {
        taskArn,
        ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
        ...(reason === "" ? {} : { stoppedReason: reason }),
        lastLines,
      };
    }
    await time.sleep(delayMs, signal);
  }
  throw new Error("unreachable");
}

/** For a run that has to end with 0. @throws DeployError `task-failed` with the reason and the last lines. */
export function mustSucceed(name: string, result: TaskResult, remedy: string): void {
  if (result.exitCode === 0) return;
  const how = result.exitCode === undefined ? "did not run" : `ended with exit code ${result.exitCode}`;
  const echo = result.exitCode !== undefined && /^Essential container in task exited$/.test(result.stoppedReason ?? "");
  const reason = result.stoppedReason && !echo ? `: ${result.stoppedReason}` : "";
  throw new DeployError("task-failed", `The task ${name} ${how}${reason}.`, { remedy, evidence: result.lastLines });
}
