/** EC2's networking: what a VPC is made of, with truthful describes. */
import type { Input, OperationName } from "../../aws.ts";
import { defineService, type Authorization, type Operation, type OperationContext, type Service } from "../../service.ts";
import { authorize } from "./authorize.ts";
import { ensureDefaults } from "./defaults.ts";
import { dryRunOperation } from "./errors.ts";
import * as address from "./operations/address.ts";
import * as customerGateway from "./operations/customer-gateway.ts";
import * as dhcpOptions from "./operations/dhcp-options.ts";
import * as egressOnlyInternetGateway from "./operations/egress-only-internet-gateway.ts";
import * as flowLog from "./operations/flow-log.ts";
import * as instance from "./operations/instance.ts";
import * as internetGateway from "./operations/internet-gateway.ts";
import * as keyPair from "./operations/key-pair.ts";
import * as natGateway from "./operations/nat-gateway.ts";
import * as networkAcl from "./operations/network-acl.ts";
import * as networkInterface from "./operations/network-interface.ts";
import * as prefixList from "./operations/prefix-list.ts";
import * as region from "./operations/region.ts";
import * as route from "./operations/route.ts";
import * as routeTable from "./operations/route-table.ts";
import * as securityGroup from "./operations/security-group.ts";
import * as securityGroupRule from "./operations/security-group-rule.ts";
import * as subnet from "./operations/subnet.ts";
import * as tag from "./operations/tag.ts";
import * as vpc from "./operations/vpc.ts";
import * as vpcEndpoint from "./operations/vpc-endpoint.ts";
import * as vpcPeeringConnection from "./operations/vpc-peering-connection.ts";
import * as vpnGateway from "./operations/vpn-gateway.ts";
import { ec2Resources } from "./resources/index.ts";
import { readers } from "./resources/readers.ts";

type Operations = Service<"ec2">["operations"];

const table: Operations = {
  AllocateAddress: address.allocateAddress,
  AssociateAddress: address.associateAddress,
  DescribeAddresses: address.describeAddresses,
  DescribeAddressesAttribute: address.describeAddressesAttribute,
  DisassociateAddress: address.disassociateAddress,
  ReleaseAddress: address.releaseAddress,

  AssociateDhcpOptions: dhcpOptions.associateDhcpOptions,
  CreateDhcpOptions: dhcpOptions.createDhcpOptions,
  DeleteDhcpOptions: dhcpOptions.deleteDhcpOptions,
  DescribeDhcpOptions: dhcpOptions.describeDhcpOptions,

  CreateCustomerGateway: customerGateway.createCustomerGateway,
  DeleteCustomerGateway: customerGateway.deleteCustomerGateway,
  DescribeCustomerGateways: customerGateway.describeCustomerGateways,

  CreateEgressOnlyInternetGateway: egressOnlyInternetGateway.createEgressOnlyInternetGateway,
  DeleteEgressOnlyInternetGateway: egressOnlyInternetGateway.deleteEgressOnlyInternetGateway,
  DescribeEgressOnlyInternetGateways: egressOnlyInternetGateway.describeEgressOnlyInternetGateways,

  DescribeInstanceStatus: instance.describeInstanceStatus,
  DescribeInstances: instance.describeInstances,
  DescribeVolumes: instance.describeVolumes,

  CreateKeyPair: keyPair.createKeyPair,
  DeleteKeyPair: keyPair.deleteKeyPair,
  DescribeKeyPairs: keyPair.describeKeyPairs,
  ImportKeyPair: keyPair.importKeyPair,

  CreateFlowLogs: flowLog.createFlowLogs,
  DeleteFlowLogs: flowLog.deleteFlowLogs,
  DescribeFlowLogs: flowLog.describeFlowLogs,

  AttachInternetGateway: internetGateway.attachInternetGateway,
  CreateInternetGateway: internetGateway.createInternetGateway,
  DeleteInternetGateway: internetGateway.deleteInternetGateway,
  DescribeInternetGateways: internetGateway.describeInternetGateways,
  DetachInternetGateway: internetGateway.detachInternetGateway,

  CreateNatGateway: natGateway.createNatGateway,
  DeleteNatGateway: natGateway.deleteNatGateway,
  DescribeNatGateways: natGateway.describeNatGateways,

  CreateNetworkAcl: networkAcl.createNetworkAcl,
  CreateNetworkAclEntry: networkAcl.createNetworkAclEntry,
  DeleteNetworkAcl: networkAcl.deleteNetworkAcl,
  DeleteNetworkAclEntry: networkAcl.deleteNetworkAclEntry,
  DescribeNetworkAcls: networkAcl.describeNetworkAcls,
  ReplaceNetworkAclAssociation: networkAcl.replaceNetworkAclAssociation,
  ReplaceNetworkAclEntry: networkAcl.replaceNetworkAclEntry,

  AssignPrivateIpAddresses: networkInterface.assignPrivateIpAddresses,
  CreateNetworkInterface: networkInterface.createNetworkInterface,
  DeleteNetworkInterface: networkInterface.deleteNetworkInterface,
  DescribeNetworkInterfaceAttribute: networkInterface.describeNetworkInterfaceAttribute,
  DescribeNetworkInterfaces: networkInterface.describeNetworkInterfaces,
  ModifyNetworkInterfaceAttribute: networkInterface.modifyNetworkInterfaceAttribute,
  UnassignPrivateIpAddresses: networkInterface.unassignPrivateIpAddresses,

  CreateManagedPrefixList: prefixList.createManagedPrefixList,
  DeleteManagedPrefixList: prefixList.deleteManagedPrefixList,
  DescribeManagedPrefixLists: prefixList.describeManagedPrefixLists,
  DescribePrefixLists: prefixList.describePrefixLists,
  GetManagedPrefixListEntries: prefixList.getManagedPrefixListEntries,
  ModifyManagedPrefixList: prefixList.modifyManagedPrefixList,

  DescribeAccountAttributes: region.describeAccountAttributes,
  DescribeAvailabilityZones: region.describeAvailabilityZones,
  DescribeRegions: region.describeRegions,

  CreateRoute: route.createRoute,
  DeleteRoute: route.deleteRoute,
  ReplaceRoute: route.replaceRoute,

  AssociateRouteTable: routeTable.associateRouteTable,
  CreateRouteTable: routeTable.createRouteTable,
  DeleteRouteTable: routeTable.deleteRouteTable,
  DescribeRouteTables: routeTable.describeRouteTables,
  DisassociateRouteTable: routeTable.disassociateRouteTable,
  ReplaceRouteTableAssociation: routeTable.replaceRouteTableAssociation,

  CreateSecurityGroup: securityGroup.createSecurityGroup,
  DeleteSecurityGroup: securityGroup.deleteSecurityGroup,
  DescribeSecurityGroupReferences: securityGroup.describeSecurityGroupReferences,
  DescribeSecurityGroups: securityGroup.describeSecurityGroups,
  GetSecurityGroupsForVpc: securityGroup.getSecurityGroupsForVpc,

  AuthorizeSecurityGroupEgress: securityGroupRule.authorizeSecurityGroupEgress,
  AuthorizeSecurityGroupIngress: securityGroupRule.authorizeSecurityGroupIngress,
  DescribeSecurityGroupRules: securityGroupRule.describeSecurityGroupRules,
  ModifySecurityGroupRules: securityGroupRule.modifySecurityGroupRules,
  RevokeSecurityGroupEgress: securityGroupRule.revokeSecurityGroupEgress,
  RevokeSecurityGroupIngress: securityGroupRule.revokeSecurityGroupIngress,
  UpdateSecurityGroupRuleDescriptionsEgress: securityGroupRule.updateSecurityGroupRuleDescriptionsEgress,
  UpdateSecurityGroupRuleDescriptionsIngress: securityGroupRule.updateSecurityGroupRuleDescriptionsIngress,

  AssociateSubnetCidrBlock: subnet.associateSubnetCidrBlock,
  CreateDefaultSubnet: subnet.createDefaultSubnet,
  CreateSubnet: subnet.createSubnet,
  DeleteSubnet: subnet.deleteSubnet,
  DescribeSubnets: subnet.describeSubnets,
  DisassociateSubnetCidrBlock: subnet.disassociateSubnetCidrBlock,
  ModifySubnetAttribute: subnet.modifySubnetAttribute,

  CreateTags: tag.createTags,
  DeleteTags: tag.deleteTags,
  DescribeTags: tag.describeTags,

  AssociateVpcCidrBlock: vpc.associateVpcCidrBlock,
  CreateDefaultVpc: vpc.createDefaultVpc,
  CreateVpc: vpc.createVpc,
  DeleteVpc: vpc.deleteVpc,
  DescribeVpcAttribute: vpc.describeVpcAttribute,
  DescribeVpcs: vpc.describeVpcs,
  DisassociateVpcCidrBlock: vpc.disassociateVpcCidrBlock,
  ModifyVpcAttribute: vpc.modifyVpcAttribute,
  ModifyVpcTenancy: vpc.modifyVpcTenancy,

  CreateVpcEndpoint: vpcEndpoint.createVpcEndpoint,
  DeleteVpcEndpoints: vpcEndpoint.deleteVpcEndpoints,
  DescribeVpcEndpointServices: vpcEndpoint.describeVpcEndpointServices,
  DescribeVpcEndpoints: vpcEndpoint.describeVpcEndpoints,
  ModifyVpcEndpoint: vpcEndpoint.modifyVpcEndpoint,

  AcceptVpcPeeringConnection: vpcPeeringConnection.acceptVpcPeeringConnection,
  CreateVpcPeeringConnection: vpcPeeringConnection.createVpcPeeringConnection,
  DeleteVpcPeeringConnection: vpcPeeringConnection.deleteVpcPeeringConnection,
  DescribeVpcPeeringConnections: vpcPeeringConnection.describeVpcPeeringConnections,
  ModifyVpcPeeringConnectionOptions: vpcPeeringConnection.modifyVpcPeeringConnectionOptions,
  RejectVpcPeeringConnection: vpcPeeringConnection.rejectVpcPeeringConnection,

  AttachVpnGateway: vpnGateway.attachVpnGateway,
  CreateVpnGateway: vpnGateway.createVpnGateway,
  DeleteVpnGateway: vpnGateway.deleteVpnGateway,
  DescribeVpnGateways: vpnGateway.describeVpnGateways,
  DetachVpnGateway: vpnGateway.detachVpnGateway,
  DisableVgwRoutePropagation: vpnGateway.disableVgwRoutePropagation,
  EnableVgwRoutePropagation: vpnGateway.enableVgwRoutePropagation,
};

const reads = /^(Describe|Get)/;

/**
 * Around every operation: the region's default network is there, `DryRun` ends after the permission was checked, and all that a
 * call writes is written at once, or not at all. The handlers are synchronous so that it can be; those that only read need none of it.
 */
function guarded<O extends OperationName<"ec2">>(name: string, handler: Operation<"ec2", O>): Operation<"ec2", O> {
  return (input: Input<"ec2", O>, context: OperationContext) => {
    ensureDefaults(context);
    if ((input as { DryRun?: boolean }).DryRun) throw dryRunOperation();
    return reads.test(name) ? handler(input, context) : context.cloud.store.transaction(() => handler(input, context));
  };
}

export const ec2 = defineService<"ec2">({
  id: "ec2",
  operations: Object.fromEntries(
    Object.entries(table).map(([name, handler]) => [name, guarded(name, handler as Operation<"ec2", "CreateVpc">)]),
  ) as Operations,
  authorize: authorize as Record<string, (input: never, context: OperationContext) => Authorization[]>,
  readers,
  resources: ec2Resources,
});
