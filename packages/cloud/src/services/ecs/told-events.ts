/** What ECS tells EventBridge of services and deployments. Source: Amazon ECS Developer Guide, "Amazon ECS events". */
import { tellEvent } from "../../runtime/service-events.ts";
import { clusterArn, type Scope, serviceArn } from "./names.ts";
import type { DeploymentRecord, ServiceRecord } from "./service.ts";

const eventTypes = {
  SERVICE_STEADY_STATE: "INFO",
  SERVICE_TASK_START_IMPAIRED: "WARN",
  SERVICE_TASK_PLACEMENT_FAILURE: "ERROR",
} as const;

export function tellService(scope: Scope, service: ServiceRecord, eventName: keyof typeof eventTypes, reason?: string): void {
  tellEvent(scope.cloud, scope.region, {
    source: "aws.ecs",
    detailType: "ECS Service Action",
    resources: [serviceArn(scope, service.cluster, service.name)],
    detail: {
      eventType: eventTypes[eventName],
      eventName,
      clusterArn: clusterArn(scope, service.cluster),
      ...(reason !== undefined && { reason }),
      createdAt: new Date(scope.cloud.world.clock.nowMs()),
    },
  });
}

export function tellDeployment(
  scope: Scope,
  service: Pick<ServiceRecord, "cluster" | "name">,
  { id }: Pick<DeploymentRecord, "id">,
  outcome: "COMPLETED" | "FAILED" | "IN_PROGRESS",
  reason: string,
): void {
  tellEvent(scope.cloud, scope.region, {
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [serviceArn(scope, service.cluster, service.name)],
    detail: {
      eventType: outcome === "FAILED" ? "ERROR" : "INFO",
      eventName: `SERVICE_DEPLOYMENT_${outcome}`,
      clusterArn: clusterArn(scope, service.cluster),
      deploymentId: id,
      updatedAt: new Date(scope.cloud.world.clock.nowMs()),
      reason,
    },
  });
}
