/** Why the tasks of a service keep stopping: what ECS says of the last ones, which health check failed how, and their last log lines. */
import type { Task } from "@aws-sdk/client-ecs";
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
    .filter(({ stoppedAt, stopCode, stoppedReason = "" }) => {
      if (!stoppedAt || stoppedAt < since || stopCode === "UserInitiated") return false;
      // The scheduler also stops what a newer deployment replaces, which is no fault.
      return stopCode !== "ServiceSchedulerInitiated" || failedHealthCheck.test(stoppedReason);
    })
    .sort((a, b) => b.stoppedAt!.getTime() - a.stoppedAt!.getTime());
  const reasons = new Set<string>();
  for (const task of stopped) {
    const container = task.containers?.find(({ name }) => name === program.container);
    const exit = container?.exitCode === undefined ? "" : ` (exit code ${container.exitCode})`;
    const detail = container?.reason ? `: ${container.reason}` : "";
    reasons.add(`${task.stoppedReason ?? "stopped"}${detail}${exit}`);
  }
  const unhealthy = stopped.some(({ stoppedReason = "" }) => failedHealthCheck.test(stoppedReason))
    ? await unhealthyTargets(aws, cluster, serviceName, since, stopped)
    : [];
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
    ...unhealthy.map((line) => `${program.name} ${line}`),
    ...lines.map((line) => `${program.name} | ${line}`),
  ];
}

/** In ECS's own words: `Task failed ELB health checks in (target-group …)`, `Task failed container health checks`. */
const failedHealthCheck = /failed (?:ELB|container) health checks/u;

/**
 * Which targets did not pass, and with which status: the service's events tell port and reason (`Health checks failed with these
 * codes: [404]`), the tasks their addresses.
 */
async function unhealthyTargets(aws: Aws, cluster: string, service: string, since: Date, tasks: readonly Task[]): Promise<string[]> {
  const { services = [] } = await aws.call("ecs", "DescribeServices", { cluster, services: [service] });
  const events = (services[0]?.events ?? []).filter(({ createdAt }) => createdAt !== undefined && createdAt >= since);
  const told = events.flatMap(({ message = "" }) => {
    const [, port, reason] = /\(port (\d+)\) is unhealthy in \(target-group [^)]*\) due to \(reason (.*?)\)\.?$/u.exec(message) ?? [];
    return port === undefined ? [] : [{ port, reason: reason! }];
  });
  const addresses = tasks.flatMap(({ attachments = [] }) =>
    attachments.flatMap(({ details = [] }) =>
      details.flatMap(({ name, value }) => (name === "privateIPv4Address" && value ? [value] : [])),
    ),
  );
  const [last] = told;
  if (!last) return [];
  const targets = addresses.slice(0, maxReasons).map((address) => `${address}:${last.port}`);
  return [`was unhealthy at ${targets.length > 0 ? targets.join(", ") : `port ${last.port}`}: ${last.reason}`];
}
