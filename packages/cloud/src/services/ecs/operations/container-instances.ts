/** Container instances: there are none, and none can be registered. What is said about them is what AWS says of a cluster without any. */
import type { Failure } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { requireCluster } from "../cluster.ts";
import { clientError, invalidParameter, notHere } from "../errors.ts";
import { type Scope } from "../names.ts";

/** A failure for each of the instances that a request names. */
export function missingInstances({ region, account }: Scope, cluster: string, given: readonly string[]): Failure[] {
  return given.map((each) => ({
    arn: each.startsWith("arn:") ? each : `arn:aws:ecs:${region}:${account}:container-instance/${cluster}/${each}`,
    reason: "MISSING",
  }));
}

export const registerContainerInstance = operation("ecs", "RegisterContainerInstance", () => {
  throw notHere("container instances; tasks run on Fargate");
});

export const listContainerInstances = operation("ecs", "ListContainerInstances", (input, context) => {
  requireCluster(context, input.cluster);
  return { containerInstanceArns: [] };
});

export const describeContainerInstances = operation("ecs", "DescribeContainerInstances", (input, context) => {
  const { name } = requireCluster(context, input.cluster);
  if (input.containerInstances.length === 0) throw clientError("Container Instances cannot be empty.");
  return { containerInstances: [], failures: missingInstances(context, name, input.containerInstances) };
});

export const deregisterContainerInstance = operation("ecs", "DeregisterContainerInstance", (input, context) => {
  requireCluster(context, input.cluster);
  throw invalidParameter(`Referenced container instance ${input.containerInstance} not found.`);
});

export const updateContainerInstancesState = operation("ecs", "UpdateContainerInstancesState", (input, context) => {
  const { name } = requireCluster(context, input.cluster);
  if (!["ACTIVE", "DRAINING"].includes(input.status))
    throw invalidParameter("Container instance status should be one of [ACTIVE,DRAINING]");
  if (input.containerInstances.length === 0) throw clientError("Container Instances cannot be empty.");
  return { containerInstances: [], failures: missingInstances(context, name, input.containerInstances) };
});

/** Attributes are those of container instances. */
export const listAttributes = operation("ecs", "ListAttributes", (input, context) => {
  requireCluster(context, input.cluster);
  return { attributes: [] };
});

function refuseTargets(context: Scope, cluster: string | undefined): never {
  requireCluster(context, cluster);
  throw new AwsError("TargetNotFoundException", "The specified target could not be found.");
}

export const putAttributes = operation("ecs", "PutAttributes", (input, context) => refuseTargets(context, input.cluster));
export const deleteAttributes = operation("ecs", "DeleteAttributes", (input, context) => refuseTargets(context, input.cluster));
