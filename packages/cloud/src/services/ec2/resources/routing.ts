/** AWS::EC2::RouteTable, AWS::EC2::Route and AWS::EC2::SubnetRouteTableAssociation. */
import { resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

export const routeTable = resource("AWS::EC2::RouteTable", {
  coverage: { real: ["Tags", "VpcId"] },
  async create(request) {
    const id =
      madeEarlier(request) ??
      (await request.call("ec2", "CreateRouteTable", stamped(request, "route-table", { VpcId: request.properties.VpcId }))).RouteTable!
        .RouteTableId!;
    return { physicalId: id, attributes: { RouteTableId: id } };
  },
  async update(request) {
    await retag(request, request.physicalId);
    return { physicalId: request.physicalId, attributes: { RouteTableId: request.physicalId } };
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteRouteTable", { RouteTableId: physicalId })),
});

type Route = ResourceProperties["AWS::EC2::Route"];

const destination = ({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: Route) => ({
  ...(DestinationCidrBlock !== undefined && { DestinationCidrBlock }),
  ...(DestinationIpv6CidrBlock !== undefined && { DestinationIpv6CidrBlock }),
  ...(DestinationPrefixListId !== undefined && { DestinationPrefixListId }),
});

const whole = ({ RouteTableId, GatewayId, NatGatewayId, NetworkInterfaceId, VpcPeeringConnectionId, ...rest }: Route) => ({
  RouteTableId,
  ...destination({ RouteTableId, ...rest }),
  ...(GatewayId !== undefined && { GatewayId }),
  ...(NatGatewayId !== undefined && { NatGatewayId }),
  ...(NetworkInterfaceId !== undefined && { NetworkInterfaceId }),
  ...(VpcPeeringConnectionId !== undefined && { VpcPeeringConnectionId }),
});

function madeRoute({ properties }: ResourceRequest<Route>) {
  const cidr = properties.DestinationCidrBlock ?? properties.DestinationIpv6CidrBlock ?? properties.DestinationPrefixListId ?? "";
  return { physicalId: `${properties.RouteTableId}|${cidr}`, attributes: { CidrBlock: cidr } };
}

const noSuchTarget = "the embedded cloud has no such route target";

export const route = resource("AWS::EC2::Route", {
  coverage: {
    real: [
      "DestinationCidrBlock",
      "DestinationIpv6CidrBlock",
      "DestinationPrefixListId",
      "GatewayId",
      "NatGatewayId",
      "NetworkInterfaceId",
      "RouteTableId",
      "VpcPeeringConnectionId",
    ],
    refused: {
      CarrierGatewayId: noSuchTarget,
      CoreNetworkArn: noSuchTarget,
      EgressOnlyInternetGatewayId: noSuchTarget,
      InstanceId: noSuchTarget,
      LocalGatewayId: noSuchTarget,
      OdbNetworkArn: noSuchTarget,
      TransitGatewayId: noSuchTarget,
      VpcEndpointId: noSuchTarget,
    },
    note: "Routes are kept and described truthfully, black holes included; packets of local tasks do not pass through them.",
  },
  // The same route made again succeeds, so an interrupted create is simply done once more.
  async create(request) {
    await request.call("ec2", "CreateRoute", whole(request.properties));
    return madeRoute(request);
  },
  async update(request) {
    await request.call("ec2", "ReplaceRoute", whole(request.properties));
    return madeRoute(request);
  },
  delete: ({ call, properties }) =>
    gone(() => call("ec2", "DeleteRoute", { RouteTableId: properties.RouteTableId, ...destination(properties) })),
});

export const subnetRouteTableAssociation = resource("AWS::EC2::SubnetRouteTableAssociation", {
  coverage: { real: ["RouteTableId", "SubnetId"] },
  // The same association made again answers with the one that stands.
  async create({ call, properties }) {
    const { RouteTableId, SubnetId } = properties;
    const { AssociationId } = await call("ec2", "AssociateRouteTable", { RouteTableId, SubnetId });
    return { physicalId: AssociationId!, attributes: { Id: AssociationId! } };
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DisassociateRouteTable", { AssociationId: physicalId })),
});
