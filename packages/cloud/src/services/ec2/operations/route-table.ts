/** The operations on route tables and their associations. */
import type { RouteTable } from "@aws-sdk/client-ec2";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import {
  alreadyAssociated,
  dependencyViolation,
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  notFound,
} from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { describedRouteTable } from "../route-table.ts";
import { endpoints, internetGateways, type RouteTableRecord, routeTables, subnets, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom } from "../tags.ts";

export const createRouteTable = operation("ec2", "CreateRouteTable", (input, context) => {
  const { ClientToken: clientToken } = input;
  const earlier =
    clientToken &&
    routeTables(context)
      .list()
      .find((one) => one.clientToken === clientToken);
  if (earlier) return { RouteTable: describedRouteTable(context, earlier), ClientToken: clientToken };
  const vpc = vpcs(context).must(input.VpcId!);
  const tags = tagsFrom(input, "route-table");
  const table: RouteTableRecord = {
    id: newId(context, "rtb"),
    vpcId: vpc.id,
    routes: [],
    associations: [],
    ...(clientToken && { clientToken }),
  };
  routeTables(context).put(table);
  putNew(context, table.id, tags, input);
  return { RouteTable: describedRouteTable(context, table), ...(clientToken && { ClientToken: clientToken }) };
});

const associations = (table: RouteTable) => table.Associations ?? [];
const routes = (table: RouteTable) => table.Routes ?? [];

const filters: Filters<RouteTable> = {
  "association.gateway-id": (table) => associations(table).map((one) => one.GatewayId),
  "association.main": (table) => associations(table).map((one) => one.Main),
  "association.route-table-association-id": (table) => associations(table).map((one) => one.RouteTableAssociationId),
  "association.route-table-id": (table) => associations(table).map((one) => one.RouteTableId),
  "association.subnet-id": (table) => associations(table).map((one) => one.SubnetId),
  "owner-id": (table) => table.OwnerId,
  "route-table-id": (table) => table.RouteTableId,
  "route.destination-cidr-block": (table) => routes(table).map((one) => one.DestinationCidrBlock),
  "route.destination-ipv6-cidr-block": (table) => routes(table).map((one) => one.DestinationIpv6CidrBlock),
  "route.destination-prefix-list-id": (table) => routes(table).map((one) => one.DestinationPrefixListId),
  "route.egress-only-internet-gateway-id": (table) => routes(table).map((one) => one.EgressOnlyInternetGatewayId),
  "route.gateway-id": (table) => routes(table).map((one) => one.GatewayId),
  "route.instance-id": (table) => routes(table).map((one) => one.InstanceId),
  "route.nat-gateway-id": (table) => routes(table).map((one) => one.NatGatewayId),
  "route.transit-gateway-id": (table) => routes(table).map((one) => one.TransitGatewayId),
  "route.origin": (table) => routes(table).map((one) => one.Origin),
  "route.state": (table) => routes(table).map((one) => one.State),
  "route.vpc-peering-connection-id": (table) => routes(table).map((one) => one.VpcPeeringConnectionId),
  "vpc-id": (table) => table.VpcId,
};

export const describeRouteTables = operation("ec2", "DescribeRouteTables", (input, context) => {
  const { items, ...rest } = describe(
    routeTables(context),
    input.RouteTableIds,
    input,
    (table) => describedRouteTable(context, table),
    filters,
    "routeTableIds",
  );
  return { RouteTables: items, ...rest };
});

export const deleteRouteTable = operation("ec2", "DeleteRouteTable", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId);
  if (table.associations.length > 0) throw dependencyViolation(`The routeTable '${table.id}' has dependencies and cannot be deleted.`);
  for (const endpoint of endpoints(context).list())
    if (endpoint.routeTableIds.includes(table.id))
      endpoints(context).put({ ...endpoint, routeTableIds: endpoint.routeTableIds.filter((id) => id !== table.id) });
  routeTables(context).delete(table.id);
  dropTags(context, table.id);
  return {};
});

export const associateRouteTable = operation("ec2", "AssociateRouteTable", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId);
  const { SubnetId: subnetId, GatewayId: gatewayId } = input;
  if (subnetId === undefined && gatewayId === undefined) throw missingParameter("subnetId or gatewayId");
  if (subnetId !== undefined && gatewayId !== undefined)
    throw invalidParameterCombination("The parameter subnetId cannot be used with the parameter gatewayId");
  const target = subnetId !== undefined ? subnets(context).must(subnetId) : internetGateways(context).must(gatewayId!);
  if (target.vpcId !== table.vpcId)
    throw invalidParameterValue(
      `The route table ${table.id} and ${subnetId !== undefined ? "subnet" : "gateway"} ${target.id} belong to different networks`,
    );
  const existing = routeTables(context)
    .list()
    .flatMap((one) => one.associations.map((association) => ({ table: one, association })))
    .find(({ association }) => (association.subnetId ?? association.gatewayId) === target.id);
  // The same association again is answered with the one that stands.
  if (existing?.table.id === table.id)
    return { AssociationId: existing.association.id, AssociationState: { State: "associated" as const } };
  if (existing) throw alreadyAssociated(`the specified association for route table ${table.id} conflicts with an existing association`);
  const association = {
    id: newId(context, "rtbassoc"),
    main: false,
    ...(subnetId !== undefined ? { subnetId } : { gatewayId: target.id }),
  };
  routeTables(context).put({ ...table, associations: [...table.associations, association] });
  return { AssociationId: association.id, AssociationState: { State: "associated" as const } };
});

function associated(context: OperationContext, id: string) {
  const table = routeTables(context)
    .list()
    .find((one) => one.associations.some((association) => association.id === id));
  const association = table?.associations.find((one) => one.id === id);
  if (!table || !association) throw notFound("rtbassoc", id);
  return { table, association };
}

export const disassociateRouteTable = operation("ec2", "DisassociateRouteTable", (input, context) => {
  const { table, association } = associated(context, input.AssociationId!);
  if (association.main) throw invalidParameterValue(`cannot disassociate the main route table association ${association.id}`);
  routeTables(context).put({ ...table, associations: table.associations.filter((one) => one.id !== association.id) });
  return {};
});

export const replaceRouteTableAssociation = operation("ec2", "ReplaceRouteTableAssociation", (input, context) => {
  const next = routeTables(context).must(input.RouteTableId);
  const { table, association } = associated(context, input.AssociationId);
  if (next.id === table.id) return { NewAssociationId: association.id, AssociationState: { State: "associated" as const } };
  if (next.vpcId !== table.vpcId) throw invalidParameterValue(`The route tables ${next.id} and ${table.id} belong to different networks`);
  const moved = { ...association, id: newId(context, "rtbassoc") };
  routeTables(context).put({ ...table, associations: table.associations.filter((one) => one.id !== association.id) });
  routeTables(context).put({ ...next, associations: [...next.associations, moved] });
  return { NewAssociationId: moved.id, AssociationState: { State: "associated" as const } };
});
