/** How clusters, services and task definitions are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::ECS::Cluster": async ({ call, physicalId, properties }) => {
    const { clusters } = await call("ecs", "DescribeClusters", { clusters: [physicalId], include: ["SETTINGS", "TAGS", "CONFIGURATIONS"] });
    const cluster = clusters?.find(({ status }) => status === "ACTIVE");
    if (!cluster) return undefined;
    // Given by its name or its ARN, told by its ARN.
    const arn = cluster.serviceConnectDefaults?.namespace;
    const id = arn?.slice(arn.lastIndexOf("/") + 1);
    const name = id && (await call("servicediscovery", "GetNamespace", { Id: id })).Namespace?.Name;
    const given = properties.ServiceConnectDefaults?.Namespace;
    const namespace = given !== undefined && given === name ? name : arn;
    return {
      ...cluster,
      ClusterSettings: cluster.settings,
      ServiceConnectDefaults: namespace === undefined ? null : { Namespace: namespace },
    };
  },
  "AWS::ECS::ClusterCapacityProviderAssociations": async ({ call, physicalId }) => {
    const { clusters } = await call("ecs", "DescribeClusters", { clusters: [physicalId] });
    const cluster = clusters?.find(({ status }) => status === "ACTIVE");
    const { capacityProviders, defaultCapacityProviderStrategy } = cluster ?? {};
    return cluster && { capacityProviders, defaultCapacityProviderStrategy };
  },
  "AWS::ECS::Service": async ({ call, physicalId }) => {
    const { services } = await call("ecs", "DescribeServices", {
      cluster: physicalId.split("/")[1]!,
      services: [physicalId],
      include: ["TAGS"],
    });
    const service = services?.find(({ status }) => status === "ACTIVE");
    if (!service) return undefined;
    const connect = service.deployments?.find(({ status }) => status === "PRIMARY")?.serviceConnectConfiguration;
    return { ...service, ServiceConnectConfiguration: connect ?? null };
  },
  // A revision never changes; it can be given up.
  "AWS::ECS::TaskDefinition": async ({ call, physicalId }) => {
    const { taskDefinition } = await call("ecs", "DescribeTaskDefinition", { taskDefinition: physicalId });
    return taskDefinition?.status === "ACTIVE" ? { family: taskDefinition.family } : undefined;
  },
};
