/** The operations on VPCs: create, describe, attributes, further blocks, delete. */
import type { Vpc } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { type Cidr, formatCidr, overlaps, parseCidr } from "../cidr.ts";
import { makeDefaultVpc } from "../defaults.ts";
import { describe } from "../describe.ts";
import {
  dependencyViolation,
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  notACidrBlock,
  operationNotPermitted,
} from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import {
  egressOnlyGateways,
  endpoints,
  internetGateways,
  natGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
  vpnGateways,
} from "../shelf.ts";
import { dropTags, newTags, putNew, tagsFrom } from "../tags.ts";
import { describedVpc, makeVpc } from "../vpc.ts";

/** At most this many IPv4 blocks beside each other in a VPC. */
const mostCidrBlocks = 5;

const newIds = (context: OperationContext) => (prefix: string) => newId(context, prefix);

/** The block of a VPC: IPv4, between /16 and /28; host bits are dropped, as AWS does. */
function vpcBlock(text: string): Cidr {
  const block = parseCidr(text);
  if (block?.version !== 4) throw notACidrBlock(text, "cidrBlock");
  if (block.prefix < 16 || block.prefix > 28) throw new AwsError("InvalidVpc.Range", `The CIDR '${text}' is invalid.`);
  return block;
}

const ipv6Block = (context: OperationContext) =>
  `2a05:d014:${context.cloud.world.random.hex(3)}:${context.cloud.world.random.hex(2)}00::/56`;

export const createVpc = operation("ec2", "CreateVpc", (input, context) => {
  if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
  if (input.Ipv4IpamPoolId ?? input.Ipv4NetmaskLength ?? input.Ipv6IpamPoolId ?? input.Ipv6CidrBlock)
    throw new AwsError("UnsupportedOperation", "The embedded cloud has no IP address manager and no address pools of one's own.");
  const tenancy = input.InstanceTenancy ?? "default";
  if (tenancy !== "default" && tenancy !== "dedicated")
    throw new AwsError("UnsupportedTenancy", `The tenancy value ${tenancy} is not supported.`);
  const cidr = formatCidr(vpcBlock(input.CidrBlock));
  const tags = tagsFrom(input, "vpc");
  const ids = newIds(context);
  const vpc = makeVpc(context, ids, {
    cidr,
    tenancy,
    ...(input.AmazonProvidedIpv6CidrBlock && { ipv6Cidr: formatCidr(parseCidr(ipv6Block(context))!) }),
  });
  putNew(context, vpc.id, tags, input);
  const { BlockPublicAccessStates: _, Tags: __, ...described } = describedVpc(context, vpc);
  return {
    Vpc: { ...described, ...newTags(context, vpc.id), State: "pending" as const, Ipv6CidrBlockAssociationSet: vpc.ipv6Associations },
  };
});

export const createDefaultVpc = operation("ec2", "CreateDefaultVpc", (_input, context) => {
  if (
    vpcs(context)
      .list()
      .some(({ isDefault }) => isDefault)
  )
    throw new AwsError("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.");
  return { Vpc: describedVpc(context, makeDefaultVpc(context, newIds(context))) };
});

const filters: Filters<Vpc> = {
  cidr: (vpc) => vpc.CidrBlock,
  cidrBlock: (vpc) => vpc.CidrBlock,
  "cidr-block": (vpc) => vpc.CidrBlock,
  "cidr-block-association.association-id": (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.AssociationId),
  "cidr-block-association.cidr-block": (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.CidrBlock),
  "cidr-block-association.state": (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.CidrBlockState?.State),
  "ipv6-cidr-block-association.association-id": (vpc) => vpc.Ipv6CidrBlockAssociationSet?.map((one) => one.AssociationId),
  "ipv6-cidr-block-association.ipv6-cidr-block": (vpc) => vpc.Ipv6CidrBlockAssociationSet?.map((one) => one.Ipv6CidrBlock),
  "ipv6-cidr-block-association.ipv6-pool": (vpc) => vpc.Ipv6CidrBlockAssociationSet?.map((one) => one.Ipv6Pool),
  "ipv6-cidr-block-association.state": (vpc) => vpc.Ipv6CidrBlockAssociationSet?.map((one) => one.Ipv6CidrBlockState?.State),
  "dhcp-options-id": (vpc) => vpc.DhcpOptionsId,
  dhcpOptionsId: (vpc) => vpc.DhcpOptionsId,
  "is-default": (vpc) => vpc.IsDefault,
  isDefault: (vpc) => vpc.IsDefault,
  "owner-id": (vpc) => vpc.OwnerId,
  state: (vpc) => vpc.State,
  "vpc-id": (vpc) => vpc.VpcId,
};

export const describeVpcs = operation("ec2", "DescribeVpcs", (input, context) => {
  const { items, ...rest } = describe(vpcs(context), input.VpcIds, input, (vpc) => describedVpc(context, vpc), filters, "vpcIds");
  return { Vpcs: items, ...rest };
});

export const deleteVpc = operation("ec2", "DeleteVpc", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  const inside = (one: { vpcId?: string }) => one.vpcId === vpc.id;
  const groups = securityGroups(context).list().filter(inside);
  const tables = routeTables(context).list().filter(inside);
  const acls = networkAcls(context).list().filter(inside);
  const gateways = internetGateways(context).list().filter(inside);
  const held =
    subnets(context).list().some(inside) ||
    networkInterfaces(context).list().some(inside) ||
    endpoints(context).list().some(inside) ||
    natGateways(context)
      .list()
      .some((one) => inside(one) && one.deletedMs === undefined) ||
    groups.some(({ name }) => name !== "default") ||
    tables.some((table) => !table.associations.some(({ main }) => main)) ||
    acls.some(({ isDefault }) => !isDefault) ||
    gateways.length > 0 ||
    egressOnlyGateways(context).list().some(inside) ||
    vpnGateways(context).list().some(inside);
  if (held) throw dependencyViolation(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
  for (const group of groups) {
    for (const rule of group.rules) dropTags(context, rule.SecurityGroupRuleId!);
    securityGroups(context).delete(group.id);
    dropTags(context, group.id);
  }
  for (const table of tables) {
    routeTables(context).delete(table.id);
    dropTags(context, table.id);
  }
  for (const acl of acls) {
    networkAcls(context).delete(acl.id);
    dropTags(context, acl.id);
  }
  vpcs(context).delete(vpc.id);
  dropTags(context, vpc.id);
  return {};
});

export const describeVpcAttribute = operation("ec2", "DescribeVpcAttribute", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  switch (input.Attribute) {
    case "enableDnsSupport":
      return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.dnsSupport } };
    case "enableDnsHostnames":
      return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.dnsHostnames } };
    case "enableNetworkAddressUsageMetrics":
      return { VpcId: vpc.id, EnableNetworkAddressUsageMetrics: { Value: vpc.addressUsageMetrics } };
    default:
      throw invalidParameterValue(`Value (${String(input.Attribute)}) for parameter attribute is invalid. Unknown attribute.`);
  }
});

export const modifyVpcAttribute = operation("ec2", "ModifyVpcAttribute", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  const given = [input.EnableDnsSupport, input.EnableDnsHostnames, input.EnableNetworkAddressUsageMetrics].filter(
    (one) => one !== undefined,
  );
  if (given.length === 0) throw missingParameter("attribute");
  if (given.length > 1) throw invalidParameterCombination("Fields for multiple attribute types specified");
  if (input.EnableDnsSupport) vpc.dnsSupport = input.EnableDnsSupport.Value ?? false;
  if (input.EnableDnsHostnames) vpc.dnsHostnames = input.EnableDnsHostnames.Value ?? false;
  if (input.EnableNetworkAddressUsageMetrics) vpc.addressUsageMetrics = input.EnableNetworkAddressUsageMetrics.Value ?? false;
  vpcs(context).put(vpc);
  return {};
});

export const modifyVpcTenancy = operation("ec2", "ModifyVpcTenancy", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  if (input.InstanceTenancy !== "default")
    throw new AwsError("UnsupportedTenancy", `The tenancy value ${input.InstanceTenancy} is not supported.`);
  vpcs(context).put({ ...vpc, tenancy: "default" });
  return { ReturnValue: true };
});

export const associateVpcCidrBlock = operation("ec2", "AssociateVpcCidrBlock", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  if (input.AmazonProvidedIpv6CidrBlock) {
    const association = {
      AssociationId: newId(context, "vpc-cidr-assoc"),
      Ipv6CidrBlock: formatCidr(parseCidr(ipv6Block(context))!),
      Ipv6CidrBlockState: { State: "associated" as const },
      NetworkBorderGroup: context.region,
      Ipv6Pool: "Amazon",
    };
    if (vpc.ipv6Associations.length > 0)
      throw new AwsError("CidrLimitExceeded", `This network '${vpc.id}' has met its maximum number of allowed CIDRs: 1`);
    vpcs(context).put({ ...vpc, ipv6Associations: [association] });
    return { VpcId: vpc.id, Ipv6CidrBlockAssociation: { ...association, Ipv6CidrBlockState: { State: "associating" as const } } };
  }
  if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
  const block = vpcBlock(input.CidrBlock);
  if (vpc.cidrAssociations.length >= mostCidrBlocks)
    throw new AwsError("CidrLimitExceeded", `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${mostCidrBlocks}`);
  if (vpc.cidrAssociations.some(({ CidrBlock }) => overlaps(parseCidr(CidrBlock!)!, block)))
    throw new AwsError("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' conflicts with another CIDR of this VPC.`);
  const association = {
    AssociationId: newId(context, "vpc-cidr-assoc"),
    CidrBlock: formatCidr(block),
    CidrBlockState: { State: "associated" as const },
  };
  vpcs(context).put({ ...vpc, cidrAssociations: [...vpc.cidrAssociations, association] });
  return { VpcId: vpc.id, CidrBlockAssociation: { ...association, CidrBlockState: { State: "associating" as const } } };
});

export const disassociateVpcCidrBlock = operation("ec2", "DisassociateVpcCidrBlock", (input, context) => {
  const id = input.AssociationId;
  for (const vpc of vpcs(context).list()) {
    const v4 = vpc.cidrAssociations.find((one) => one.AssociationId === id);
    const v6 = vpc.ipv6Associations.find((one) => one.AssociationId === id);
    if (!v4 && !v6) continue;
    if (v4?.CidrBlock === vpc.cidr)
      throw operationNotPermitted(
        `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
      );
    const block = parseCidr((v4?.CidrBlock ?? v6?.Ipv6CidrBlock)!)!;
    const used = subnets(context)
      .list()
      .filter((subnet) => subnet.vpcId === vpc.id)
      .some((subnet) => {
        const own = v4 ? subnet.cidr : subnet.ipv6?.cidr;
        return own !== undefined && overlaps(block, parseCidr(own)!);
      });
    if (used) throw dependencyViolation(`The CIDR association ${id} has dependencies and cannot be disassociated.`);
    vpc.cidrAssociations = vpc.cidrAssociations.filter((one) => one !== v4);
    vpc.ipv6Associations = vpc.ipv6Associations.filter((one) => one !== v6);
    vpcs(context).put(vpc);
    return v4
      ? { VpcId: vpc.id, CidrBlockAssociation: { ...v4, CidrBlockState: { State: "disassociating" as const } } }
      : { VpcId: vpc.id, Ipv6CidrBlockAssociation: { ...v6, Ipv6CidrBlockState: { State: "disassociating" as const } } };
  }
  throw new AwsError("InvalidVpcCidrBlockAssociationID.NotFound", `The vpc CIDR block association ID '${id}' does not exist`);
});
