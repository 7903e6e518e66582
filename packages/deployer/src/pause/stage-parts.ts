/** What of a stage can be stopped, and what cannot: its resources by type, from its stacks. */
import type { Aws } from "../aws.ts";
import { deployedTemplate, type DeployedStack } from "../stacks/stack-state.ts";

export interface StageParts {
  alarms: string[];
  instances: string[];
  clusters: string[];
  /** What costs on while nothing runs, one sentence each. */
  costsOn: string[];
}

interface Resource {
  type: string;
  id: string;
  properties: Readonly<Record<string, unknown>>;
}

export async function stageParts(aws: Aws, stacks: ReadonlyMap<string, DeployedStack>): Promise<StageParts> {
  const resources = (await Promise.all([...stacks.values()].map((stack) => resourcesOf(aws.in(stack.region), stack.name)))).flat();
  const ids = (type: string) => resources.filter((resource) => resource.type === type).map(({ id }) => id);
  const members = resources.filter(
    ({ type, properties }) => type === "AWS::RDS::DBInstance" && properties["DBClusterIdentifier"] === undefined,
  );
  return {
    alarms: ids("AWS::CloudWatch::Alarm"),
    instances: members.map(({ id }) => id),
    clusters: ids("AWS::RDS::DBCluster"),
    costsOn: costsOn(resources),
  };
}

async function resourcesOf(aws: Aws, name: string): Promise<Resource[]> {
  const template = await deployedTemplate(aws, name);
  const found: Resource[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "ListStackResources", { StackName: name, NextToken });
    for (const { LogicalResourceId = "", PhysicalResourceId, ResourceType = "", ResourceStatus } of page.StackResourceSummaries ?? []) {
      if (!PhysicalResourceId || ResourceStatus === "DELETE_COMPLETE") continue;
      found.push({ type: ResourceType, id: PhysicalResourceId, properties: template?.Resources[LogicalResourceId]?.Properties ?? {} });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Kinds of things that cannot be stopped, in the order of what they cost. */
const standing: readonly { what: string; many: string; holds: (resource: Resource) => boolean }[] = [
  { what: "NAT gateway", many: "NAT gateways", holds: ({ type }) => type === "AWS::EC2::NatGateway" },
  {
    what: "interface endpoint (per zone)",
    many: "interface endpoints (per zone)",
    holds: ({ type, properties }) => type === "AWS::EC2::VPCEndpoint" && properties["VpcEndpointType"] === "Interface",
  },
  { what: "load balancer", many: "load balancers", holds: ({ type }) => type === "AWS::ElasticLoadBalancingV2::LoadBalancer" },
  {
    what: "cache",
    many: "caches",
    holds: ({ type }) => type === "AWS::ElastiCache::ReplicationGroup" || type === "AWS::ElastiCache::CacheCluster",
  },
  { what: "database proxy", many: "database proxies", holds: ({ type }) => type === "AWS::RDS::DBProxy" },
  { what: "firewall", many: "firewalls", holds: ({ type }) => type === "AWS::WAFv2::WebACL" },
  { what: "bastion or other instance", many: "bastions or other instances", holds: ({ type }) => type === "AWS::EC2::Instance" },
  { what: "secret", many: "secrets", holds: ({ type }) => type === "AWS::SecretsManager::Secret" },
  { what: "encryption key", many: "encryption keys", holds: ({ type }) => type === "AWS::KMS::Key" },
  {
    what: "database's storage and backups",
    many: "databases' storage and backups",
    holds: ({ type }) => type === "AWS::RDS::DBInstance" || type === "AWS::RDS::DBCluster",
  },
  { what: "bucket's contents", many: "buckets' contents", holds: ({ type }) => type === "AWS::S3::Bucket" },
];

function costsOn(resources: readonly Resource[]): string[] {
  return standing.flatMap(({ what, many, holds }) => {
    const count = resources.filter(holds).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? what : many}`];
  });
}
