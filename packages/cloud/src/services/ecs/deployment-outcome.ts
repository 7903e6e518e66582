/** What becomes of a service's deployment: failures, which may open its circuit breaker and roll it back, and its completion. */
import type { Scope } from "./names.ts";
import { addEvent, type DeploymentRecord, primaryOf, saveService, type ServiceRecord } from "./service.ts";
import { finishServiceDeployment, rollBackServiceDeployment } from "./service-deployment.ts";

/** After so many failures in a row AWS says that tasks cannot be started consistently. */
const inconsistentAfter = 3;

/** Counts a failure of a deployment under way, opens its circuit breaker when there are too many, and waits longer from time to time. */
export function noteFailure(scope: Scope, service: ServiceRecord, deploymentId: string): void {
  const nowMs = scope.cloud.world.clock.nowMs();
  service.failuresInRow++;
  service.steady = false;
  const further = service.failuresInRow - 1;
  service.waitUntilMs = nowMs + (further <= 0 ? 0 : Math.min(250 * 2 ** (further - 1), 300_000));
  if (service.failuresInRow === inconsistentAfter) {
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
      failDeployment(scope, service, deployment, breaker.rollback === true);
    }
  }
  saveService(scope, service);
}

/** Half of the desired count, at least 3, at most 200 (Developer Guide, "deployment circuit breaker"). */
function breakerThreshold(desiredCount: number): number {
  return Math.max(3, Math.min(200, Math.ceil(desiredCount * 0.5)));
}

function failDeployment(scope: Scope, service: ServiceRecord, failed: DeploymentRecord, rollback: boolean): void {
  failed.rolloutState = "FAILED";
  failed.rolloutStateReason = "ECS deployment circuit breaker: tasks failed to start.";
  addEvent(scope, service, `(deployment ${failed.id}) deployment failed: tasks failed to start.`);
  const before = service.deployments.find(({ completed, id }) => completed && id !== failed.id);
  if (!rollback || !before) {
    finishServiceDeployment(scope, service, failed, "STOPPED", failed.rolloutStateReason);
    return;
  }
  failed.status = "ACTIVE";
  before.status = "PRIMARY";
  before.rolloutState = "IN_PROGRESS";
  before.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${before.id}.`;
  before.failedTasks = 0;
  before.updatedMs = scope.cloud.world.clock.nowMs();
  service.failuresInRow = 0;
  service.waitUntilMs = 0;
  service.deployments = [before, ...service.deployments.filter(({ id }) => id !== before.id)];
  addEvent(scope, service, `rolling back to deployment ${before.id}.`);
  rollBackServiceDeployment(scope, service, failed, before);
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
    finishServiceDeployment(scope, service, primary, "SUCCESSFUL");
  }
  service.deployments = [primary];
  if (!service.steady) addEvent(scope, service, "has reached a steady state.");
  service.steady = true;
  saveService(scope, service);
}
