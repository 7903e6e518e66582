/** AWS::RDS::DBSubnetGroup. */
import { type Made, resource } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";

const made = (of: { region: string; account: string }, name: string): Made => ({
  physicalId: name,
  attributes: { DBSubnetGroupArn: arnOf(of, "subgrp", name) },
});

export const dbSubnetGroup = resource("AWS::RDS::DBSubnetGroup", {
  coverage: { real: ["DBSubnetGroupDescription", "DBSubnetGroupName", "SubnetIds", "Tags"] },
  async create(request) {
    const { properties } = request;
    const name = (properties.DBSubnetGroupName ?? request.physicalName(255)).toLowerCase();
    await request.call("rds", "CreateDBSubnetGroup", {
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: properties.DBSubnetGroupDescription,
      SubnetIds: properties.SubnetIds,
      Tags: stackTags(request),
    });
    return made(request, name);
  },
  async update(request) {
    const { properties, physicalId } = request;
    await request.call("rds", "ModifyDBSubnetGroup", {
      DBSubnetGroupName: physicalId,
      DBSubnetGroupDescription: properties.DBSubnetGroupDescription,
      SubnetIds: properties.SubnetIds,
    });
    await retag(request, "rds", arnOf(request, "subgrp", physicalId));
    return made(request, physicalId);
  },
  async delete({ call, physicalId }) {
    await call("rds", "DeleteDBSubnetGroup", { DBSubnetGroupName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = (request.properties.DBSubnetGroupName ?? request.physicalName(255)).toLowerCase();
    const found = await request.call("rds", "DescribeDBSubnetGroups", { DBSubnetGroupName: name }).catch(unlessGone);
    if (!found) return undefined;
    return (await madeFor(request, "rds", arnOf(request, "subgrp", name))) ? made(request, name) : undefined;
  },
});
