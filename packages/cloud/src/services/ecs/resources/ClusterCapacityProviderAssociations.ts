/** AWS::ECS::ClusterCapacityProviderAssociations: the whole of a cluster's providers and its default strategy. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { lowerNames } from "./properties.ts";

type Properties = ResourceProperties["AWS::ECS::ClusterCapacityProviderAssociations"];

/** Putting them is the same act however often it is done. */
async function put({ call, properties }: ResourceRequest<Properties>) {
  await call("ecs", "PutClusterCapacityProviders", {
    cluster: properties.Cluster,
    capacityProviders: properties.CapacityProviders ?? [],
    defaultCapacityProviderStrategy: lowerNames(properties.DefaultCapacityProviderStrategy) as never,
  });
  return { physicalId: properties.Cluster, attributes: {} };
}

export const clusterCapacityProviderAssociations = resource("AWS::ECS::ClusterCapacityProviderAssociations", {
  coverage: { real: ["CapacityProviders", "Cluster", "DefaultCapacityProviderStrategy"] },
  create: put,
  update: put,
  async delete({ call, physicalId }) {
    try {
      await call("ecs", "PutClusterCapacityProviders", { cluster: physicalId, capacityProviders: [], defaultCapacityProviderStrategy: [] });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ClusterNotFoundException")) throw error;
    }
  },
});
