/** What a new deployment of a service begins with: where its tasks run, and how it takes over from the one that serves. */
import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import type { Input } from "../../aws.ts";
import type { OperationContext } from "../../service.ts";
import { invalidParameter } from "./errors.ts";
import { registeredTargets, type ServiceTarget } from "./load-balancers.ts";
import type { Scope } from "./names.ts";
import type { DeploymentRecord, ServiceRecord } from "./service.ts";
import { firstStage } from "./shift-step.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";
import { checkCompatible, type Placement, readPlatformVersion } from "./task-launch.ts";
import { readNetwork } from "./task-network.ts";
import { movesRequests } from "./traffic-shift.ts";

export type Where = Pick<DeploymentRecord, "platformVersion" | "network">;

/** The platform and the network of tasks: as the launch type and the definition's network mode ask for them, else as `before`. */
export async function readWhere(
  context: OperationContext,
  { launchType }: Placement,
  definition: TaskDefinitionRecord,
  { platformVersion, networkConfiguration }: Pick<Input<"ecs", "CreateService">, "platformVersion" | "networkConfiguration">,
  before: Where = {},
): Promise<Where> {
  const network = async () =>
    (networkConfiguration === undefined ? before.network : undefined) ?? (await readNetwork(context, networkConfiguration));
  if (launchType !== "EC2") {
    checkCompatible(definition);
    return { platformVersion: readPlatformVersion(platformVersion ?? before.platformVersion), network: await network() };
  }
  if (platformVersion !== undefined) throw invalidParameter("The platform version must be null when specifying an EC2 launch type.");
  if (definition.definition.networkMode === "awsvpc") return { network: await network() };
  if (networkConfiguration?.awsvpcConfiguration) {
    throw invalidParameter("Network Configuration is not valid for the given networkMode of this task definition.");
  }
  return {};
}

export function newDeployment(
  scope: Scope,
  placement: Placement,
  what: Where & Pick<DeploymentRecord, "family" | "revision" | "loadBalancers" | "connect" | "usesAlternate" | "shift" | "alarms">,
): DeploymentRecord {
  const { random, clock } = scope.cloud.world;
  const id = `ecs-svc/${random.text(1, "123456789")}${random.text(18, "0123456789")}`;
  return {
    id,
    status: "PRIMARY",
    ...what,
    createdMs: clock.nowMs(),
    updatedMs: clock.nowMs(),
    failedTasks: 0,
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    completed: false,
    ...placement,
  };
}

/** How a new deployment takes over from the one that serves: beside it in the other target groups, or copy by copy in the same ones. */
export function shiftFrom(
  { cloud }: Scope,
  configuration: DeploymentConfiguration,
  loadBalancers: ServiceTarget[],
  service?: ServiceRecord,
): Pick<DeploymentRecord, "usesAlternate" | "shift"> {
  const source = service?.deployments.find(({ completed }) => completed);
  const before = new Set((source ? registeredTargets(source) : []).map(({ targetGroupArn }) => targetGroupArn));
  const servedBy = (usesAlternate: boolean) =>
    registeredTargets({ loadBalancers, usesAlternate }).some(({ targetGroupArn }) => before.has(targetGroupArn));
  if (!movesRequests(configuration)) return servedBy(true) && !servedBy(false) ? { usesAlternate: true } : {};
  return {
    usesAlternate: servedBy(false),
    shift: {
      stage: firstStage(service, source),
      sinceMs: cloud.world.clock.nowMs(),
      productionPercent: 0,
      testPercent: 0,
      ...(source && { sourceId: source.id }),
    },
  };
}
