/** What each of EC2's operations asks of its caller's policies. Describes have no resource level; what acts on a thing names it. */
import type { Authorization, OperationContext } from "../../service.ts";
import { resourceTypes, resourceTypeOf, tagMapOf } from "./tags.ts";

interface Tagging {
  TagSpecifications?: { ResourceType?: string; Tags?: { Key?: string; Value?: string }[] }[];
}

/** An ARN with the condition keys that EC2 gives about a thing that stands. */
function existing(context: OperationContext, action: string, id: string): Authorization {
  const tags = Object.entries(tagMapOf(context, id)).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`ec2:ResourceTag/${key}`, value],
  ]);
  return {
    action,
    resource: `arn:aws:ec2:${context.region}:${context.account}:${resourceTypeOf(id) ?? "*"}/${id}`,
    conditions: { "ec2:Region": context.region, ...Object.fromEntries(tags) },
  };
}

/** The condition keys of the tags that a create gives. */
function requestTags(tags: readonly { Key?: string; Value?: string }[]): Record<string, string | string[]> {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": tags.map(({ Key = "" }) => Key),
  };
}

/** Making a thing of `type`, beside the things named by `members` of the input. Tags at birth need `ec2:CreateTags` too. */
const creates =
  (operation: string, type: string, members: readonly string[] = []) =>
  (input: Tagging & Record<string, unknown>, context: OperationContext): Authorization[] => {
    const resource = `arn:aws:ec2:${context.region}:${context.account}:${type}/*`;
    const tags = (input.TagSpecifications ?? []).flatMap(({ Tags }) => Tags ?? []);
    const conditions = { "ec2:Region": context.region, ...requestTags(tags) };
    return [
      { action: `ec2:${operation}`, resource, conditions },
      ...acts(operation, members)(input, context),
      ...(tags.length > 0 ? [{ action: "ec2:CreateTags", resource, conditions: { ...conditions, "ec2:CreateAction": operation } }] : []),
    ];
  };

/** Acting on the things named by `members` of the input. */
const acts =
  (operation: string, members: readonly string[]) =>
  (input: Record<string, unknown>, context: OperationContext): Authorization[] =>
    members
      .flatMap((member) => (input[member] ?? []) as string | string[])
      .filter((id) => typeof id === "string")
      .map((id) => existing(context, `ec2:${operation}`, id));

/** `CreateTags` and `DeleteTags`: on each resource, in view of the tags. */
const tags =
  (operation: string) =>
  (input: { Resources?: string[]; Tags?: { Key?: string; Value?: string }[] }, context: OperationContext): Authorization[] =>
    (input.Resources ?? []).map((id) => {
      const one = existing(context, `ec2:${operation}`, id);
      return { ...one, conditions: { ...one.conditions, ...requestTags(input.Tags ?? []) } };
    });

const creating: Readonly<Record<string, readonly [type: string, members?: readonly string[]]>> = {
  AllocateAddress: [resourceTypes["eipalloc"]!],
  CreateCustomerGateway: ["customer-gateway"],
  CreateDhcpOptions: ["dhcp-options"],
  CreateEgressOnlyInternetGateway: ["egress-only-internet-gateway", ["VpcId"]],
  CreateFlowLogs: ["vpc-flow-log", ["ResourceIds"]],
  CreateInternetGateway: ["internet-gateway"],
  CreateKeyPair: ["key-pair"],
  CreateManagedPrefixList: ["prefix-list"],
  CreateNatGateway: ["natgateway", ["SubnetId", "AllocationId"]],
  CreateNetworkAcl: ["network-acl", ["VpcId"]],
  CreateNetworkInterface: ["network-interface", ["SubnetId", "Groups"]],
  CreateRouteTable: ["route-table", ["VpcId"]],
  CreateSecurityGroup: ["security-group", ["VpcId"]],
  CreateSubnet: ["subnet", ["VpcId"]],
  CreateVpc: ["vpc"],
  CreateVpcPeeringConnection: ["vpc-peering-connection", ["VpcId"]],
  CreateVpnGateway: ["vpn-gateway"],
  ImportKeyPair: ["key-pair"],
  CreateVpcEndpoint: ["vpc-endpoint", ["VpcId", "SubnetIds", "SecurityGroupIds", "RouteTableIds"]],
};

const acting: Readonly<Record<string, readonly string[]>> = {
  AcceptVpcPeeringConnection: ["VpcPeeringConnectionId"],
  AssignPrivateIpAddresses: ["NetworkInterfaceId"],
  AssociateAddress: ["AllocationId", "NetworkInterfaceId"],
  AssociateDhcpOptions: ["VpcId"],
  AssociateRouteTable: ["RouteTableId", "SubnetId"],
  AssociateSubnetCidrBlock: ["SubnetId"],
  AssociateVpcCidrBlock: ["VpcId"],
  AttachInternetGateway: ["InternetGatewayId", "VpcId"],
  AttachVpnGateway: ["VpnGatewayId", "VpcId"],
  AuthorizeSecurityGroupEgress: ["GroupId"],
  AuthorizeSecurityGroupIngress: ["GroupId"],
  CreateNetworkAclEntry: ["NetworkAclId"],
  CreateRoute: ["RouteTableId"],
  DeleteCustomerGateway: ["CustomerGatewayId"],
  DeleteDhcpOptions: ["DhcpOptionsId"],
  DeleteEgressOnlyInternetGateway: ["EgressOnlyInternetGatewayId"],
  DeleteFlowLogs: ["FlowLogIds"],
  DeleteInternetGateway: ["InternetGatewayId"],
  DeleteKeyPair: ["KeyPairId"],
  DeleteManagedPrefixList: ["PrefixListId"],
  DeleteNatGateway: ["NatGatewayId"],
  DeleteNetworkAcl: ["NetworkAclId"],
  DeleteNetworkAclEntry: ["NetworkAclId"],
  DeleteNetworkInterface: ["NetworkInterfaceId"],
  DeleteRoute: ["RouteTableId"],
  DeleteRouteTable: ["RouteTableId"],
  DeleteSecurityGroup: ["GroupId"],
  DeleteSubnet: ["SubnetId"],
  DeleteVpc: ["VpcId"],
  DeleteVpcEndpoints: ["VpcEndpointIds"],
  DeleteVpcPeeringConnection: ["VpcPeeringConnectionId"],
  DeleteVpnGateway: ["VpnGatewayId"],
  DescribeVpcAttribute: ["VpcId"],
  DetachInternetGateway: ["InternetGatewayId", "VpcId"],
  DetachVpnGateway: ["VpnGatewayId", "VpcId"],
  DisableVgwRoutePropagation: ["RouteTableId", "GatewayId"],
  EnableVgwRoutePropagation: ["RouteTableId", "GatewayId"],
  GetManagedPrefixListEntries: ["PrefixListId"],
  ModifyManagedPrefixList: ["PrefixListId"],
  ModifyNetworkInterfaceAttribute: ["NetworkInterfaceId"],
  ModifySecurityGroupRules: ["GroupId"],
  ModifySubnetAttribute: ["SubnetId"],
  ModifyVpcAttribute: ["VpcId"],
  ModifyVpcEndpoint: ["VpcEndpointId"],
  ModifyVpcPeeringConnectionOptions: ["VpcPeeringConnectionId"],
  ModifyVpcTenancy: ["VpcId"],
  RejectVpcPeeringConnection: ["VpcPeeringConnectionId"],
  ReleaseAddress: ["AllocationId"],
  ReplaceNetworkAclEntry: ["NetworkAclId"],
  ReplaceRoute: ["RouteTableId"],
  ReplaceRouteTableAssociation: ["RouteTableId"],
  RevokeSecurityGroupEgress: ["GroupId"],
  RevokeSecurityGroupIngress: ["GroupId"],
  UnassignPrivateIpAddresses: ["NetworkInterfaceId"],
  UpdateSecurityGroupRuleDescriptionsEgress: ["GroupId"],
  UpdateSecurityGroupRuleDescriptionsIngress: ["GroupId"],
};

/** An id that the call leaves out (a group named by its name) is asked for on every resource. */
const orAny =
  (operation: string, ask: (input: never, context: OperationContext) => Authorization[]) =>
  (input: never, context: OperationContext): Authorization[] => {
    const asked = ask(input, context);
    return asked.length > 0 ? asked : [{ action: `ec2:${operation}`, resource: "*", conditions: { "ec2:Region": context.region } }];
  };

export const authorize: Readonly<Record<string, (input: never, context: OperationContext) => Authorization[]>> = {
  ...Object.fromEntries(Object.entries(creating).map(([name, [type, members]]) => [name, creates(name, type, members)])),
  ...Object.fromEntries(Object.entries(acting).map(([name, members]) => [name, orAny(name, acts(name, members))])),
  CreateTags: orAny("CreateTags", tags("CreateTags")),
  DeleteTags: orAny("DeleteTags", tags("DeleteTags")),
};
