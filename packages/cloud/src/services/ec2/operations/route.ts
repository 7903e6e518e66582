/** The operations on single routes. */
import type { Route } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { formatCidr, parseCidr } from "../cidr.ts";
import { invalidParameterCombination, invalidParameterValue, missingParameter, notACidrBlock } from "../errors.ts";
import { destinationOf, routesOf } from "../route-table.ts";
import {
  egressOnlyGateways,
  endpoints,
  internetGateways,
  natGateways,
  networkInterfaces,
  peeringConnections,
  prefixLists,
  type RouteTableRecord,
  routeTables,
  vpnGateways,
} from "../shelf.ts";

interface RouteInput {
  DestinationCidrBlock?: string | undefined;
  DestinationIpv6CidrBlock?: string | undefined;
  DestinationPrefixListId?: string | undefined;
  GatewayId?: string | undefined;
  NatGatewayId?: string | undefined;
  NetworkInterfaceId?: string | undefined;
  VpcEndpointId?: string | undefined;
  InstanceId?: string | undefined;
  VpcPeeringConnectionId?: string | undefined;
  TransitGatewayId?: string | undefined;
  LocalGatewayId?: string | undefined;
  CarrierGatewayId?: string | undefined;
  CoreNetworkArn?: string | undefined;
  EgressOnlyInternetGatewayId?: string | undefined;
}

/** Exactly one destination, tidied: host bits of a block are dropped. */
function destination(
  context: OperationContext,
  input: RouteInput,
): Pick<Route, "DestinationCidrBlock" | "DestinationIpv6CidrBlock" | "DestinationPrefixListId"> {
  const { DestinationCidrBlock: v4, DestinationIpv6CidrBlock: v6, DestinationPrefixListId: list } = input;
  const given = [v4, v6, list].filter((one) => one !== undefined);
  if (given.length === 0) throw missingParameter("destinationCidrBlock or destinationIpv6CidrBlock");
  if (given.length > 1)
    throw invalidParameterCombination(
      "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId",
    );
  if (list !== undefined) return { DestinationPrefixListId: prefixLists(context).must(list).id };
  const block = parseCidr((v4 ?? v6)!);
  if (v4 !== undefined) {
    if (block?.version !== 4) throw notACidrBlock(v4, "destinationCidrBlock");
    return { DestinationCidrBlock: formatCidr(block) };
  }
  if (block?.version !== 6) throw notACidrBlock(v6!, "destinationIpv6CidrBlock");
  return { DestinationIpv6CidrBlock: formatCidr(block) };
}

const unsupportedTargets = ["InstanceId", "TransitGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn"] as const;

/** Exactly one target, which exists in the table's VPC. */
function target(context: OperationContext, table: RouteTableRecord, input: RouteInput): Partial<Route> {
  const unsupported = unsupportedTargets.find((name) => input[name] !== undefined);
  if (unsupported) throw new AwsError("UnsupportedOperation", `The embedded cloud has no route target of the kind ${unsupported}.`);
  const { GatewayId, NatGatewayId, NetworkInterfaceId, VpcEndpointId, VpcPeeringConnectionId, EgressOnlyInternetGatewayId } = input;
  const given = [GatewayId, NatGatewayId, NetworkInterfaceId, VpcEndpointId, VpcPeeringConnectionId, EgressOnlyInternetGatewayId].filter(
    (one) => one !== undefined,
  );
  if (given.length === 0)
    throw missingParameter("gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, instanceId or transitGatewayId");
  if (given.length > 1) throw invalidParameterCombination("The request must contain exactly one route target");
  if (NatGatewayId !== undefined) {
    const gateway = natGateways(context).get(NatGatewayId);
    if (!gateway || gateway.deletedMs !== undefined)
      throw new AwsError("InvalidNatGatewayID.NotFound", `The natGateway ID '${NatGatewayId}' does not exist`);
    sameNetwork(table, gateway);
    return { NatGatewayId };
  }
  if (NetworkInterfaceId !== undefined) {
    sameNetwork(table, networkInterfaces(context).must(NetworkInterfaceId));
    return { NetworkInterfaceId };
  }
  if (VpcPeeringConnectionId !== undefined) {
    const { requester, accepter } = peeringConnections(context).must(VpcPeeringConnectionId);
    if (![requester.vpcId, accepter.vpcId].includes(table.vpcId))
      throw invalidParameterValue(`route table ${table.id} and peering connection ${VpcPeeringConnectionId} belong to different networks`);
    return { VpcPeeringConnectionId };
  }
  if (EgressOnlyInternetGatewayId !== undefined) {
    const gateway = egressOnlyGateways(context).must(EgressOnlyInternetGatewayId);
    if (input.DestinationIpv6CidrBlock === undefined)
      throw invalidParameterValue("An egress-only internet gateway can be the target of IPv6 routes only.");
    sameNetwork(table, gateway);
    return { EgressOnlyInternetGatewayId };
  }
  const id = (GatewayId ?? VpcEndpointId)!;
  if (id.startsWith("vgw-")) {
    sameNetwork(table, vpnGateways(context).must(id));
    return { GatewayId: id };
  }
  if (id.startsWith("vpce-")) {
    endpoints(context).must(id);
    throw new AwsError(
      "RouteNotSupported",
      `Route table contains unsupported route target: ${id}. VPC Endpoints of this type cannot be used as route targets.`,
    );
  }
  const gateway = internetGateways(context).must(id);
  sameNetwork(table, gateway);
  return { GatewayId: id };
}

function sameNetwork(table: RouteTableRecord, { id, vpcId }: { id: string; vpcId?: string }): void {
  if (vpcId !== table.vpcId) throw invalidParameterValue(`route table ${table.id} and network gateway ${id} belong to different networks`);
}

export const createRoute = operation("ec2", "CreateRoute", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId!);
  const where = destination(context, input);
  const route: Route = { ...where, ...target(context, table, input), Origin: "CreateRoute" };
  const existing = routesOf(context, table).find((one) => destinationOf(one) === destinationOf(route));
  if (existing) {
    // The very same route again succeeds, as on AWS.
    if (
      existing.GatewayId === route.GatewayId &&
      existing.NatGatewayId === route.NatGatewayId &&
      existing.NetworkInterfaceId === route.NetworkInterfaceId &&
      existing.VpcPeeringConnectionId === route.VpcPeeringConnectionId &&
      existing.EgressOnlyInternetGatewayId === route.EgressOnlyInternetGatewayId
    )
      return { Return: true };
    throw new AwsError("RouteAlreadyExists", `The route identified by ${destinationOf(route)} already exists.`);
  }
  routeTables(context).put({ ...table, routes: [...table.routes, route] });
  return { Return: true };
});

export const replaceRoute = operation("ec2", "ReplaceRoute", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId!);
  const where = destination(context, input);
  const index = table.routes.findIndex((one) => destinationOf(one) === destinationOf(where));
  if (index < 0)
    throw invalidParameterValue(`There is no route defined for '${destinationOf(where)}' in the route table. Use CreateRoute instead.`);
  const routes = table.routes.with(index, { ...where, ...target(context, table, input), Origin: "CreateRoute" });
  routeTables(context).put({ ...table, routes });
  return {};
});

export const deleteRoute = operation("ec2", "DeleteRoute", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId!);
  const where = destination(context, input);
  const rest = table.routes.filter((one) => destinationOf(one) !== destinationOf(where));
  if (rest.length === table.routes.length) {
    if (routesOf(context, table).some((one) => destinationOf(one) === destinationOf(where)))
      throw invalidParameterValue(`cannot remove local route ${destinationOf(where)} in route table ${table.id}`);
    const kind = where.DestinationCidrBlock
      ? "destination-cidr-block"
      : where.DestinationIpv6CidrBlock
        ? "destination-ipv6-cidr-block"
        : "destination-prefix-list-id";
    throw new AwsError("InvalidRoute.NotFound", `no route with ${kind} ${destinationOf(where)} in route table ${table.id}`);
  }
  routeTables(context).put({ ...table, routes: rest });
  return {};
});
