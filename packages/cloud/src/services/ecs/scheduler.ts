/**
 * The service scheduler: brings each service to its desired count and its primary deployment, within the deployment's limits, and
 * gives up on a deployment whose tasks keep failing.
 *
 * At every step it looks at what runs and decides anew; nothing is remembered between steps but what the records say. So a step may
 * be taken at any time, twice, or after a crash.
 */
import type { Cloud } from "../../cloud.ts";
import { alarmLookMs, rollingBakeMs, triggeredAlarms, watchesAlarms } from "./deployment-alarms.ts";
import { alarmFailure, completeDeployment, failDeployment, noteFailure } from "./deployment-outcome.ts";
import { shareEndpoints } from "./endpoints.ts";
import { forgetInactive, retire } from "./inactive-service.ts";
import { publishFirst } from "./metrics.ts";
import type { Scope } from "./names.ts";
import { registeredTargets } from "./load-balancers.ts";
import { isReady } from "./readiness.ts";
import { addEvent, allServices, findService, primaryOf, saveService, type ServiceRecord, tasksOfService } from "./service.ts";
import type { TaskRecord } from "./task.ts";
import { isProtected, protectionEndsInMs } from "./task-protection.ts";
import { failingTargets, lookAtTargets, replaceFailing, targetsOf } from "./service-targets.ts";
import { startTasks, stopTasks } from "./service-tasks.ts";
import { shiftStep } from "./shift-step.ts";
import { taskRuns } from "./task-run.ts";
import { tellService } from "./told-events.ts";

interface Watch {
  busy: boolean;
  again: boolean;
  cancelTimer: () => void;
  /** For the end of a health check grace period. */
  cancelGrace: () => void;
  /** For the next look at the alarms of a deployment. */
  cancelAlarms: () => void;
}

const watchesKey = Symbol("ecs service scheduler");
const maxStartsAtOnce = 10;
/** How long placing is tried before it is said that it failed, and after how long it is said again. */
const placementTryMs = 10_000;
const unplacedAgainMs = 6 * 3_600_000;

const scheduler = (cloud: Cloud) => cloud.memory(watchesKey, () => ({ stopped: false, watches: new Map<string, Watch>() }));

/** Lets no service start anything any more (the cloud stops). */
export function stopScheduler(cloud: Cloud): void {
  const held = scheduler(cloud);
  held.stopped = true;
  for (const { cancelTimer, cancelGrace, cancelAlarms } of held.watches.values()) {
    cancelTimer();
    cancelGrace();
    cancelAlarms();
  }
}

export function wakeAllServices(cloud: Cloud): void {
  for (const { region, service } of allServices(cloud)) {
    wakeService({ cloud, account: cloud.account, region }, service.cluster, service.name);
  }
}

/** Has the service looked at, soon and not twice at once. */
export function wakeService(scope: Scope, cluster: string, name: string): void {
  const held = scheduler(scope.cloud);
  if (held.stopped) return;
  const key = `${scope.region}/${cluster}/${name}`;
  let watch = held.watches.get(key);
  if (!watch)
    held.watches.set(key, (watch = { busy: false, again: false, cancelTimer: () => {}, cancelGrace: () => {}, cancelAlarms: () => {} }));
  if (watch.busy) {
    watch.again = true;
    return;
  }
  watch.busy = true;
  watch.cancelTimer();
  const look = async () => {
    do {
      watch.again = false;
      // Whoever woke it finishes first: an operation answers what it wrote itself.
      await Promise.resolve();
      if (held.stopped) return;
      try {
        await step(scope, cluster, name, watch);
        await publishFirst(scope, cluster, name);
      } catch (error) {
        console.error(`ecs: service ${name} was not scheduled:`, error);
      }
    } while (watch.again);
    watch.busy = false;
  };
  scope.cloud.inBackground(`ecs: looking at service ${name}`, look());
}

async function step(scope: Scope, cluster: string, name: string, watch: Watch): Promise<void> {
  await shareEndpoints(scope.cloud);
  await lookAtAlarms(scope, cluster, name, watch);
  const states = await lookAtTargets(scope, cluster, name);
  // Read after that: the service may have changed meanwhile.
  const service = findService(scope, cluster, name);
  if (!service || service.status === "INACTIVE") {
    forgetInactive(scope, service);
    return;
  }
  const tasks = tasksOfService(scope, service).filter(({ lastStatus }) => lastStatus !== "STOPPED");
  // Those that were not told to stop; and all that may still have a process.
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const alive = tasks.filter(({ lastStatus }) => lastStatus !== "DEPROVISIONING");
  const primary = primaryOf(service);

  for (const task of wanted.filter(({ healthStatus }) => healthStatus === "UNHEALTHY")) replaceUnhealthy(scope, service, task);
  watch.cancelGrace();
  const failing = failingTargets(scope, service, wanted, states, (waitMs) => {
    watch.cancelGrace = scope.cloud.world.clock.after(waitMs, () => wakeService(scope, cluster, name));
  });
  for (const { task, target, description } of failing) replaceFailing(scope, service, task, target, description);
  if (service.status === "DRAINING") {
    stopTasks(scope, service, wanted, `Scaling activity initiated by (deployment ${primary.id})`);
    if (tasks.length === 0) retire(scope, service);
    return;
  }

  const isOwn = ({ startedBy }: TaskRecord) => startedBy === primary.id;
  const current = wanted.filter((task) => task.healthStatus !== "UNHEALTHY" && !failing.some((each) => each.task === task));
  const own = current.filter(isOwn);
  const old = current.filter((task) => !isOwn(task));
  const serves = (task: TaskRecord) => isReady(scope, task, targetsOf(service, task), states);
  const wake = () => wakeService(scope, cluster, name);
  const wakeAfter = (waitMs: number) => {
    watch.cancelTimer();
    watch.cancelTimer = scope.cloud.world.clock.after(waitMs, wake);
  };
  if (primary.shift && primary.rolloutState !== "COMPLETED") {
    await shiftStep({ scope, service, alive, current, serves, wake, wakeAfter });
    return;
  }
  const { desiredCount } = service;
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration;
  const most = Math.max(Math.floor((desiredCount * maximumPercent) / 100), desiredCount > 0 && minimumHealthyPercent === 0 ? 1 : 0);
  const least = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const ready = (list: readonly TaskRecord[]) => list.filter(serves);

  // More than wanted: those that are not ready go first, then the youngest. What is protected stays.
  const free = (task: TaskRecord) => !isProtected(scope, task);
  const surplus = own
    .filter(free)
    .toSorted((a, b) => Number(serves(a)) - Number(serves(b)) || b.createdMs - a.createdMs)
    .slice(0, Math.max(0, own.length - desiredCount));
  stopTasks(scope, service, surplus, `Scaling activity initiated by (deployment ${primary.id})`);

  // Of older deployments: what is not ready serves nobody; of the rest as many as leave enough.
  const failed = primary.rolloutState === "FAILED";
  const spare = Math.max(0, ready(current).length - (failed ? desiredCount : least));
  const oldReady = ready(old);
  const oldToStop = [...(failed ? [] : old.filter((task) => !oldReady.includes(task))), ...oldReady.filter(free).slice(0, spare)].filter(
    free,
  );
  stopTasks(scope, service, oldToStop, `Scaling activity initiated by (deployment ${primary.id})`);

  if (primary.launchType === "EC2" && desiredCount > 0) {
    tellUnplaced(scope, service, watch);
    return;
  }
  const room = most - alive.length;
  const missing = Math.min(desiredCount - own.length, room, maxStartsAtOnce);
  if (missing > 0 && !failed) {
    const waitMs = service.waitUntilMs - scope.cloud.world.clock.nowMs();
    if (waitMs > 0) wakeAfter(waitMs);
    else await startTasks(scope, service, primary, missing, wake);
    return;
  }
  // One that is to stop still gets requests until it is deregistered.
  const leaving = tasks.some((task) => task.targets && task.desiredStatus === "STOPPED" && !task.deregistered);
  const steady = own.length === desiredCount && ready(own).length === desiredCount && old.length === 0 && !leaving && !failed;
  const endsInMs = protectionEndsInMs(scope, [...old, ...own]);
  if (endsInMs !== undefined && (old.length > 0 || own.length > desiredCount)) wakeAfter(endsInMs);
  if (steady) await completeWatched(scope, service, wakeAfter);
  else if (service.steady) saveService(scope, { ...service, steady: false });
}

/** A deployment is watched by its alarms from its beginning to its end; one that goes off ends it. */
async function lookAtAlarms(scope: Scope, cluster: string, name: string, watch: Watch): Promise<void> {
  watch.cancelAlarms();
  const isWatched = (service: ServiceRecord | undefined): service is ServiceRecord =>
    service?.status === "ACTIVE" &&
    primaryOf(service).rolloutState === "IN_PROGRESS" &&
    primaryOf(service).alarms?.watched === true &&
    watchesAlarms(service.deploymentConfiguration);
  const before = findService(scope, cluster, name);
  if (!isWatched(before)) return;
  const triggered = await triggeredAlarms(scope, before.deploymentConfiguration);
  watch.cancelAlarms = scope.cloud.world.clock.after(alarmLookMs, () => wakeService(scope, cluster, name));
  const service = findService(scope, cluster, name);
  if (triggered.length === 0 || !isWatched(service) || primaryOf(service).id !== primaryOf(before).id) return;
  const primary = primaryOf(service);
  primary.alarms = { watched: true, triggered };
  failDeployment(scope, service, primary, alarmFailure(triggered), service.deploymentConfiguration.alarms!.rollback === true);
  saveService(scope, service);
}

/** A steady rolling deployment is complete when its alarms have kept quiet for as long as they look back. */
async function completeWatched(scope: Scope, service: ServiceRecord, wakeAfter: (waitMs: number) => void): Promise<void> {
  const { rolloutState, alarms } = primaryOf(service);
  if (rolloutState !== "IN_PROGRESS" || !alarms?.watched || !watchesAlarms(service.deploymentConfiguration)) {
    completeDeployment(scope, service);
    return;
  }
  const bakeMs = await rollingBakeMs(scope, service.deploymentConfiguration);
  const now = findService(scope, service.cluster, service.name);
  const primary = now && primaryOf(now);
  if (!now || primary?.id !== primaryOf(service).id || primary.rolloutState !== "IN_PROGRESS" || !primary.alarms) return;
  const nowMs = scope.cloud.world.clock.nowMs();
  const { bakingSinceMs = nowMs } = primary.alarms;
  if (nowMs - bakingSinceMs >= bakeMs) {
    completeDeployment(scope, now);
    return;
  }
  primary.alarms.bakingSinceMs = bakingSinceMs;
  saveService(scope, now);
  wakeAfter(bakingSinceMs + bakeMs - nowMs);
}

/** There are no container instances, so that tasks on EC2 stay unplaced: the service says so now and then, as on AWS. */
function tellUnplaced(scope: Scope, service: ServiceRecord, watch: Watch): void {
  const { clock } = scope.cloud.world;
  const text =
    "was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
  const primary = primaryOf(service);
  const told = service.events.find(({ message, createdMs }) => message.endsWith(text) && createdMs >= primary.createdMs);
  const dueMs = told ? told.createdMs + unplacedAgainMs : primary.createdMs + placementTryMs;
  let waitMs = dueMs - clock.nowMs();
  if (waitMs <= 0) {
    addEvent(scope, service, text);
    tellService(scope, service, "SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:INSTANCE");
    saveService(scope, { ...service, steady: false });
    waitMs = unplacedAgainMs;
  }
  watch.cancelTimer = clock.after(waitMs, () => wakeService(scope, service.cluster, service.name));
}

/** A target group has news: its services are looked at. */
export function wakeServicesOf(cloud: Cloud, region: string, targetGroupArn: string): void {
  for (const each of allServices(cloud)) {
    if (each.region !== region) continue;
    const { service } = each;
    if (!service.deployments.some((each) => registeredTargets(each).some((target) => target.targetGroupArn === targetGroupArn))) continue;
    wakeService({ cloud, account: cloud.account, region }, service.cluster, service.name);
  }
}

function replaceUnhealthy(scope: Scope, service: ServiceRecord, task: TaskRecord): void {
  const run = taskRuns(scope.cloud).get(task.id);
  if (!run) return;
  addEvent(scope, service, `(task ${task.id}) failed container health checks.`);
  noteFailure(scope, service, task.startedBy!);
  run.stop("Task failed container health checks", "ServiceSchedulerInitiated");
}
