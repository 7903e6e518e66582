/**
 * The service scheduler: brings each service to its desired count and its primary deployment, within the deployment's limits, and
 * gives up on a deployment whose tasks keep failing.
 *
 * At every step it looks at what runs and decides anew; nothing is remembered between steps but what the records say. So a step may
 * be taken at any time, twice, or after a crash.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { shareEndpoints } from "./endpoints.ts";
import { completeDeployment, noteFailure } from "./deployment-outcome.ts";
import { forgetInactive, retire } from "./inactive-service.ts";
import type { Scope } from "./names.ts";
import { isReady, watchReadiness } from "./readiness.ts";
import {
  addEvent,
  allServices,
  type DeploymentRecord,
  findService,
  primaryOf,
  saveService,
  type ServiceRecord,
  tasksOfService,
} from "./service.ts";
import type { TaskRecord } from "./task.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { checkRoles, createTask, nextProvider } from "./task-launch.ts";
import { startTask } from "./task-life.ts";
import { failingTargets, lookAtTargets, replaceFailing, targetsOf, tellDeregistered } from "./service-targets.ts";
import { taskRuns } from "./task-run.ts";

interface Watch {
  busy: boolean;
  again: boolean;
  cancelTimer: () => void;
  /** For the end of a health check grace period. */
  cancelGrace: () => void;
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
  for (const { cancelTimer, cancelGrace } of held.watches.values()) {
    cancelTimer();
    cancelGrace();
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
  if (!watch) held.watches.set(key, (watch = { busy: false, again: false, cancelTimer: () => {}, cancelGrace: () => {} }));
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
      } catch (error) {
        console.error(`ecs: service ${name} was not scheduled:`, error);
      }
    } while (watch.again);
    watch.busy = false;
  };
  void look();
}

async function step(scope: Scope, cluster: string, name: string, watch: Watch): Promise<void> {
  await shareEndpoints(scope.cloud);
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
  const { desiredCount } = service;
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration;
  const most = Math.max(Math.floor((desiredCount * maximumPercent) / 100), desiredCount > 0 && minimumHealthyPercent === 0 ? 1 : 0);
  const least = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const serves = (task: TaskRecord) => isReady(scope, task, targetsOf(service, task), states);
  const ready = (list: readonly TaskRecord[]) => list.filter(serves);

  // More than wanted: those that are not ready go first, then the youngest.
  const surplus = own
    .toSorted((a, b) => Number(serves(a)) - Number(serves(b)) || b.createdMs - a.createdMs)
    .slice(0, Math.max(0, own.length - desiredCount));
  stopTasks(scope, service, surplus, `Scaling activity initiated by (deployment ${primary.id})`);

  // Of older deployments: what is not ready serves nobody; of the rest as many as leave enough.
  const failed = primary.rolloutState === "FAILED";
  const spare = Math.max(0, ready(current).length - (failed ? desiredCount : least));
  const oldReady = ready(old);
  const oldToStop = [...(failed ? [] : old.filter((task) => !oldReady.includes(task))), ...oldReady.slice(0, spare)];
  stopTasks(scope, service, oldToStop, `Scaling activity initiated by (deployment ${primary.id})`);

  if (primary.launchType === "EC2" && desiredCount > 0) {
    tellUnplaced(scope, service, watch);
    return;
  }
  const room = most - alive.length;
  const missing = Math.min(desiredCount - own.length, room, maxStartsAtOnce);
  if (missing > 0 && !failed) {
    const waitMs = service.waitUntilMs - scope.cloud.world.clock.nowMs();
    if (waitMs > 0) watch.cancelTimer = scope.cloud.world.clock.after(waitMs, () => wakeService(scope, cluster, name));
    else await startTasks(scope, service, primary, missing);
    return;
  }
  // One that is to stop still gets requests until it is deregistered.
  const leaving = tasks.some((task) => task.targets && task.desiredStatus === "STOPPED" && !task.deregistered);
  const steady = own.length === desiredCount && ready(own).length === desiredCount && old.length === 0 && !leaving && !failed;
  if (steady) completeDeployment(scope, service);
  else if (service.steady) saveService(scope, { ...service, steady: false });
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
    saveService(scope, { ...service, steady: false });
    waitMs = unplacedAgainMs;
  }
  watch.cancelTimer = clock.after(waitMs, () => wakeService(scope, service.cluster, service.name));
}

async function startTasks(scope: Scope, service: ServiceRecord, primary: DeploymentRecord, count: number): Promise<void> {
  const { network, platformVersion } = primary;
  if (!network || platformVersion === undefined) return;
  const definition = findTaskDefinition(scope, `${primary.family}:${primary.revision}`);
  try {
    if (!definition) throw new AwsError("ClientException", "TaskDefinition not found.");
    checkRoles(scope, definition);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const now = findService(scope, service.cluster, service.name);
    if (!now) return;
    addEvent(scope, now, `failed to launch a task with (error ${error.message}).`);
    noteFailure(scope, now, primary.id);
    return;
  }
  // While the roles were read the service may have changed: then the next step decides.
  const now = findService(scope, service.cluster, service.name);
  if (!now || now.status !== "ACTIVE" || primaryOf(now).id !== primary.id || now.desiredCount < service.desiredCount) {
    wakeService(scope, service.cluster, service.name);
    return;
  }
  const running = tasksOfService(scope, now).filter((task) => task.startedBy === primary.id && task.desiredStatus === "RUNNING");
  const providers = running.map(({ capacityProvider }) => capacityProvider);
  const started: TaskRecord[] = [];
  for (let index = 0; index < count; index++) {
    const capacityProvider = primary.strategy && nextProvider(primary.strategy, providers);
    providers.push(capacityProvider);
    const task = createTask(scope, {
      cluster: now.cluster,
      definition,
      capacityProvider,
      group: `service:${now.name}`,
      startedBy: primary.id,
      platformVersion,
      enableExecuteCommand: now.enableExecuteCommand,
      overrides: {},
      network,
      tags: tagsOfTask(now, definition.tags),
    });
    started.push(task);
  }
  const last = primaryOf(now);
  last.updatedMs = scope.cloud.world.clock.nowMs();
  now.steady = false;
  addEvent(scope, now, `has started ${started.length} tasks: ${started.map(({ id }) => `(task ${id})`).join(" ")}.`);
  saveService(scope, now);
  for (const task of started) follow(scope, now.cluster, now.name, task);
}

function tagsOfTask(service: ServiceRecord, ofDefinition: Record<string, string>): Record<string, string> {
  const own = (tags: Record<string, string>) => Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
  return {
    ...(service.propagateTags === "SERVICE" && own(service.tags)),
    ...(service.propagateTags === "TASK_DEFINITION" && own(ofDefinition)),
    ...(service.enableEcsManagedTags && { "aws:ecs:clusterName": service.cluster, "aws:ecs:serviceName": service.name }),
  };
}

/** Starts a task that was written down, and looks at the service whenever it changes. */
function follow(scope: Scope, cluster: string, name: string, task: TaskRecord): void {
  let failed = false;
  let ran = false;
  const run = startTask(scope, task, () => {
    if (task.lastStatus === "RUNNING" && !ran) {
      ran = true;
      watchReadiness(run, () => wakeService(scope, cluster, name)).catch((error: unknown) => console.error("ecs: readiness:", error));
    }
    if (task.lastStatus === "DEACTIVATING" && task.targets && !task.deregistrationTold) {
      const service = findService(scope, cluster, name);
      if (service) {
        tellDeregistered(scope, service, [task]);
        saveService(scope, service);
      }
    }
    const byItself = task.stopCode === "EssentialContainerExited" || task.stopCode === "TaskFailedToStart";
    if (byItself && !failed) {
      failed = true;
      const service = findService(scope, cluster, name);
      if (service) noteFailure(scope, service, task.startedBy!);
    }
    wakeService(scope, cluster, name);
  });
}

/** A target group has news: its services are looked at. */
export function wakeServicesOf(cloud: Cloud, region: string, targetGroupArn: string): void {
  for (const each of allServices(cloud)) {
    if (each.region !== region) continue;
    const { service } = each;
    if (!service.deployments.some(({ loadBalancers }) => loadBalancers?.some((target) => target.targetGroupArn === targetGroupArn)))
      continue;
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

function stopTasks(scope: Scope, service: ServiceRecord, tasks: readonly TaskRecord[], reason: string): void {
  const stopped = tasks.filter(({ id }) => taskRuns(scope.cloud).has(id));
  if (stopped.length === 0) return;
  service.steady = false;
  tellDeregistered(scope, service, stopped);
  addEvent(scope, service, `has stopped ${stopped.length} running tasks: ${stopped.map(({ id }) => `(task ${id})`).join(" ")}.`);
  saveService(scope, service);
  for (const { id } of stopped) taskRuns(scope.cloud).get(id)?.stop(reason, "ServiceSchedulerInitiated");
}
