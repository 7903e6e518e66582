/** Service deployments: the history that ListServiceDeployments and its siblings answer. */
import type { ServiceDeployment, ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import { clusterArn, type Scope, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "./names.ts";
import { describeHook, type HookRun } from "./lifecycle-hooks.ts";
import { type DeploymentRecord, findService, isPending, isRunning, type ServiceRecord, tasksOfService } from "./service.ts";
import type { TrafficShift } from "./traffic-shift.ts";
import { tellDeployment } from "./told-events.ts";

export type ServiceDeploymentStatus =
  | "PENDING"
  | "IN_PROGRESS"
  | "SUCCESSFUL"
  | "STOPPED"
  | "ROLLBACK_REQUESTED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

export interface ServiceDeploymentRecord {
  /** 22 characters, as at the end of its ARN. */
  id: string;
  cluster: string;
  service: string;
  /** The deployment that it brought out, `ecs-svc/…`: its revision has the same number. */
  deployment: DeploymentRecord;
  sourceDeployments: string[];
  status: ServiceDeploymentStatus;
  statusReason?: string;
  createdMs: number;
  finishedMs?: number;
  updatedMs?: number;
  rollback?: { reason: string; startedMs: number; deployment: string };
  /** Where it stands, and what its revision has of the requests, where its strategy moves them. */
  shift?: { stage: ServiceDeploymentLifecycleStage; productionPercent: number; testPercent: number; hooks?: HookRun[] };
  /** Of those that watched it. */
  triggeredAlarms?: string[];
  failureCount: number;
  desiredCount: number;
}

const kept = 50;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const history = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<ServiceDeploymentRecord>("ecs-service-deployment");

const keyOf = ({ cluster, service, createdMs, id }: ServiceDeploymentRecord) =>
  `${cluster}/${service}/${String(createdMs).padStart(15, "0")}/${id}`;

/** In the order in which they began. */
export function listServiceDeployments(scope: Scope, cluster: string, service: string): ServiceDeploymentRecord[] {
  return history(scope).list(scope.region, `${cluster}/${service}/`);
}

export function findServiceDeployment(scope: Scope, arn: string): ServiceDeploymentRecord | undefined {
  const [, cluster, service, id] = arn.slice(arn.lastIndexOf(":") + 1).split("/");
  if (cluster === undefined || service === undefined) return undefined;
  return listServiceDeployments(scope, cluster, service).find((record) => record.id === id);
}

/** Notes the beginning of a deployment; the one before it that is still under way is over. The caller saves the service. */
export function beginServiceDeployment(
  scope: Scope,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  sources: readonly string[],
): void {
  const { random, clock } = scope.cloud.world;
  const before = listServiceDeployments(scope, service.cluster, service.name);
  for (const record of before.filter(({ finishedMs }) => finishedMs === undefined)) {
    history(scope).put(scope.region, keyOf(record), {
      ...record,
      status: "STOPPED",
      statusReason: "A new service deployment was started.",
      finishedMs: clock.nowMs(),
    });
  }
  for (const record of before.slice(0, Math.max(0, before.length - kept + 1))) history(scope).delete(scope.region, keyOf(record));
  const record: ServiceDeploymentRecord = {
    id: random.text(22, alphabet),
    cluster: service.cluster,
    service: service.name,
    deployment,
    sourceDeployments: [...sources],
    status: "IN_PROGRESS",
    createdMs: clock.nowMs(),
    ...(deployment.shift && { shift: shareOf(deployment.shift) }),
    failureCount: 0,
    desiredCount: service.desiredCount,
  };
  history(scope).put(scope.region, keyOf(record), record);
  service.serviceDeploymentId = record.id;
  tellDeployment(scope, service, deployment, "IN_PROGRESS", `ECS deployment ${deployment.id} in progress.`);
}

/** The shares of the revision that is brought out: what goes back to the one before is taken from it. */
const shareOf = ({ stage, productionPercent, testPercent, restores, hooks }: TrafficShift) => ({
  stage,
  ...(hooks && { hooks }),
  productionPercent: restores ? 100 - productionPercent : productionPercent,
  testPercent: restores ? 100 - testPercent : testPercent,
});

export function noteStage(scope: Scope, service: ServiceRecord, shift: TrafficShift): void {
  const record = currentServiceDeployment(scope, service);
  if (!record) return;
  history(scope).put(scope.region, keyOf(record), { ...record, shift: shareOf(shift), updatedMs: scope.cloud.world.clock.nowMs() });
}

export function currentServiceDeployment(
  scope: Scope,
  service: Pick<ServiceRecord, "cluster" | "name">,
): ServiceDeploymentRecord | undefined {
  return listServiceDeployments(scope, service.cluster, service.name).findLast(({ finishedMs }) => finishedMs === undefined);
}

export function finishServiceDeployment(
  scope: Scope,
  service: ServiceRecord,
  { failedTasks, alarms }: DeploymentRecord,
  status: ServiceDeploymentStatus,
  statusReason?: string,
): void {
  const record = currentServiceDeployment(scope, service);
  if (!record) return;
  history(scope).put(scope.region, keyOf(record), {
    ...record,
    status: record.rollback && status === "SUCCESSFUL" ? "ROLLBACK_SUCCESSFUL" : status,
    ...(statusReason !== undefined && { statusReason }),
    ...(alarms && { triggeredAlarms: record.triggeredAlarms ?? alarms.triggered }),
    finishedMs: scope.cloud.world.clock.nowMs(),
    failureCount: record.rollback ? record.failureCount : failedTasks,
    desiredCount: service.desiredCount,
  });
}

export function rollBackServiceDeployment(
  scope: Scope,
  service: ServiceRecord,
  failed: DeploymentRecord,
  to: DeploymentRecord,
  reason: string,
): void {
  const record = currentServiceDeployment(scope, service);
  if (!record) return;
  history(scope).put(scope.region, keyOf(record), {
    ...record,
    status: "ROLLBACK_IN_PROGRESS",
    statusReason: reason,
    failureCount: failed.failedTasks,
    ...(failed.alarms && { triggeredAlarms: failed.alarms.triggered }),
    updatedMs: scope.cloud.world.clock.nowMs(),
    rollback: { reason, startedMs: scope.cloud.world.clock.nowMs(), deployment: to.id },
  });
}

export function describeServiceDeployment(scope: Scope, record: ServiceDeploymentRecord): ServiceDeployment {
  const service = findService(scope, record.cluster, record.service);
  const tasks = service ? tasksOfService(scope, service) : [];
  const names = { cluster: record.cluster, name: record.service };
  const { shift } = record;
  const revision = (deploymentId: string, requested: number, isTarget: boolean) => {
    const own = tasks.filter(({ startedBy }) => startedBy === deploymentId);
    return {
      arn: serviceRevisionArn(scope, names, deploymentId),
      requestedTaskCount: requested,
      runningTaskCount: own.filter(isRunning).length,
      pendingTaskCount: own.filter(isPending).length,
      ...(shift && {
        requestedTestTrafficWeight: isTarget ? shift.testPercent : 100 - shift.testPercent,
        requestedProductionTrafficWeight: isTarget ? shift.productionPercent : 100 - shift.productionPercent,
      }),
    };
  };
  const requestedOfSource = shift && record.finishedMs === undefined && shift.stage !== "CLEAN_UP" ? record.desiredCount : 0;
  const alarms = service?.deploymentConfiguration.alarms;
  const breaker = service?.deploymentConfiguration.deploymentCircuitBreaker;
  const threshold = Math.max(3, Math.min(200, Math.ceil(record.desiredCount * 0.5)));
  return {
    serviceDeploymentArn: serviceDeploymentArn(scope, record.cluster, record.service, record.id),
    serviceArn: serviceArn(scope, record.cluster, record.service),
    clusterArn: clusterArn(scope, record.cluster),
    createdAt: new Date(record.createdMs),
    startedAt: new Date(record.createdMs),
    ...(record.finishedMs !== undefined && { finishedAt: new Date(record.finishedMs) }),
    updatedAt: new Date(record.finishedMs ?? record.updatedMs ?? record.createdMs),
    ...(record.status === "STOPPED" && record.finishedMs !== undefined && { stoppedAt: new Date(record.finishedMs) }),
    sourceServiceRevisions: record.sourceDeployments.map((id) => revision(id, requestedOfSource, false)),
    targetServiceRevision: revision(record.deployment.id, record.desiredCount, true),
    ...(shift && { lifecycleStage: shift.stage }),
    ...(shift?.hooks && {
      lifecycleHookDetails: shift.hooks.map((run) => describeHook(run, service?.deploymentConfiguration.lifecycleHooks)),
    }),
    status: record.status,
    ...(record.statusReason !== undefined && { statusReason: record.statusReason }),
    ...(service && { deploymentConfiguration: service.deploymentConfiguration }),
    ...(record.rollback && {
      rollback: {
        reason: record.rollback.reason,
        startedAt: new Date(record.rollback.startedMs),
        serviceRevisionArn: serviceRevisionArn(scope, names, record.rollback.deployment),
      },
    }),
    ...(alarms?.enable && {
      alarms: {
        status:
          (record.triggeredAlarms ?? []).length > 0
            ? ("TRIGGERED" as const)
            : record.finishedMs === undefined
              ? ("MONITORING" as const)
              : ("MONITORING_COMPLETE" as const),
        alarmNames: alarms.alarmNames ?? [],
        triggeredAlarmNames: record.triggeredAlarms ?? [],
      },
    }),
    ...(breaker && {
      deploymentCircuitBreaker: {
        status: !breaker.enable
          ? ("DISABLED" as const)
          : record.failureCount >= threshold
            ? ("TRIGGERED" as const)
            : record.finishedMs === undefined
              ? ("MONITORING" as const)
              : ("MONITORING_COMPLETE" as const),
        failureCount: record.failureCount,
        threshold,
      },
    }),
  };
}
