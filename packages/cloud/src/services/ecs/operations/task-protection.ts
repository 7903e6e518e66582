/** Protecting tasks of services, and asking which are protected. */
import type { Failure } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { requireCluster } from "../cluster.ts";
import { invalidParameter } from "../errors.ts";
import { type Scope, taskArn } from "../names.ts";
import { wakeService } from "../scheduler.ts";
import { findTask, type TaskRecord } from "../task.ts";
import { describeProtection, isOfService, mostMinutes, protect, standardMinutes } from "../task-protection.ts";
import { taskRuns } from "../task-run.ts";

/** The tasks that may be protected, and why the others may not. */
function sort(scope: Scope, cluster: string, given: readonly string[]): { tasks: TaskRecord[]; failures: Failure[] } {
  const tasks: TaskRecord[] = [];
  const failures: Failure[] = [];
  for (const one of given) {
    const arn = one.startsWith("arn:") ? one : taskArn(scope, cluster, one);
    const found = taskRuns(scope.cloud).get(arn.slice(arn.lastIndexOf("/") + 1))?.task ?? findTask(scope, cluster, one);
    if (!found || found.cluster !== cluster) failures.push({ arn, reason: "MISSING" });
    else if (!isOfService(found))
      failures.push({ arn, reason: "TASK_NOT_VALID", detail: "The specified task is not part of an Amazon ECS service." });
    else tasks.push(found);
  }
  return { tasks, failures };
}

export const updateTaskProtection = operation("ecs", "UpdateTaskProtection", (input, context) => {
  const { name: cluster } = requireCluster(context, input.cluster);
  if (input.tasks.length === 0) throw invalidParameter("Tasks cannot be empty.");
  if (input.tasks.length > 10) throw invalidParameter("Tasks can have at most 10 items.");
  const minutes = input.expiresInMinutes ?? standardMinutes;
  if (minutes < 1 || minutes > mostMinutes) throw invalidParameter(`expiresInMinutes must be between 1 and ${mostMinutes}.`);
  const { tasks, failures } = sort(context, cluster, input.tasks);
  for (const task of tasks) {
    protect(context, task, input.protectionEnabled ? minutes : undefined);
    wakeService(context, cluster, task.group.slice("service:".length));
  }
  return { protectedTasks: tasks.map((task) => describeProtection(context, task)), failures };
});

export const getTaskProtection = operation("ecs", "GetTaskProtection", (input, context) => {
  const { name: cluster } = requireCluster(context, input.cluster);
  if (!input.tasks || input.tasks.length === 0) throw invalidParameter("Tasks cannot be empty.");
  if (input.tasks.length > 100) throw invalidParameter("Tasks can have at most 100 items.");
  const { tasks, failures } = sort(context, cluster, input.tasks);
  return { protectedTasks: tasks.map((task) => describeProtection(context, task)), failures };
});
