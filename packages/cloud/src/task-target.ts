/** What schedules and rules call alike: tasks of ECS with what a target says of them, and queues by their ARN. */
import { AwsError } from "./aws-error.ts";
import type { Call } from "./service.ts";

/** The members of `EcsParameters`, as EventBridge and EventBridge Scheduler have them. */
export interface TaskParameters {
  TaskDefinitionArn: string | undefined;
  TaskCount?: number | undefined;
  LaunchType?: string | undefined;
  NetworkConfiguration?:
    | {
        awsvpcConfiguration?:
          | { Subnets: string[] | undefined; SecurityGroups?: string[] | undefined; AssignPublicIp?: string | undefined }
          | undefined;
      }
    | undefined;
  PlatformVersion?: string | undefined;
  Group?: string | undefined;
  CapacityProviderStrategy?: object[] | undefined;
  EnableECSManagedTags?: boolean | undefined;
  EnableExecuteCommand?: boolean | undefined;
  PlacementConstraints?: object[] | undefined;
  PlacementStrategy?: object[] | undefined;
  PropagateTags?: string | undefined;
  ReferenceId?: string | undefined;
  Tags?: object[] | undefined;
}

export interface TaskStart {
  /** ARN of the cluster. */
  cluster: string;
  startedBy: string;
  /** The same for the same occasion: a repeated call starts no second task. */
  clientToken: string;
  /** As RunTask takes them. */
  overrides: object | undefined;
}

/** Throws what RunTask answers, also where a task could not be placed. */
export async function runTasks(call: Call, given: TaskParameters, start: TaskStart): Promise<void> {
  const network = given.NetworkConfiguration?.awsvpcConfiguration;
  const { failures = [] } = await call("ecs", "RunTask", {
    cluster: start.cluster,
    taskDefinition: given.TaskDefinitionArn,
    count: given.TaskCount ?? 1,
    clientToken: start.clientToken,
    startedBy: start.startedBy.slice(0, 128),
    ...(given.LaunchType && { launchType: given.LaunchType }),
    ...(given.CapacityProviderStrategy && { capacityProviderStrategy: given.CapacityProviderStrategy }),
    ...(network && {
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: network.Subnets,
          ...(network.SecurityGroups && { securityGroups: network.SecurityGroups }),
          ...(network.AssignPublicIp && { assignPublicIp: network.AssignPublicIp }),
        },
      },
    }),
    ...(given.PlatformVersion && { platformVersion: given.PlatformVersion }),
    ...(given.Group && { group: given.Group }),
    ...(given.EnableECSManagedTags !== undefined && { enableECSManagedTags: given.EnableECSManagedTags }),
    ...(given.EnableExecuteCommand !== undefined && { enableExecuteCommand: given.EnableExecuteCommand }),
    ...(given.PlacementConstraints && { placementConstraints: given.PlacementConstraints }),
    ...(given.PlacementStrategy && { placementStrategy: given.PlacementStrategy }),
    ...(given.PropagateTags && { propagateTags: given.PropagateTags }),
    ...(given.ReferenceId && { referenceId: given.ReferenceId }),
    ...(given.Tags && { tags: given.Tags.map(tagOf) }),
    ...(start.overrides && { overrides: start.overrides }),
  } as never);
  const [failure] = failures;
  if (failure) throw new AwsError("ServiceException", failure.reason ?? "The task could not be placed.");
}

const tagOf = (tag: object) => {
  const { Key, key, Value, value } = tag as Record<string, string | undefined>;
  return { key: Key ?? key!, value: Value ?? value! };
};

/** The input of an ECS target is RunTask's `overrides`. Throws where it is not. */
export function overridesOf(input: string): object {
  try {
    const parsed: unknown = JSON.parse(input);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // said below
  }
  throw new AwsError("ValidationException", "The Input of an ECS target must be a JSON object with the overrides of the task.");
}

export function queueUrl(endpoint: string, arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `${endpoint}/${account}/${name}`;
}
