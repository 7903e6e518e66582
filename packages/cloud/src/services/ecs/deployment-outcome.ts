/** What becomes of a service's deployment: failures, which may open its circuit breaker, alarms, stops; the way back; its completion. */
import type { Scope } from "./names.ts";
import { addEvent, type DeploymentRecord, primaryOf, saveService, type ServiceRecord } from "./service.ts";
import { finishServiceDeployment, noteStage, rollBackServiceDeployment } from "./service-deployment.ts";
import { tellDeployment, tellService } from "./told-events.ts";

/** After so many failures in a row AWS says that tasks cannot be started consistently. */
const inconsistentAfter = 3;

/** Why a deployment has failed, in the words of each place that says so. */
export interface DeploymentFailure {
  /** After `deployment failed: `. */
  event: string;
  /** What comes before the colon of the rollout state's reason. */
  by: string;
  /** The service deployment's. */
  statusReason: string;
}

const breakerFailure: DeploymentFailure = {
  event: "tasks failed to start.",
  by: "ECS deployment circuit breaker",
  statusReason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
};

export const alarmFailure = (names: readonly string[]): DeploymentFailure => ({
  event: "alarm detected.",
  by: "ECS deployment alarms",
  statusReason: `Service deployment rolled back because of CloudWatch alarms in ALARM state: ${names.join(", ")}.`,
});

/** `fault` as `invalid networking configuration. …`. */
export const ruleFailure = (fault: string): DeploymentFailure => {
  const statusReason = `Service deployment rolled back because of ${fault}`;
  return { event: statusReason, by: "ECS deployment", statusReason };
};

export const stoppedByUser: DeploymentFailure = {
  event: "deployment was stopped by the user.",
  by: "ECS deployment",
  statusReason: "Service deployment rolled back because it was stopped by the user.",
};

/** Counts a failure of a deployment under way, opens its circuit breaker when there are too many, and waits longer from time to time. */
export function noteFailure(scope: Scope, service: ServiceRecord, deploymentId: string): void {
  const nowMs = scope.cloud.world.clock.nowMs();
  service.failuresInRow++;
  service.steady = false;
  const further = service.failuresInRow - 1;
  service.waitUntilMs = nowMs + (further <= 0 ? 0 : Math.min(250 * 2 ** (further - 1), 300_000));
  if (service.failuresInRow === inconsistentAfter) {
    tellService(scope, service, "SERVICE_TASK_START_IMPAIRED");
    addEvent(
      scope,
      service,
      "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
  const deployment = service.deployments.find(({ id }) => id === deploymentId);
  if (deployment?.status === "PRIMARY" && deployment.rolloutState === "IN_PROGRESS") {
    deployment.failedTasks++;
    deployment.updatedMs = nowMs;
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    if (breaker?.enable && deployment.failedTasks >= breakerThreshold(service.desiredCount)) {
      failDeployment(scope, service, deployment, breakerFailure, breaker.rollback === true);
    }
  }
  saveService(scope, service);
}

/** Half of the desired count, at least 3, at most 200 (Developer Guide, "deployment circuit breaker"). */
function breakerThreshold(desiredCount: number): number {
  return Math.max(3, Math.min(200, Math.ceil(desiredCount * 0.5)));
}

/** What a failed deployment is rolled back to. */
export const rollbackOf = ({ deployments }: ServiceRecord, failed: DeploymentRecord): DeploymentRecord | undefined =>
  deployments.find(({ completed, id }) => completed && id !== failed.id);

/** The caller saves the service. */
export function failDeployment(
  scope: Scope,
  service: ServiceRecord,
  failed: DeploymentRecord,
  { event, by, statusReason }: DeploymentFailure,
  rollback: boolean,
): void {
  const nowMs = scope.cloud.world.clock.nowMs();
  failed.rolloutState = "FAILED";
  failed.rolloutStateReason = `${by}: ${event}`;
  failed.updatedMs = nowMs;
  addEvent(scope, service, `(deployment ${failed.id}) deployment failed: ${event}`);
  tellDeployment(scope, service, failed, "FAILED", failed.rolloutStateReason);
  const before = rollbackOf(service, failed);
  if (!rollback || !before) {
    finishServiceDeployment(scope, service, failed, "STOPPED", failed.rolloutStateReason);
    return;
  }
  failed.status = "ACTIVE";
  before.status = "PRIMARY";
  before.rolloutState = "IN_PROGRESS";
  before.rolloutStateReason = `${by}: rolling back to deploymentId ${before.id}.`;
  before.failedTasks = 0;
  before.updatedMs = nowMs;
  delete before.alarms;
  delete before.shift;
  service.failuresInRow = 0;
  service.waitUntilMs = 0;
  service.deployments = [before, ...service.deployments.filter(({ id }) => id !== before.id)];
  addEvent(scope, service, `rolling back to deployment ${before.id}.`);
  tellDeployment(scope, service, before, "IN_PROGRESS", before.rolloutStateReason);
  rollBackServiceDeployment(scope, service, failed, before, statusReason);
  if (!failed.shift) return;
  const { stage, productionPercent, testPercent } = failed.shift;
  before.shift = {
    stage: "PRODUCTION_TRAFFIC_SHIFT",
    sinceMs: nowMs,
    productionPercent: 100 - productionPercent,
    testPercent: 100 - testPercent,
    restores: true,
    reached: stage,
  };
  noteStage(scope, service, before.shift);
}

/** The primary deployment is all there is, and it is steady. */
export function completeDeployment(scope: Scope, service: ServiceRecord): void {
  const primary = primaryOf(service);
  if (service.steady && primary.rolloutState === "COMPLETED" && service.deployments.length === 1) return;
  service.failuresInRow = 0;
  service.waitUntilMs = 0;
  if (primary.rolloutState === "IN_PROGRESS") {
    primary.rolloutState = "COMPLETED";
    primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
    primary.completed = true;
    primary.updatedMs = scope.cloud.world.clock.nowMs();
    addEvent(scope, service, `(deployment ${primary.id}) deployment completed.`);
    tellDeployment(scope, service, primary, "COMPLETED", primary.rolloutStateReason);
    finishServiceDeployment(scope, service, primary, "SUCCESSFUL");
  }
  service.deployments = [primary];
  if (!service.steady) {
    addEvent(scope, service, "has reached a steady state.");
    tellService(scope, service, "SERVICE_STEADY_STATE");
  }
  service.steady = true;
  saveService(scope, service);
}
