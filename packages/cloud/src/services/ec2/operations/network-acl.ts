/** The operations on network ACLs. They are kept and described; between local tasks security groups decide, not ACLs. */
import type { NetworkAcl, NetworkAclEntry } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { formatCidr, parseCidr } from "../cidr.ts";
import { describe } from "../describe.ts";
import { dependencyViolation, invalidParameterValue, missingParameter, notACidrBlock, notFound } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { type NetworkAclRecord, networkAcls, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";
import { closedEntries } from "../vpc.ts";

const described = (context: OperationContext, acl: NetworkAclRecord): NetworkAcl => ({
  NetworkAclId: acl.id,
  VpcId: acl.vpcId,
  OwnerId: context.account,
  IsDefault: acl.isDefault,
  Associations: acl.associations,
  Entries: acl.entries.toSorted((a, b) => Number(b.Egress) - Number(a.Egress) || a.RuleNumber! - b.RuleNumber!),
  Tags: tagsOf(context, acl.id),
});

export const createNetworkAcl = operation("ec2", "CreateNetworkAcl", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId!);
  const tags = tagsFrom(input, "network-acl");
  const acl: NetworkAclRecord = { id: newId(context, "acl"), vpcId: vpc.id, isDefault: false, entries: closedEntries(), associations: [] };
  networkAcls(context).put(acl);
  putNew(context, acl.id, tags, input);
  return { NetworkAcl: described(context, acl) };
});

const entries = (acl: NetworkAcl) => acl.Entries ?? [];

const filters: Filters<NetworkAcl> = {
  "association.association-id": (acl) => acl.Associations?.map((one) => one.NetworkAclAssociationId),
  "association.network-acl-id": (acl) => acl.Associations?.map((one) => one.NetworkAclId),
  "association.subnet-id": (acl) => acl.Associations?.map((one) => one.SubnetId),
  default: (acl) => acl.IsDefault,
  "entry.cidr": (acl) => entries(acl).map((one) => one.CidrBlock),
  "entry.egress": (acl) => entries(acl).map((one) => one.Egress),
  "entry.icmp.code": (acl) => entries(acl).map((one) => one.IcmpTypeCode?.Code),
  "entry.icmp.type": (acl) => entries(acl).map((one) => one.IcmpTypeCode?.Type),
  "entry.ipv6-cidr": (acl) => entries(acl).map((one) => one.Ipv6CidrBlock),
  "entry.port-range.from": (acl) => entries(acl).map((one) => one.PortRange?.From),
  "entry.port-range.to": (acl) => entries(acl).map((one) => one.PortRange?.To),
  "entry.protocol": (acl) => entries(acl).map((one) => one.Protocol),
  "entry.rule-action": (acl) => entries(acl).map((one) => one.RuleAction),
  "entry.rule-number": (acl) => entries(acl).map((one) => one.RuleNumber),
  "network-acl-id": (acl) => acl.NetworkAclId,
  "owner-id": (acl) => acl.OwnerId,
  "vpc-id": (acl) => acl.VpcId,
};

export const describeNetworkAcls = operation("ec2", "DescribeNetworkAcls", (input, context) => {
  const { items, ...rest } = describe(
    networkAcls(context),
    input.NetworkAclIds,
    input,
    (acl) => described(context, acl),
    filters,
    "networkAclIds",
  );
  return { NetworkAcls: items, ...rest };
});

export const deleteNetworkAcl = operation("ec2", "DeleteNetworkAcl", (input, context) => {
  const acl = networkAcls(context).must(input.NetworkAclId);
  if (acl.isDefault) throw invalidParameterValue(`cannot delete default network ACL ${acl.id}`);
  if (acl.associations.length > 0) throw dependencyViolation(`The networkAcl '${acl.id}' has dependencies and cannot be deleted.`);
  networkAcls(context).delete(acl.id);
  dropTags(context, acl.id);
  return {};
});

interface EntryInput {
  RuleNumber: number;
  Protocol: string;
  RuleAction: "allow" | "deny";
  Egress: boolean;
  CidrBlock?: string | undefined;
  Ipv6CidrBlock?: string | undefined;
  PortRange?: { From?: number | undefined; To?: number | undefined } | undefined;
  IcmpTypeCode?: { Code?: number | undefined; Type?: number | undefined } | undefined;
}

/** Protocols are kept by number, as AWS answers them. */
const protocolNumbers: Readonly<Record<string, string>> = { tcp: "6", udp: "17", icmp: "1", icmpv6: "58", all: "-1" };

function entryOf(input: EntryInput): NetworkAclEntry {
  if (input.RuleNumber < 1 || input.RuleNumber > 32766)
    throw invalidParameterValue(
      `Value (${input.RuleNumber}) for parameter ruleNumber is invalid. Rule number must be between 1 and 32766.`,
    );
  const text = (input.CidrBlock ?? input.Ipv6CidrBlock) as string | undefined;
  if (text === undefined) throw missingParameter("cidrBlock or ipv6CidrBlock");
  const block = parseCidr(text);
  if (block?.version !== (input.CidrBlock === undefined ? 6 : 4))
    throw notACidrBlock(text, input.CidrBlock === undefined ? "ipv6CidrBlock" : "cidrBlock");
  const protocol = protocolNumbers[input.Protocol.toLowerCase()] ?? input.Protocol;
  if (!/^(-1|\d{1,3})$/.test(protocol)) throw invalidParameterValue(`Invalid value '${input.Protocol}' for IP protocol. Unknown protocol.`);
  const { PortRange: ports, IcmpTypeCode: icmp } = input;
  return {
    ...(input.CidrBlock === undefined ? { Ipv6CidrBlock: formatCidr(block) } : { CidrBlock: formatCidr(block) }),
    Egress: input.Egress,
    Protocol: protocol,
    RuleAction: input.RuleAction,
    RuleNumber: input.RuleNumber,
    ...(ports && (protocol === "6" || protocol === "17") && { PortRange: { From: ports.From ?? 0, To: ports.To ?? 65535 } }),
    ...(icmp && (protocol === "1" || protocol === "58") && { IcmpTypeCode: { Code: icmp.Code ?? -1, Type: icmp.Type ?? -1 } }),
  };
}

const isSame = (entry: NetworkAclEntry, input: { RuleNumber?: number | undefined; Egress?: boolean | undefined }) =>
  entry.RuleNumber === input.RuleNumber && entry.Egress === input.Egress;

export const createNetworkAclEntry = operation("ec2", "CreateNetworkAclEntry", (input, context) => {
  const acl = networkAcls(context).must(input.NetworkAclId!);
  const entry = entryOf(input as EntryInput);
  if (acl.entries.some((one) => isSame(one, entry)))
    throw new AwsError("NetworkAclEntryAlreadyExists", `The network acl entry identified by ${entry.RuleNumber} already exists.`);
  networkAcls(context).put({ ...acl, entries: [...acl.entries, entry] });
  return {};
});

export const replaceNetworkAclEntry = operation("ec2", "ReplaceNetworkAclEntry", (input, context) => {
  const acl = networkAcls(context).must(input.NetworkAclId!);
  const entry = entryOf(input as EntryInput);
  const index = acl.entries.findIndex((one) => isSame(one, entry));
  if (index < 0) throw entryNotFound(entry);
  networkAcls(context).put({ ...acl, entries: acl.entries.with(index, entry) });
  return {};
});

export const deleteNetworkAclEntry = operation("ec2", "DeleteNetworkAclEntry", (input, context) => {
  const acl = networkAcls(context).must(input.NetworkAclId!);
  const rest = acl.entries.filter((one) => one.RuleNumber === 32767 || !isSame(one, input));
  if (rest.length === acl.entries.length) throw entryNotFound(input);
  networkAcls(context).put({ ...acl, entries: rest });
  return {};
});

const entryNotFound = ({ RuleNumber, Egress }: { RuleNumber?: number | undefined; Egress?: boolean | undefined }) =>
  new AwsError(
    "InvalidNetworkAclEntry.NotFound",
    `the ${Egress ? "egress" : "ingress"} network acl entry identified by ${RuleNumber} does not exist`,
  );

export const replaceNetworkAclAssociation = operation("ec2", "ReplaceNetworkAclAssociation", (input, context) => {
  const next = networkAcls(context).must(input.NetworkAclId!);
  const acl = networkAcls(context)
    .list()
    .find((one) => one.associations.some((association) => association.NetworkAclAssociationId === input.AssociationId));
  const association = acl?.associations.find((one) => one.NetworkAclAssociationId === input.AssociationId);
  if (!acl || !association) throw notFound("aclassoc", input.AssociationId!);
  if (acl.vpcId !== next.vpcId) throw invalidParameterValue(`The network ACLs ${acl.id} and ${next.id} belong to different networks`);
  const id = newId(context, "aclassoc");
  networkAcls(context).put({ ...acl, associations: acl.associations.filter((one) => one !== association) });
  const target = networkAcls(context).must(next.id);
  target.associations.push({ NetworkAclAssociationId: id, NetworkAclId: next.id, SubnetId: association.SubnetId });
  networkAcls(context).put(target);
  return { NewAssociationId: id };
});
