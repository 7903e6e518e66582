/**
 * One look at a service whose deployment takes over by moving requests: both versions are held at the desired count, and the deployment
 * goes on by at most one stage, or one share of requests. As with rolling deployments nothing is remembered between looks but what the
 * records say, so that a look may be taken at any time, twice, or after a crash.
 */
import type { DeploymentLifecycleHookStage, ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import { completeDeployment, type DeploymentFailure, failDeployment, ruleFailure } from "./deployment-outcome.ts";
import { invokeHooks } from "./hook-invocation.ts";
import { beginHooks, expired, hasFailed, hookFailure, isOpen } from "./lifecycle-hooks.ts";
import { checkRules, RuleFault, setShare } from "./listener-rules.ts";
import { registeredTargets } from "./load-balancers.ts";
import type { Scope } from "./names.ts";
import { addEvent, type DeploymentRecord, findService, primaryOf, saveService, type ServiceRecord } from "./service.ts";
import { noteStage } from "./service-deployment.ts";
import { startTasks, stopTasks } from "./service-tasks.ts";
import type { TaskRecord } from "./task.ts";
import { bakeMs, isAtLeast, nextPercent, stageAfter, stepMs, type TrafficShift } from "./traffic-shift.ts";

export interface Look {
  scope: Scope;
  service: ServiceRecord;
  /** All that may still have a process. */
  alive: readonly TaskRecord[];
  /** Those that are neither told to stop nor about to be replaced. */
  current: readonly TaskRecord[];
  serves(task: TaskRecord): boolean;
  wake(): void;
  wakeAfter(waitMs: number): void;
}

const maxStartsAtOnce = 10;
/** Rules that the role may not change now may be changed later: so a service gets its requests back as soon as the role is mended. */
const retryMs = 10_000;

export async function shiftStep(look: Look): Promise<void> {
  const { service } = look;
  const primary = primaryOf(service);
  const shift = primary.shift!;
  const source = service.deployments.find(({ id }) => id === shift.sourceId);
  const failed = primary.rolloutState === "FAILED";
  if (source && (failed || !isAtLeast(shift.stage, "CLEAN_UP"))) await hold(look, source);
  if (failed) return;
  if (isAtLeast(shift.stage, "SCALE_UP")) await hold(look, primary);
  const now = look.scope.cloud.world.clock.nowMs();
  if (shift.refusedMs !== undefined && now - shift.refusedMs < retryMs) {
    look.wakeAfter(shift.refusedMs + retryMs - now);
    return;
  }
  try {
    await advance(look, primary, source);
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    refused(look, primary, error);
  }
}

async function advance(look: Look, primary: DeploymentRecord, source: DeploymentRecord | undefined): Promise<void> {
  const { scope, service, wakeAfter } = look;
  const shift = primary.shift!;
  const { deploymentConfiguration } = service;
  const nowMs = scope.cloud.world.clock.nowMs();
  const on = (change: Partial<TrafficShift> = {}) => enter(look, primary, { stage: stageAfter(shift.stage)!, ...change });
  switch (shift.stage) {
    case "RECONCILE_SERVICE":
      if (source) {
        await share(scope, source, "testListenerRule", 100);
        await share(scope, source, "productionListenerRule", 100);
      }
      if (clearAway(look, [primary, ...(source ? [source] : [])]) && passesHooks(look, primary, "RECONCILE_SERVICE")) on();
      return;
    case "PRE_SCALE_UP":
      await checkRules(scope, primary.loadBalancers ?? []);
      return passesHooks(look, primary, "PRE_SCALE_UP") ? on() : undefined;
    case "SCALE_UP":
      return isWhole(look, primary) ? on() : undefined;
    case "TEST_TRAFFIC_SHIFT": {
      const tests = (primary.loadBalancers ?? []).some(({ advancedConfiguration }) => advancedConfiguration?.testListenerRule);
      if (tests && shift.testPercent < 100) {
        await share(scope, primary, "testListenerRule", 100);
        return enter(look, primary, { testPercent: 100 });
      }
      return passesHooks(look, primary, "TEST_TRAFFIC_SHIFT") ? on() : undefined;
    }
    case "PRODUCTION_TRAFFIC_SHIFT": {
      if (shift.restores) {
        await share(scope, primary, "productionListenerRule", 100);
        await share(scope, primary, "testListenerRule", 100);
        if (shift.productionPercent < 100 || shift.testPercent < 100)
          return enter(look, primary, { productionPercent: 100, testPercent: 100 });
        return looksBack(look, primary) ? enter(look, primary, { stage: "CLEAN_UP" }) : undefined;
      }
      const percent = shift.productionPercent;
      if (percent > 0 && !passesHooks(look, primary, "PRODUCTION_TRAFFIC_SHIFT")) return;
      if (percent === 100) return on();
      const waitMs = percent === 0 ? 0 : shift.sinceMs + stepMs(deploymentConfiguration) - nowMs;
      if (waitMs > 0) return wakeAfter(waitMs);
      if (!passesHooks(look, primary, "PRE_PRODUCTION_TRAFFIC_SHIFT")) return;
      const next = nextPercent(deploymentConfiguration, percent, source === undefined);
      await share(scope, primary, "productionListenerRule", next);
      return enter(look, primary, { productionPercent: next });
    }
    case "BAKE_TIME": {
      const waitMs = source ? shift.sinceMs + bakeMs(deploymentConfiguration) - nowMs : 0;
      return waitMs > 0 ? wakeAfter(waitMs) : on();
    }
    case "CLEAN_UP":
      if (clearAway(look, [primary]) && isWhole(look, primary)) completeDeployment(scope, service);
      return;
    case "POST_SCALE_UP":
    case "POST_TEST_TRAFFIC_SHIFT":
    case "POST_PRODUCTION_TRAFFIC_SHIFT":
      return passesHooks(look, primary, shift.stage) ? on() : undefined;
  }
}

/** Starts what is missing of a deployment, and stops what it has too much. */
async function hold({ scope, service, current, serves, wake, wakeAfter }: Look, deployment: DeploymentRecord): Promise<void> {
  const own = current.filter(({ startedBy }) => startedBy === deployment.id);
  const surplus = own
    .toSorted((a, b) => Number(serves(a)) - Number(serves(b)) || b.createdMs - a.createdMs)
    .slice(0, Math.max(0, own.length - service.desiredCount));
  stopTasks(scope, service, surplus, `Scaling activity initiated by (deployment ${deployment.id})`);
  const missing = Math.min(service.desiredCount - own.length, maxStartsAtOnce);
  if (missing <= 0) return;
  const waitMs = service.waitUntilMs - scope.cloud.world.clock.nowMs();
  if (waitMs > 0) wakeAfter(waitMs);
  else await startTasks(scope, service, deployment, missing, wake);
}

function isWhole({ service, current, serves }: Look, { id }: DeploymentRecord): boolean {
  const own = current.filter(({ startedBy }) => startedBy === id);
  return own.length === service.desiredCount && own.every(serves);
}

/** Stops the tasks of all other deployments; whether they are gone. */
function clearAway({ scope, service, alive, current }: Look, kept: readonly DeploymentRecord[]): boolean {
  const isLeft = ({ startedBy }: TaskRecord) => !kept.some(({ id }) => id === startedBy);
  stopTasks(scope, service, current.filter(isLeft), `Scaling activity initiated by (deployment ${primaryOf(service).id})`);
  return !alive.some(isLeft);
}

async function share(
  scope: Scope,
  deployment: DeploymentRecord,
  rule: "productionListenerRule" | "testListenerRule",
  percent: number,
): Promise<void> {
  const registered = registeredTargets(deployment);
  const targets = (deployment.loadBalancers ?? []).map((given, i) => ({ given, registered: registered[i]! }));
  await setShare(scope, targets, rule, percent);
}

/** Whether the hooks of a stage let the deployment go on: a look begins them, later ones find what has become of them. */
function passesHooks(look: Look, primary: DeploymentRecord, stage: DeploymentLifecycleHookStage): boolean {
  const { scope, service, wake, wakeAfter } = look;
  const { world } = scope.cloud;
  const { hooks = [], productionPercent, restores } = primary.shift!;
  const at = `${stage} ${productionPercent}`;
  const nowMs = world.clock.nowMs();
  const before = hooks.filter((run) => run.at === at);
  const now =
    before.length > 0 ? before.map((run) => expired(run, nowMs)) : beginHooks(service.deploymentConfiguration, { stage, at, world });
  if (now.some((run, i) => run !== before[i])) {
    enter(look, primary, { sinceMs: primary.shift!.sinceMs, hooks: [...hooks.filter((run) => run.at !== at), ...now] });
    return false;
  }
  const failure = now.find(hasFailed);
  // The way back goes on whatever they say: there is none from it.
  if (failure && !restores) {
    takeBack(look, primary, hookFailure(failure));
    return false;
  }
  const open = now.filter(isOpen);
  if (open.length === 0) return true;
  const dueMs = invokeHooks(scope, service, open, wake) ?? Infinity;
  wakeAfter(Math.min(dueMs, ...open.map(({ expiresMs }) => expiresMs)) - nowMs);
  return false;
}

/** On the way back the hooks of both shifts are called once more, of those that the failed deployment had come to. */
function looksBack(look: Look, primary: DeploymentRecord): boolean {
  const { reached = "PRE_SCALE_UP" } = primary.shift!;
  return (["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"] as const).every(
    (stage) => !isAtLeast(reached, stage) || passesHooks(look, primary, stage),
  );
}

function takeBack(look: Look, { id }: DeploymentRecord, failure: DeploymentFailure): void {
  const service = findService(look.scope, look.service.cluster, look.service.name);
  const primary = service && primaryOf(service);
  if (service && primary?.id === id && primary.rolloutState === "IN_PROGRESS") {
    failDeployment(look.scope, service, primary, failure, true);
    saveService(look.scope, service);
  }
  look.wake();
}

/** Writes down a stage or a share, when the service is still as it was looked at. */
function enter(
  { scope, service: { cluster, name }, wake }: Look,
  { id, shift: before }: DeploymentRecord,
  change: Partial<TrafficShift>,
): void {
  const service = findService(scope, cluster, name);
  const primary = service?.deployments.find((each) => each.id === id && each.status === "PRIMARY");
  if (!service || !primary?.shift || primary.rolloutState !== "IN_PROGRESS" || primary.shift.stage !== before!.stage) return wake();
  const { refusedMs: _, ...kept } = primary.shift;
  const nowMs = scope.cloud.world.clock.nowMs();
  primary.shift = { ...kept, sinceMs: nowMs, ...change };
  primary.updatedMs = nowMs;
  scope.cloud.store.transaction(() => {
    saveService(scope, service);
    noteStage(scope, service, primary.shift!);
  });
  wake();
}

/** A deployment whose rules cannot be changed is taken back; one that restores the version before tries again until it can. */
function refused(look: Look, { id }: DeploymentRecord, fault: RuleFault): void {
  const { scope, wakeAfter } = look;
  const service = findService(scope, look.service.cluster, look.service.name);
  const primary = service && primaryOf(service);
  if (!service || primary?.id !== id || !primary.shift) return look.wake();
  if (!primary.shift.restores) {
    failDeployment(scope, service, primary, ruleFailure(fault.message), true);
    saveService(scope, service);
    return look.wake();
  }
  if (primary.shift.refusedMs === undefined) addEvent(scope, service, `was unable to roll back because of ${fault.message}`);
  primary.shift.refusedMs = scope.cloud.world.clock.nowMs();
  saveService(scope, service);
  wakeAfter(retryMs);
}

/** The stage in which a new deployment begins: where another is still under way, its requests and tasks go first. */
export function firstStage(service: ServiceRecord | undefined, source: DeploymentRecord | undefined): ServiceDeploymentLifecycleStage {
  const others = service?.deployments.some(({ id }) => id !== source?.id) ?? false;
  return source && others ? "RECONCILE_SERVICE" : "PRE_SCALE_UP";
}
