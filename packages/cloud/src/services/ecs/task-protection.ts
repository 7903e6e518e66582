/** Protection of a service's tasks: what is protected is not stopped to scale in or to deploy, until its time is over. */
import type { ProtectedTask } from "@aws-sdk/client-ecs";
import { type Scope, taskArn } from "./names.ts";
import { saveTask, type TaskRecord } from "./task.ts";

/** AWS: by default two hours, at most two days. */
export const standardMinutes = 120;
export const mostMinutes = 2880;

export const isOfService = ({ group }: TaskRecord) => group.startsWith("service:");

export function isProtected({ cloud }: Pick<Scope, "cloud">, { protectedUntilMs = 0 }: TaskRecord): boolean {
  return protectedUntilMs > cloud.world.clock.nowMs();
}

/** `minutes` of `undefined` ends it. */
export function protect(scope: Scope, task: TaskRecord, minutes: number | undefined): void {
  if (minutes === undefined) delete task.protectedUntilMs;
  else task.protectedUntilMs = scope.cloud.world.clock.nowMs() + minutes * 60_000;
  saveTask(scope, task);
}

export function describeProtection(scope: Scope, task: TaskRecord): ProtectedTask {
  const on = isProtected(scope, task);
  return {
    taskArn: taskArn(scope, task.cluster, task.id),
    protectionEnabled: on,
    ...(on && { expirationDate: new Date(task.protectedUntilMs!) }),
  };
}

/** When the next of these protections ends, in milliseconds from now; `undefined` where none is on. */
export function protectionEndsInMs(scope: Scope, tasks: readonly TaskRecord[]): number | undefined {
  const ends = tasks.filter((task) => isProtected(scope, task)).map(({ protectedUntilMs }) => protectedUntilMs!);
  return ends.length === 0 ? undefined : Math.min(...ends) - scope.cloud.world.clock.nowMs();
}
