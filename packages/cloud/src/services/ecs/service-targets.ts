/** A service behind load balancers: its running tasks registered, those whose targets fail found, and what its events say of both. */
import { registeredTargets, type ServiceTarget } from "./load-balancers.ts";
import { noteFailure } from "./deployment-outcome.ts";
import type { Scope } from "./names.ts";
import { addEvent, findService, gracePeriodSeconds, saveService, type ServiceRecord, tasksOfService } from "./service.ts";
import { saveTask, type TaskRecord } from "./task.ts";
import { taskRuns } from "./task-run.ts";
import { readTargetStates, registerTask, targetState, type TargetStates } from "./task-targets.ts";

/** The target groups of the deployment that a task belongs to. */
export function targetsOf({ deployments }: ServiceRecord, { startedBy }: TaskRecord): readonly ServiceTarget[] {
  const deployment = deployments.find(({ id }) => id === startedBy);
  return deployment ? registeredTargets(deployment) : [];
}

/** Registers the tasks that run now, says so, and reads how all targets are. */
export async function lookAtTargets(scope: Scope, cluster: string, name: string): Promise<TargetStates> {
  const service = findService(scope, cluster, name);
  if (!service?.deployments.some(({ loadBalancers = [] }) => loadBalancers.length > 0)) return new Map();
  const registered = new Map<string, number>();
  for (const task of tasksOfService(scope, service)) {
    const targets = targetsOf(service, task);
    if (targets.length === 0 || task.targets || task.lastStatus !== "RUNNING" || task.desiredStatus !== "RUNNING") continue;
    for (const { targetGroupArn } of await registerTask(scope, task.id, targets)) {
      registered.set(targetGroupArn, (registered.get(targetGroupArn) ?? 0) + 1);
    }
  }
  const now = registered.size > 0 ? findService(scope, cluster, name) : undefined;
  if (now) {
    for (const [arn, count] of registered) addEvent(scope, now, `registered ${count} targets in (target-group ${arn})`);
    saveService(scope, now);
  }
  return readTargetStates(scope, service.deployments.flatMap(registeredTargets));
}

interface Failing {
  task: TaskRecord;
  target: ServiceTarget;
  description: string;
}

/** Those whose targets are unhealthy after their grace period; `wakeAfter` hears when the next one's ends. */
export function failingTargets(
  scope: Scope,
  service: ServiceRecord,
  tasks: readonly TaskRecord[],
  states: TargetStates,
  wakeAfter: (waitMs: number) => void,
): Failing[] {
  const nowMs = scope.cloud.world.clock.nowMs();
  let soonestMs = Number.POSITIVE_INFINITY;
  const failing: Failing[] = [];
  for (const task of tasks) {
    for (const target of targetsOf(service, task)) {
      const found = targetState(task, target, states);
      if (found?.state !== "unhealthy") continue;
      const waitMs = (task.startedMs ?? nowMs) + gracePeriodSeconds(service) * 1000 - nowMs;
      if (waitMs > 0) soonestMs = Math.min(soonestMs, waitMs);
      else {
        failing.push({ task, target, description: found.description });
        break;
      }
    }
  }
  if (Number.isFinite(soonestMs)) wakeAfter(soonestMs);
  return failing;
}

export function replaceFailing(scope: Scope, service: ServiceRecord, task: TaskRecord, target: ServiceTarget, description: string): void {
  const run = taskRuns(scope.cloud).get(task.id);
  if (!run) return;
  const { targetGroupArn, containerPort } = target;
  addEvent(scope, service, `(port ${containerPort}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${description}).`);
  noteFailure(scope, service, task.startedBy!);
  tellDeregistered(scope, service, [task]);
  addEvent(scope, service, `has stopped 1 running tasks: (task ${task.id}).`);
  saveService(scope, service);
  run.stop(`Task failed ELB health checks in (target-group ${targetGroupArn})`, "ServiceSchedulerInitiated");
}

/** Says once of each task that its targets go and that its connections drain. */
export function tellDeregistered(scope: Scope, service: ServiceRecord, tasks: readonly TaskRecord[]): void {
  const counts = new Map<string, number>();
  let draining = 0;
  for (const { id } of tasks) {
    const live = taskRuns(scope.cloud).get(id)?.task;
    if (!live?.targets || live.deregistrationTold) continue;
    live.deregistrationTold = true;
    saveTask(scope, live);
    draining++;
    for (const { targetGroupArn } of live.targets) counts.set(targetGroupArn, (counts.get(targetGroupArn) ?? 0) + 1);
  }
  for (const [arn, count] of counts) addEvent(scope, service, `deregistered ${count} targets in (target-group ${arn})`);
  if (draining > 0) addEvent(scope, service, `has begun draining connections on ${draining} tasks.`);
}
