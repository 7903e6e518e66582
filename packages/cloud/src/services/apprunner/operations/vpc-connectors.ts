/** Operations on VPC connectors. */
import { originOf, systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { check, nameTaken } from "../errors.ts";
import { arnOf, newId } from "../names.ts";
import { page } from "../pages.ts";
import { readTags } from "../tags.ts";
import {
  checkUnused,
  describeVpcConnector as describe,
  makeInterfaces,
  readPlace,
  removeInterfaces,
  removeVpcConnector,
  requireVpcConnector,
  saveVpcConnector,
  type VpcConnectorRecord,
  vpcConnectors,
} from "../vpc-connector.ts";

export const createVpcConnector = operation("apprunner", "CreateVpcConnector", async (input, context) => {
  const { VpcConnectorName: name, Subnets: subnets, SecurityGroups: groups = [] } = input;
  check({
    vpcConnectorName: [name, { length: [4, 40], pattern: "[A-Za-z0-9][A-Za-z0-9\\-_]{3,39}" }],
    subnets: [subnets, { length: [1, 16] }],
    securityGroups: [groups, { length: [0, 5] }],
  });
  const tags = readTags(input.Tags);
  if (vpcConnectors(context).some((each) => each.name === name)) throw nameTaken("VPC connector", name);
  const securityGroups = await readPlace(context, subnets, groups);
  const record: VpcConnectorRecord = {
    arn: arnOf(context, "vpcconnector", name, 1, newId(context)),
    name,
    subnets: [...subnets],
    securityGroups,
    networkInterfaces: [],
    createdMs: context.cloud.world.clock.nowMs(),
    tags,
    systemTags: { ...systemTagsOf(input) },
    ...(originOf(input)?.token !== undefined && { token: originOf(input)!.token! }),
  };
  record.networkInterfaces = await makeInterfaces(context, record);
  saveVpcConnector(context, record);
  return { VpcConnector: describe(record) };
});

export const describeVpcConnector = operation("apprunner", "DescribeVpcConnector", (input, context) => ({
  VpcConnector: describe(requireVpcConnector(context, input.VpcConnectorArn)),
}));

export const deleteVpcConnector = operation("apprunner", "DeleteVpcConnector", async (input, context) => {
  const record = requireVpcConnector(context, input.VpcConnectorArn);
  checkUnused(context, record);
  removeVpcConnector(context, record);
  await removeInterfaces(context, record);
  return { VpcConnector: describe(record, context.cloud.world.clock.nowMs()) };
});

export const listVpcConnectors = operation("apprunner", "ListVpcConnectors", (input, context) => {
  const all = vpcConnectors(context).toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  const { items, NextToken } = page(all, input, "connectors", ({ arn }) => arn, 100);
  return { VpcConnectors: items.map((each) => describe(each)), ...(NextToken !== undefined && { NextToken }) };
});
