/** A route table as it works: its local routes, and which of its routes still lead somewhere. */
import type { Route, RouteTable } from "@aws-sdk/client-ec2";
import type { OperationContext } from "../../service.ts";
import {
  egressOnlyGateways,
  endpoints,
  internetGateways,
  natGateways,
  networkInterfaces,
  peeringConnections,
  type RouteTableRecord,
  vpcs,
  vpnGateways,
} from "./shelf.ts";
import { prefixListOfService } from "./prefix-list.ts";
import { tagsOf } from "./tags.ts";

/** A route's destination, of whichever kind. */
export const destinationOf = (route: Route) =>
  route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId;

/** A route whose target is gone, or detached from the VPC, is a black hole. */
function leads(context: OperationContext, table: RouteTableRecord, route: Route): boolean {
  if (route.GatewayId?.startsWith("igw-")) return internetGateways(context).get(route.GatewayId)?.vpcId === table.vpcId;
  if (route.GatewayId?.startsWith("vgw-")) return vpnGateways(context).get(route.GatewayId)?.vpcId === table.vpcId;
  if (route.VpcPeeringConnectionId) return peeringConnections(context).get(route.VpcPeeringConnectionId)?.status === "active";
  if (route.EgressOnlyInternetGatewayId) return egressOnlyGateways(context).get(route.EgressOnlyInternetGatewayId) !== undefined;
  if (route.GatewayId?.startsWith("vpce-")) return endpoints(context).get(route.GatewayId) !== undefined;
  if (route.NatGatewayId) {
    const gateway = natGateways(context).get(route.NatGatewayId);
    return gateway !== undefined && gateway.deletedMs === undefined;
  }
  if (route.NetworkInterfaceId) return networkInterfaces(context).get(route.NetworkInterfaceId)?.attachment !== undefined;
  return false;
}

/** Its routes in AWS's order: the local ones, the caller's, those of gateway endpoints. */
export function routesOf(context: OperationContext, table: RouteTableRecord): Route[] {
  const vpc = vpcs(context).must(table.vpcId);
  const local = { GatewayId: "local", Origin: "CreateRouteTable" as const, State: "active" as const };
  return [
    ...vpc.cidrAssociations.map(({ CidrBlock }): Route => ({ DestinationCidrBlock: CidrBlock!, ...local })),
    ...vpc.ipv6Associations.map(({ Ipv6CidrBlock }): Route => ({ DestinationIpv6CidrBlock: Ipv6CidrBlock!, ...local })),
    ...table.routes.map((route): Route => ({ ...route, State: leads(context, table, route) ? "active" : "blackhole" })),
    ...endpoints(context)
      .list()
      .filter(({ type, routeTableIds }) => type === "Gateway" && routeTableIds.includes(table.id))
      .map(({ id, serviceName }): Route => ({
        DestinationPrefixListId: prefixListOfService(context, serviceName).id,
        GatewayId: id,
        Origin: "CreateRoute",
        State: "active",
      })),
  ];
}

export const describedRouteTable = (context: OperationContext, table: RouteTableRecord): RouteTable => ({
  RouteTableId: table.id,
  VpcId: table.vpcId,
  OwnerId: context.account,
  Associations: table.associations.map(({ id, main, subnetId, gatewayId }) => ({
    Main: main,
    RouteTableAssociationId: id,
    RouteTableId: table.id,
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(gatewayId !== undefined && { GatewayId: gatewayId }),
    AssociationState: { State: "associated" },
  })),
  PropagatingVgws: (table.propagatingGatewayIds ?? []).map((GatewayId) => ({ GatewayId })),
  Routes: routesOf(context, table),
  Tags: tagsOf(context, table.id),
});
