/** The operations on subnets. */
import type { Subnet } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { contains, formatCidr, overlaps, parseCidr } from "../cidr.ts";
import { makeDefaultSubnet } from "../defaults.ts";
import { describe } from "../describe.ts";
import { dependencyViolation, invalidParameterCombination, invalidParameterValue, missingParameter, notACidrBlock } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { zonesOf } from "../regions.ts";
import { networkAcls, networkInterfaces, routeTables, type SubnetRecord, subnets, type VpcRecord, vpcs } from "../shelf.ts";
import { describedSubnet } from "../subnet.ts";
import { dropTags, putNew, tagsFrom } from "../tags.ts";
import { defaultAcl } from "../vpc.ts";

/** The zone that is named by name or id; else the first. */
function zoneFor(context: OperationContext, name: string | undefined, id: string | undefined) {
  const zones = zonesOf(context.region);
  if (name === undefined && id === undefined) return zones[0]!;
  const found = zones.find((zone) => (name === undefined || zone.name === name) && (id === undefined || zone.id === id));
  if (found) return found;
  const [parameter, value] = name === undefined ? ["availabilityZoneId", id] : ["availabilityZone", name];
  const names = zones.map((zone) => (name === undefined ? zone.id : zone.name)).join(", ");
  throw invalidParameterValue(
    `Value (${value}) for parameter ${parameter} is invalid. Subnets can currently only be created in the following availability zones: ${names}.`,
  );
}

function subnetBlock(context: OperationContext, vpc: VpcRecord, text: string): string {
  const block = parseCidr(text);
  if (block?.version !== 4) throw notACidrBlock(text, "cidrBlock");
  const fits = vpc.cidrAssociations.some(({ CidrBlock }) => contains(parseCidr(CidrBlock!)!, block));
  if (block.prefix < 16 || block.prefix > 28 || !fits) throw new AwsError("InvalidSubnet.Range", `The CIDR '${text}' is invalid.`);
  const conflict = subnets(context)
    .list()
    .some((other) => other.vpcId === vpc.id && overlaps(parseCidr(other.cidr)!, block));
  if (conflict) throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${text}' conflicts with another subnet`);
  return formatCidr(block);
}

function subnetIpv6Block(context: OperationContext, vpc: VpcRecord, text: string): string {
  const block = parseCidr(text);
  if (block?.version !== 6) throw notACidrBlock(text, "ipv6CidrBlock");
  const fits = vpc.ipv6Associations.some(({ Ipv6CidrBlock }) => contains(parseCidr(Ipv6CidrBlock!)!, block));
  if (block.prefix < 44 || block.prefix > 64 || block.prefix % 4 !== 0 || !fits)
    throw new AwsError("InvalidSubnet.Range", `The CIDR '${text}' is invalid.`);
  const conflict = subnets(context)
    .list()
    .some((other) => other.vpcId === vpc.id && other.ipv6 && overlaps(parseCidr(other.ipv6.cidr)!, block));
  if (conflict) throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${text}' conflicts with another subnet`);
  return formatCidr(block);
}

export const createSubnet = operation("ec2", "CreateSubnet", (input, context) => {
  if (input.OutpostArn ?? input.Ipv4IpamPoolId ?? input.Ipv6IpamPoolId ?? input.Ipv6Native)
    throw new AwsError("UnsupportedOperation", "The embedded cloud has no Outposts, no IP address manager and no subnets without IPv4.");
  const vpc = vpcs(context).must(input.VpcId!);
  if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
  const zone = zoneFor(context, input.AvailabilityZone, input.AvailabilityZoneId);
  const cidr = subnetBlock(context, vpc, input.CidrBlock);
  const ipv6 = input.Ipv6CidrBlock && {
    associationId: newId(context, "subnet-cidr-assoc"),
    cidr: subnetIpv6Block(context, vpc, input.Ipv6CidrBlock),
  };
  const tags = tagsFrom(input, "subnet");
  const subnet: SubnetRecord = {
    id: newId(context, "subnet"),
    vpcId: vpc.id,
    cidr,
    ...(ipv6 && { ipv6 }),
    zone: zone.name,
    zoneId: zone.id,
    defaultForAz: false,
    mapPublicIp: false,
    assignIpv6: false,
    dns64: false,
    hostnameType: "ip-name",
    aRecord: false,
    aaaaRecord: false,
  };
  subnets(context).put(subnet);
  const acl = defaultAcl(context, vpc.id);
  acl.associations.push({ NetworkAclAssociationId: newId(context, "aclassoc"), NetworkAclId: acl.id, SubnetId: subnet.id });
  networkAcls(context).put(acl);
  putNew(context, subnet.id, tags, input);
  return { Subnet: describedSubnet(context, subnet) };
});

export const createDefaultSubnet = operation("ec2", "CreateDefaultSubnet", (input, context) => {
  const vpc = vpcs(context)
    .list()
    .find(({ isDefault }) => isDefault);
  if (!vpc) throw new AwsError("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.");
  const zones = zonesOf(context.region);
  const zone = zoneFor(context, input.AvailabilityZone, input.AvailabilityZoneId);
  const all = subnets(context).list();
  const existing = all.find((subnet) => subnet.defaultForAz && subnet.zone === zone.name);
  if (existing)
    throw new AwsError("DefaultSubnetAlreadyExistsInAvailabilityZone", `'${existing.id}' is already the default subnet in ${zone.name}.`);
  const free = Array.from({ length: 16 }, (_, index) => index).sort(
    (a, b) => Number(b === zones.indexOf(zone)) - Number(a === zones.indexOf(zone)),
  );
  const index = free.find(
    (candidate) =>
      !all.some((subnet) => subnet.vpcId === vpc.id && overlaps(parseCidr(subnet.cidr)!, parseCidr(`172.31.${candidate * 16}.0/20`)!)),
  );
  if (index === undefined) throw new AwsError("InvalidSubnet.Conflict", "The default VPC has no free /20 block.");
  return {
    Subnet: describedSubnet(
      context,
      makeDefaultSubnet(context, (prefix) => newId(context, prefix), vpc.id, zone, index),
    ),
  };
});

const filters: Filters<Subnet> = {
  "availability-zone": (subnet) => subnet.AvailabilityZone,
  availabilityZone: (subnet) => subnet.AvailabilityZone,
  "availability-zone-id": (subnet) => subnet.AvailabilityZoneId,
  availabilityZoneId: (subnet) => subnet.AvailabilityZoneId,
  "available-ip-address-count": (subnet) => subnet.AvailableIpAddressCount,
  cidr: (subnet) => subnet.CidrBlock,
  cidrBlock: (subnet) => subnet.CidrBlock,
  "cidr-block": (subnet) => subnet.CidrBlock,
  "default-for-az": (subnet) => subnet.DefaultForAz,
  defaultForAz: (subnet) => subnet.DefaultForAz,
  "enable-dns64": (subnet) => subnet.EnableDns64,
  "ipv6-cidr-block-association.association-id": (subnet) => subnet.Ipv6CidrBlockAssociationSet?.map((one) => one.AssociationId),
  "ipv6-cidr-block-association.ipv6-cidr-block": (subnet) => subnet.Ipv6CidrBlockAssociationSet?.map((one) => one.Ipv6CidrBlock),
  "ipv6-cidr-block-association.state": (subnet) => subnet.Ipv6CidrBlockAssociationSet?.map((one) => one.Ipv6CidrBlockState?.State),
  "ipv6-native": (subnet) => subnet.Ipv6Native,
  "map-public-ip-on-launch": (subnet) => subnet.MapPublicIpOnLaunch,
  "owner-id": (subnet) => subnet.OwnerId,
  state: (subnet) => subnet.State,
  "subnet-arn": (subnet) => subnet.SubnetArn,
  "subnet-id": (subnet) => subnet.SubnetId,
  "vpc-id": (subnet) => subnet.VpcId,
  vpcId: (subnet) => subnet.VpcId,
};

export const describeSubnets = operation("ec2", "DescribeSubnets", (input, context) => {
  const { items, ...rest } = describe(
    subnets(context),
    input.SubnetIds,
    input,
    (one) => describedSubnet(context, one),
    filters,
    "subnetIds",
  );
  return { Subnets: items, ...rest };
});

export const modifySubnetAttribute = operation("ec2", "ModifySubnetAttribute", (input, context) => {
  const subnet = subnets(context).must(input.SubnetId);
  const { SubnetId: _, ...attributes } = input;
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw missingParameter("attribute");
  if (given.length > 1) throw invalidParameterCombination("Fields for multiple attribute types specified");
  if (input.MapPublicIpOnLaunch) subnet.mapPublicIp = input.MapPublicIpOnLaunch.Value ?? false;
  else if (input.AssignIpv6AddressOnCreation) {
    if (input.AssignIpv6AddressOnCreation.Value && !subnet.ipv6)
      throw invalidParameterCombination(
        `Invalid value 'true' for assignIpv6AddressOnCreation. The subnet '${subnet.id}' does not have an associated IPv6 CIDR block.`,
      );
    subnet.assignIpv6 = input.AssignIpv6AddressOnCreation.Value ?? false;
  } else if (input.EnableDns64) subnet.dns64 = input.EnableDns64.Value ?? false;
  else if (input.PrivateDnsHostnameTypeOnLaunch) subnet.hostnameType = input.PrivateDnsHostnameTypeOnLaunch;
  else if (input.EnableResourceNameDnsARecordOnLaunch) subnet.aRecord = input.EnableResourceNameDnsARecordOnLaunch.Value ?? false;
  else if (input.EnableResourceNameDnsAAAARecordOnLaunch) subnet.aaaaRecord = input.EnableResourceNameDnsAAAARecordOnLaunch.Value ?? false;
  else throw new AwsError("UnsupportedOperation", `The embedded cloud does not keep the subnet attribute ${given[0]![0]}.`);
  subnets(context).put(subnet);
  return {};
});

export const associateSubnetCidrBlock = operation("ec2", "AssociateSubnetCidrBlock", (input, context) => {
  const subnet = subnets(context).must(input.SubnetId!);
  if (input.Ipv6CidrBlock === undefined) throw missingParameter("ipv6CidrBlock");
  if (subnet.ipv6) throw new AwsError("SubnetCidrBlockLimitExceeded", `The subnet '${subnet.id}' already has an IPv6 CIDR block.`);
  const cidr = subnetIpv6Block(context, vpcs(context).must(subnet.vpcId), input.Ipv6CidrBlock);
  const associationId = newId(context, "subnet-cidr-assoc");
  subnets(context).put({ ...subnet, ipv6: { associationId, cidr } });
  return {
    SubnetId: subnet.id,
    Ipv6CidrBlockAssociation: { AssociationId: associationId, Ipv6CidrBlock: cidr, Ipv6CidrBlockState: { State: "associating" as const } },
  };
});

export const disassociateSubnetCidrBlock = operation("ec2", "DisassociateSubnetCidrBlock", (input, context) => {
  const subnet = subnets(context)
    .list()
    .find(({ ipv6 }) => ipv6?.associationId === input.AssociationId);
  if (!subnet?.ipv6)
    throw new AwsError(
      "InvalidSubnetCidrBlockAssociationID.NotFound",
      `The subnet CIDR block association ID '${input.AssociationId}' does not exist`,
    );
  const { ipv6, ...rest } = subnet;
  subnets(context).put(rest);
  return {
    SubnetId: subnet.id,
    Ipv6CidrBlockAssociation: {
      AssociationId: ipv6.associationId,
      Ipv6CidrBlock: ipv6.cidr,
      Ipv6CidrBlockState: { State: "disassociating" as const },
    },
  };
});

export const deleteSubnet = operation("ec2", "DeleteSubnet", (input, context) => {
  const subnet = subnets(context).must(input.SubnetId);
  if (
    networkInterfaces(context)
      .list()
      .some(({ subnetId }) => subnetId === subnet.id)
  )
    throw dependencyViolation(`The subnet '${subnet.id}' has dependencies and cannot be deleted.`);
  for (const table of routeTables(context).list()) {
    const kept = table.associations.filter(({ subnetId }) => subnetId !== subnet.id);
    if (kept.length < table.associations.length) routeTables(context).put({ ...table, associations: kept });
  }
  for (const acl of networkAcls(context).list()) {
    const kept = acl.associations.filter(({ SubnetId }) => SubnetId !== subnet.id);
    if (kept.length < acl.associations.length) networkAcls(context).put({ ...acl, associations: kept });
  }
  subnets(context).delete(subnet.id);
  dropTags(context, subnet.id);
  return {};
});
