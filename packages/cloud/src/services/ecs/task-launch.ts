/** Tasks about to be: what a request or a service asks for, checked, as records. */
import type { CapacityProviderStrategyItem, TaskOverride } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { assumeTaskRole, isRoleArn } from "../../runtime/tasks/task-role.ts";
import { checkStrategy, type ClusterRecord } from "./cluster.ts";
import { clientError, invalidParameter, notHere } from "./errors.ts";
import { checkFargateSize, readCpu, readMemory } from "./fargate-size.ts";
import type { Scope } from "./names.ts";
import { type NetworkConfiguration, saveTask, type TaskRecord } from "./task.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";

export interface Launch {
  cluster: string;
  definition: TaskDefinitionRecord;
  capacityProvider?: string | undefined;
  group: string;
  startedBy?: string | undefined;
  platformVersion: string;
  enableExecuteCommand: boolean;
  overrides: TaskOverride;
  network: NetworkConfiguration;
  tags: Record<string, string>;
}

/** Writes down a task in PROVISIONING. */
export function createTask(scope: Scope, launch: Launch): TaskRecord {
  const { random, clock } = scope.cloud.world;
  const { definition, family, revision } = launch.definition;
  const id = random.hex(32);
  const container = (name: string) => launch.overrides.containerOverrides?.find((override) => override.name === name);
  const task: TaskRecord = {
    id,
    cluster: launch.cluster,
    family,
    revision,
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    launchType: "FARGATE",
    ...(launch.capacityProvider !== undefined && { capacityProvider: launch.capacityProvider }),
    group: launch.group,
    ...(launch.startedBy !== undefined && { startedBy: launch.startedBy }),
    cpu: launch.overrides.cpu === undefined ? definition.cpu! : String(readCpu(launch.overrides.cpu)),
    memory: launch.overrides.memory === undefined ? definition.memory! : String(readMemory(launch.overrides.memory)),
    platformVersion: launch.platformVersion === "LATEST" ? "1.4.0" : launch.platformVersion,
    ephemeralStorageGib: launch.overrides.ephemeralStorage?.sizeInGiB ?? definition.ephemeralStorage?.sizeInGiB ?? 20,
    enableExecuteCommand: launch.enableExecuteCommand,
    overrides: launch.overrides,
    containers: definition.containerDefinitions.map((each) => {
      const memory = container(each.name!)?.memory ?? each.memory;
      const memoryReservation = container(each.name!)?.memoryReservation ?? each.memoryReservation;
      return {
        id: random.uuid(),
        runtimeId: `${id}-${random.text(10, "0123456789")}`,
        name: each.name!,
        image: each.image!,
        lastStatus: "PENDING" as const,
        healthStatus: "UNKNOWN" as const,
        hasHealthCheck: each.healthCheck !== undefined,
        cpu: container(each.name!)?.cpu ?? each.cpu ?? 0,
        ...(memory !== undefined && { memory }),
        ...(memoryReservation !== undefined && { memoryReservation }),
      };
    }),
    network: launch.network,
    attachment: { id: random.uuid(), status: "PRECREATED" },
    healthStatus: "UNKNOWN",
    version: 0,
    tags: launch.tags,
    createdMs: clock.nowMs(),
  };
  saveTask(scope, task);
  return task;
}

/** Checks RunTask's overrides against the definition. */
export function checkOverrides(definition: TaskDefinitionRecord, overrides: TaskOverride): void {
  if (JSON.stringify(overrides).length > 8192) throw invalidParameter("Container Overrides length must be at most 8192");
  const names = definition.definition.containerDefinitions.map(({ name }) => name);
  for (const { name } of overrides.containerOverrides ?? []) {
    if (!names.includes(name)) throw invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
  }
  if (overrides.cpu !== undefined || overrides.memory !== undefined) {
    const { cpu, memory } = definition.definition;
    checkFargateSize(readCpu(overrides.cpu ?? cpu!), readMemory(overrides.memory ?? memory!));
  }
  for (const role of [overrides.taskRoleArn, overrides.executionRoleArn]) {
    if (role !== undefined && !isRoleArn(role)) throw clientError("Role is not valid");
  }
}

/** The roles that a task will have: each must be there and trust ECS tasks. */
export function checkRoles(scope: Scope, definition: TaskDefinitionRecord, overrides: TaskOverride = {}): void {
  const { taskRoleArn, executionRoleArn } = definition.definition;
  for (const role of [overrides.executionRoleArn ?? executionRoleArn, overrides.taskRoleArn ?? taskRoleArn]) {
    if (role === undefined) continue;
    try {
      assumeTaskRole(scope.cloud, role, "ecs-check", scope.region);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw clientError(
        `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      );
    }
  }
}

/** On EC2 nothing can be placed: there are no container instances. Services may ask for it all the same, as on AWS. */
export interface Placement {
  launchType?: "EC2" | "FARGATE";
  strategy?: CapacityProviderStrategyItem[];
}

const unknownLaunchType = () => invalidParameter("launch type should be one of [EC2,FARGATE,EXTERNAL]");

/** RunTask looks at this before anything else. */
export function checkLaunchType(given: string | undefined): void {
  if (given !== undefined && !["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"].includes(given)) throw unknownLaunchType();
}

/** Where tasks go: a launch type, a strategy, or the cluster's own. */
export function readPlacement(
  cluster: ClusterRecord,
  launchType: string | undefined,
  strategy: readonly CapacityProviderStrategyItem[] | undefined,
): Placement {
  if (launchType !== undefined && strategy && strategy.length > 0) {
    throw invalidParameter("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.");
  }
  if (strategy && strategy.length > 0) {
    checkStrategy(strategy, cluster.capacityProviders);
    return { strategy: strategy.map(normalize) };
  }
  if (launchType === undefined) {
    if (cluster.defaultStrategy.length > 0) return { strategy: cluster.defaultStrategy.map(normalize) };
    return { launchType: "EC2" };
  }
  if (launchType === "FARGATE" || launchType === "EC2") return { launchType };
  if (launchType === "EXTERNAL" || launchType === "MANAGED_INSTANCES") throw notHere(`the launch type ${launchType}`);
  throw unknownLaunchType();
}

const normalize = ({ capacityProvider, weight = 0, base = 0 }: CapacityProviderStrategyItem) => ({ capacityProvider, weight, base });

export const noContainerInstances = () => invalidParameter("No Container Instances were found in your cluster.");

/** Fargate only takes definitions that were registered for it. */
export function checkCompatible({ definition }: TaskDefinitionRecord): void {
  if (!definition.compatibilities?.includes("FARGATE")) {
    throw invalidParameter("Task definition does not support launch_type FARGATE.");
  }
}

/** `LATEST` unless another is given; Fargate's older ones are answered as AWS does, which runs 1.4.0 in their stead nowhere. */
export function readPlatformVersion(given: string | undefined): string {
  const version = given ?? "LATEST";
  if (!["LATEST", "1.4.0", "1.3.0"].includes(version)) {
    throw new AwsError("PlatformUnknownException", "The specified platform does not exist.");
  }
  return version;
}

/** The capacity provider for one more task beside those that run, by base and weights (API reference, CapacityProviderStrategyItem). */
export function nextProvider(strategy: readonly CapacityProviderStrategyItem[], running: readonly (string | undefined)[]): string {
  const count = (name: string) => running.filter((each) => each === name).length;
  const based = strategy.find(({ capacityProvider, base = 0 }) => count(capacityProvider!) < base);
  if (based) return based.capacityProvider!;
  const weighted = strategy.filter(({ weight = 0 }) => weight > 0);
  const rank = ({ capacityProvider, weight = 0, base = 0 }: CapacityProviderStrategyItem) => (count(capacityProvider!) - base + 1) / weight;
  return (weighted.length > 0 ? weighted : [...strategy]).toSorted((a, b) => rank(a) - rank(b))[0]!.capacityProvider!;
}
