/** A cache subnet group, and its operations. */
import { AwsError } from "../../aws-error.ts";
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { markerPage } from "../../marker-pages.ts";
import { operation, type OperationContext } from "../../service.ts";
import { invalidSubnets, invalidValue, subnetGroupExists, subnetGroupInUse, subnetGroupNotFound } from "./errors.ts";
import { arnOf, checkedTags, type Tag } from "./names.ts";
import { replicationGroups } from "./replication-group.ts";

export interface SubnetGroup {
  name: string;
  description: string;
  subnets: { id: string; zone: string; vpc: string }[];
  tags: Tag[];
}

export const subnetGroups = (cloud: Cloud) => cloud.store.collection<SubnetGroup>("elasticache.subnet-groups");

export function findSubnetGroup({ cloud, region }: Pick<OperationContext, "cloud" | "region">, name: string): SubnetGroup {
  const found = subnetGroups(cloud).get(region, name.toLowerCase());
  if (!found) throw subnetGroupNotFound(name);
  return found;
}

type Shape = NonNullable<Output<"elasticache", "CreateCacheSubnetGroup">["CacheSubnetGroup"]>;

function shapeOf(of: { region: string; account: string }, group: SubnetGroup): Shape {
  return {
    CacheSubnetGroupName: group.name,
    CacheSubnetGroupDescription: group.description,
    VpcId: group.subnets[0]!.vpc,
    Subnets: group.subnets.map(({ id, zone }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zone },
      SupportedNetworkTypes: ["ipv4"],
    })),
    ARN: arnOf(of, "subnetgroup", group.name),
    SupportedNetworkTypes: ["ipv4"],
  };
}

async function places(context: OperationContext, ids: readonly string[]): Promise<SubnetGroup["subnets"]> {
  if (ids.length === 0) throw invalidValue("The parameter SubnetIds must be provided and must not be blank.");
  const found = await context.call("ec2", "DescribeSubnets", { SubnetIds: [...ids] }).catch((error: unknown) => {
    if (error instanceof AwsError && error.code.startsWith("InvalidSubnetI")) throw invalidSubnets(ids);
    throw error;
  });
  const subnets = (found.Subnets ?? []).map((subnet) => ({ id: subnet.SubnetId!, zone: subnet.AvailabilityZone!, vpc: subnet.VpcId! }));
  if (new Set(subnets.map(({ vpc }) => vpc)).size !== 1) throw invalidSubnets(ids);
  return subnets;
}

export const createCacheSubnetGroup = operation("elasticache", "CreateCacheSubnetGroup", async (input, context) => {
  const given = input.CacheSubnetGroupName!;
  if (!/^[a-zA-Z0-9-]{1,255}$/.test(given))
    throw invalidValue(
      "The parameter CacheSubnetGroupName must be provided and must contain no more than 255 alphanumeric characters or hyphens.",
    );
  const name = given.toLowerCase();
  if (subnetGroups(context.cloud).has(context.region, name)) throw subnetGroupExists(name);
  const group: SubnetGroup = {
    name,
    description: input.CacheSubnetGroupDescription!,
    subnets: await places(context, input.SubnetIds!),
    tags: checkedTags(input.Tags),
  };
  subnetGroups(context.cloud).put(context.region, name, group);
  return { CacheSubnetGroup: shapeOf(context, group) };
});

export const modifyCacheSubnetGroup = operation("elasticache", "ModifyCacheSubnetGroup", async (input, context) => {
  const group = findSubnetGroup(context, input.CacheSubnetGroupName!);
  if (input.CacheSubnetGroupDescription !== undefined) group.description = input.CacheSubnetGroupDescription;
  if (input.SubnetIds) group.subnets = await places(context, input.SubnetIds);
  subnetGroups(context.cloud).put(context.region, group.name, group);
  return { CacheSubnetGroup: shapeOf(context, group) };
});

export const describeCacheSubnetGroups = operation("elasticache", "DescribeCacheSubnetGroups", (input, context) => {
  const all = input.CacheSubnetGroupName
    ? [findSubnetGroup(context, input.CacheSubnetGroupName)]
    : subnetGroups(context.cloud).list(context.region);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "CacheSubnetGroups");
  return { CacheSubnetGroups: items.map((group) => shapeOf(context, group)), ...(Marker && { Marker }) };
});

export const deleteCacheSubnetGroup = operation("elasticache", "DeleteCacheSubnetGroup", (input, context) => {
  const { name } = findSubnetGroup(context, input.CacheSubnetGroupName!);
  if (
    replicationGroups(context.cloud)
      .list(context.region)
      .some(({ subnetGroup }) => subnetGroup === name)
  )
    throw subnetGroupInUse(name);
  subnetGroups(context.cloud).delete(context.region, name);
  return {};
});
