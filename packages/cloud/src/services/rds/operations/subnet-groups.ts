/** CreateDBSubnetGroup, ModifyDBSubnetGroup, DescribeDBSubnetGroups, DeleteDBSubnetGroup. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { clusters } from "../aurora/cluster.ts";
import { invalidValue, subnetGroupExists, subnetGroupInUse, subnetGroupNotFound, tooFewZones } from "../errors.ts";
import { changeInstance, instances } from "../instance.ts";
import { type SubnetPlace, subnetPlaces } from "../network.ts";
import { findSubnetGroup, type SubnetGroup, subnetGroups, subnetGroupShape } from "../subnet-group.ts";
import { checkedTags } from "../tags.ts";

export const createDBSubnetGroup = operation("rds", "CreateDBSubnetGroup", async (input, context) => {
  const name = checkedName(input.DBSubnetGroupName!);
  if (!input.DBSubnetGroupDescription) throw invalidValue("The parameter DBSubnetGroupDescription must be provided and must not be blank.");
  if (subnetGroups(context.cloud).has(context.region, name)) throw subnetGroupExists(name);
  const group: SubnetGroup = {
    name,
    description: input.DBSubnetGroupDescription,
    subnets: await coveringPlaces(context, input.SubnetIds!),
    tags: checkedTags(input.Tags),
  };
  subnetGroups(context.cloud).put(context.region, name, group);
  return { DBSubnetGroup: subnetGroupShape(context, group) };
});

export const modifyDBSubnetGroup = operation("rds", "ModifyDBSubnetGroup", async (input, context) => {
  const { cloud, region } = context;
  const name = input.DBSubnetGroupName!.toLowerCase();
  const group = subnetGroups(cloud).get(region, name);
  if (!group) throw subnetGroupNotFound(input.DBSubnetGroupName!);
  const subnets = await coveringPlaces(context, input.SubnetIds!);
  const changed: SubnetGroup = { ...group, subnets, description: input.DBSubnetGroupDescription ?? group.description };
  cloud.store.transaction(() => {
    subnetGroups(cloud).put(region, name, changed);
    for (const instance of instances(cloud).list(region)) {
      if (instance.subnetGroup?.name === name)
        changeInstance(
          cloud,
          region,
          instance.identifier,
          (each) => (each.subnetGroup = { name, description: changed.description, subnets }),
        );
    }
  });
  return { DBSubnetGroup: subnetGroupShape(context, changed) };
});

export const describeDBSubnetGroups = operation("rds", "DescribeDBSubnetGroups", async (input, context) => {
  const all = input.DBSubnetGroupName
    ? [await findSubnetGroup(context, input.DBSubnetGroupName)]
    : subnetGroups(context.cloud).list(context.region);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBSubnetGroups");
  return { DBSubnetGroups: items.map((group) => subnetGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteDBSubnetGroup = operation("rds", "DeleteDBSubnetGroup", (input, { cloud, region }) => {
  const name = input.DBSubnetGroupName!.toLowerCase();
  if (!subnetGroups(cloud).has(region, name)) throw subnetGroupNotFound(input.DBSubnetGroupName!);
  if ([...instances(cloud).list(region), ...clusters(cloud).list(region)].some(({ subnetGroup }) => subnetGroup?.name === name))
    throw subnetGroupInUse(name);
  subnetGroups(cloud).delete(region, name);
  return {};
});

function checkedName(name: string): string {
  if (name.toLowerCase() === "default" || !/^[A-Za-z0-9 ._-]{1,255}$/.test(name)) {
    throw invalidValue(
      `The parameter DBSubnetGroupName is not a valid name. It must contain no more than 255 letters, numbers, periods, underscores, spaces, or hyphens, and must not be "Default".`,
    );
  }
  return name.toLowerCase();
}

async function coveringPlaces(context: OperationContext, ids: readonly string[]): Promise<SubnetPlace[]> {
  const places = await subnetPlaces(context, ids);
  const zones = [...new Set(places.map(({ zone }) => zone))].sort();
  if (zones.length < 2) throw tooFewZones(zones);
  return places;
}
