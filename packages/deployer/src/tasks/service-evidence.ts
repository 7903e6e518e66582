/** Why the tasks of a service keep stopping: what ECS says of the last ones, and their last log lines. */
import type { Program } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { outputOf } from "../parameters.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { lastLogLines } from "./task-log.ts";

/** At most this many different stopped tasks are told of; they mostly say the same. */
const maxReasons = 3;

/**
 * @param service the service's name or ARN: after a failed creation no output has it.
 * @param since tasks that stopped before are another deployment's.
 */
export async function serviceEvidence(
  aws: Aws,
  program: Program,
  service: string,
  stacks: ReadonlyMap<string, DeployedStack>,
  since: Date,
): Promise<string[]> {
  const cluster = outputOf(stacks, program.cluster, program.name);
  const serviceName = service.slice(service.lastIndexOf("/") + 1);
  const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster, serviceName, desiredStatus: "STOPPED" });
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: taskArns.slice(0, 100) });
  const stopped = tasks
    .filter(
      ({ stoppedAt, stopCode }) =>
        stoppedAt && stoppedAt >= since && stopCode !== "ServiceSchedulerInitiated" && stopCode !== "UserInitiated",
    )
    .sort((a, b) => b.stoppedAt!.getTime() - a.stoppedAt!.getTime());
  const reasons = new Set<string>();
  for (const task of stopped) {
    const container = task.containers?.find(({ name }) => name === program.container);
    const exit = container?.exitCode === undefined ? "" : ` (exit code ${container.exitCode})`;
    const detail = container?.reason ? `: ${container.reason}` : "";
    reasons.add(`${task.stoppedReason ?? "stopped"}${detail}${exit}`);
  }
  const [last] = stopped;
  if (!last) return [];
  const lines = await lastLogLines(
    aws,
    outputOf(stacks, program.logGroup, program.name),
    { taskDefinition: last.taskDefinitionArn ?? "", container: program.container, taskArn: last.taskArn ?? "" },
    10,
  );
  return [
    ...[...reasons].slice(0, maxReasons).map((reason) => `${program.name} stopped: ${reason}`),
    ...lines.map((line) => `${program.name} | ${line}`),
  ];
}
