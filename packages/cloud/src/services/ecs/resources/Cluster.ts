/** AWS::ECS::Cluster. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { lowerNames, ownTags } from "./properties.ts";
import { changeTags } from "./tags.ts";

type Properties = ResourceProperties["AWS::ECS::Cluster"];
type Request = ResourceRequest<Properties>;

const nameOf = (request: Request) => request.properties.ClusterName ?? request.physicalName(255);

async function made({ call }: Pick<Request, "call">, name: string): Promise<Made> {
  const { clusters } = await call("ecs", "DescribeClusters", { clusters: [name] });
  return { physicalId: name, attributes: { Arn: clusters![0]!.clusterArn! } };
}

/** The template's providers, where it names any; another resource may associate them otherwise. */
async function putProviders({ call, properties }: Request, name: string): Promise<void> {
  if (properties.CapacityProviders === undefined && properties.DefaultCapacityProviderStrategy === undefined) return;
  await call("ecs", "PutClusterCapacityProviders", {
    cluster: name,
    capacityProviders: properties.CapacityProviders ?? [],
    defaultCapacityProviderStrategy: lowerNames(properties.DefaultCapacityProviderStrategy ?? []) as never,
  });
}

export const cluster = resource("AWS::ECS::Cluster", {
  coverage: {
    real: ["CapacityProviders", "ClusterName", "DefaultCapacityProviderStrategy", "ServiceConnectDefaults", "Tags"],
    recorded: ["ClusterSettings", "Configuration"],
    note: "FARGATE and FARGATE_SPOT only; a Spot task is never interrupted.",
  },

  async create(request) {
    const { call, properties } = request;
    const name = nameOf(request);
    const { ClusterSettings: settings, Configuration: configuration, ServiceConnectDefaults: connect } = properties;
    const input = {
      clusterName: name,
      ...(settings && { settings: lowerNames(settings) }),
      ...(configuration && { configuration: lowerNames(configuration) }),
      ...(connect && { serviceConnectDefaults: lowerNames(connect) }),
      tags: ownTags(properties.Tags),
    } as Input<"ecs", "CreateCluster">;
    const { clusters } = await call("ecs", "DescribeClusters", { clusters: [name] });
    if (clusters?.some(({ status }) => status === "ACTIVE")) {
      throw new AwsError("AlreadyExists", `Resource of type 'AWS::ECS::Cluster' with identifier '${name}' already exists.`);
    }
    await call("ecs", "CreateCluster", withSystemTags(input, splitTags(request.tags).system));
    await putProviders(request, name);
    return made(request, name);
  },

  async update(request) {
    const { call, properties, previous, physicalId } = request;
    await call("ecs", "UpdateCluster", {
      cluster: physicalId,
      settings: lowerNames(properties.ClusterSettings ?? [{ Name: "containerInsights", Value: "disabled" }]),
      ...(properties.Configuration && { configuration: lowerNames(properties.Configuration) }),
      ...(properties.ServiceConnectDefaults && { serviceConnectDefaults: lowerNames(properties.ServiceConnectDefaults) }),
    } as Input<"ecs", "UpdateCluster">);
    await putProviders(request, physicalId);
    const answer = await made(request, physicalId);
    await changeTags(call, answer.attributes.Arn as string, ownTags(previous.Tags), ownTags(properties.Tags));
    return answer;
  },

  async delete({ call, physicalId }) {
    try {
      await call("ecs", "DeleteCluster", { cluster: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ClusterNotFoundException")) throw error;
    }
  },

  async find(request) {
    const name = nameOf(request);
    const { clusters } = await request.call("ecs", "DescribeClusters", { clusters: [name], include: ["TAGS"] });
    const found = clusters?.find(({ status }) => status === "ACTIVE");
    const tag = (key: string) => found?.tags?.find((each) => each.key === key)?.value;
    const own = tag("aws:cloudformation:stack-id") === request.stackId && tag("aws:cloudformation:logical-id") === request.logicalId;
    if (!own) return undefined;
    await putProviders(request, name);
    return made(request, name);
  },
});
