/** AWS::EC2::SecurityGroup with its inline rules. */
import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { formatCidr, parseCidr } from "../cidr.ts";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Properties = ResourceProperties["AWS::EC2::SecurityGroup"];
type InlineRule = NonNullable<Properties["SecurityGroupIngress"]>[number] & NonNullable<Properties["SecurityGroupEgress"]>[number];

/** What AWS leaves in a group whose template names no egress rule; the second in VPCs with an IPv6 block. */
const allEgress = { IpProtocol: "-1", CidrIp: "0.0.0.0/0" } as InlineRule;
const allEgress6 = { IpProtocol: "-1", CidrIpv6: "::/0" } as InlineRule;
const defaultEgress = [allEgress, allEgress6];

export const securityGroup = resource("AWS::EC2::SecurityGroup", {
  coverage: { real: ["GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "Tags", "VpcId"] },
  async create(request) {
    const { properties, call } = request;
    const id =
      madeEarlier(request) ??
      (
        await call(
          "ec2",
          "CreateSecurityGroup",
          stamped(request, "security-group", {
            GroupName: properties.GroupName ?? request.physicalName(255),
            Description: properties.GroupDescription,
            ...(properties.VpcId !== undefined && { VpcId: properties.VpcId }),
          }),
        )
      ).GroupId!;
    try {
      await bringTo(request, id, [], defaultEgress);
    } catch (error) {
      // A group whose rules AWS refuses was never there: nothing else can refer to it yet.
      await gone(() => call("ec2", "DeleteSecurityGroup", { GroupId: id }));
      throw error;
    }
    return made(request, id);
  },
  async update(request) {
    const { previous } = request;
    await bringTo(request, request.physicalId, previous.SecurityGroupIngress ?? [], previous.SecurityGroupEgress ?? defaultEgress);
    await retag(request, request.physicalId);
    return made(request, request.physicalId);
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteSecurityGroup", { GroupId: physicalId })),
});

/** Inline rules and those that stand, brought to what the properties say; rules of other resources on the group are left alone. */
async function bringTo(
  request: ResourceRequest<Properties>,
  GroupId: string,
  ingressBefore: readonly object[],
  egressBefore: readonly object[],
) {
  const { call, properties } = request;
  const before = { false: ingressBefore as InlineRule[], true: egressBefore as InlineRule[] };
  const { SecurityGroupRules } = await call("ec2", "DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values: [GroupId] }] });
  const over6 = SecurityGroupRules?.some((rule) => rule.IsEgress && standingKey(rule) === inlineKey(allEgress6));
  const after = {
    false: (properties.SecurityGroupIngress ?? []) as InlineRule[],
    true: (properties.SecurityGroupEgress ?? (over6 ? defaultEgress : [allEgress])) as InlineRule[],
  };
  for (const egress of [false, true] as const) {
    const standing = new Map(
      (SecurityGroupRules ?? []).filter((rule) => rule.IsEgress === egress).map((rule) => [standingKey(rule), rule]),
    );
    const wanted = new Map(after[`${egress}`].map((rule) => [inlineKey(rule), rule]));
    const goneIds = before[`${egress}`]
      .map(inlineKey)
      .filter((key) => !wanted.has(key) && standing.has(key))
      .map((key) => standing.get(key)!.SecurityGroupRuleId!);
    const [authorize, revoke, describe] = egress
      ? (["AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "UpdateSecurityGroupRuleDescriptionsEgress"] as const)
      : (["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress"] as const);
    const added = [...wanted].filter(([key]) => !standing.has(key)).map(([, rule]) => permissionOf(rule));
    if (added.length > 0) await call("ec2", authorize, { GroupId, IpPermissions: added });
    if (goneIds.length > 0) await call("ec2", revoke, { GroupId, SecurityGroupRuleIds: [...new Set(goneIds)] });
    for (const [key, rule] of wanted) {
      const stands = standing.get(key);
      if (stands && (stands.Description ?? "") !== (rule.Description ?? ""))
        await call("ec2", describe, {
          GroupId,
          SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: stands.SecurityGroupRuleId!, Description: rule.Description ?? "" }],
        });
    }
  }
}

/** A block as it is kept, without host bits. */
function tidied(block: string | undefined): string | undefined {
  const parsed = block === undefined ? undefined : parseCidr(block);
  return parsed ? formatCidr(parsed) : block;
}

const peerOf = (rule: InlineRule) =>
  tidied(rule.CidrIp) ??
  tidied(rule.CidrIpv6) ??
  rule.SourcePrefixListId ??
  rule.DestinationPrefixListId ??
  rule.SourceSecurityGroupId ??
  rule.DestinationSecurityGroupId ??
  rule.SourceSecurityGroupName;

const portless = (protocol: string) => !["tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58"].includes(protocol.toLowerCase());
const protocolNames: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", all: "-1" };

/** The same key as the rule has when it stands. */
function inlineKey(rule: InlineRule): string {
  const protocol = protocolNames[rule.IpProtocol.toLowerCase()] ?? rule.IpProtocol.toLowerCase();
  const [from, to] = portless(rule.IpProtocol) ? [-1, -1] : [rule.FromPort, rule.ToPort];
  return [protocol, from, to, peerOf(rule)].join(" ");
}

const standingKey = (rule: SecurityGroupRule) =>
  [
    rule.IpProtocol,
    rule.FromPort,
    rule.ToPort,
    rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId,
  ].join(" ");

/** A rule of a template as the operations take it. */
export function permissionOf(rule: InlineRule): IpPermission {
  const description = rule.Description === undefined ? {} : { Description: rule.Description };
  const list = rule.SourcePrefixListId ?? rule.DestinationPrefixListId;
  const group = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId;
  if (peerOf(rule) === undefined)
    throw new AwsError(
      "InvalidParameterValue",
      "Invalid value for rule: one of CidrIp, CidrIpv6, a prefix list or a security group must be given.",
    );
  return {
    IpProtocol: rule.IpProtocol,
    ...(rule.FromPort !== undefined && { FromPort: rule.FromPort }),
    ...(rule.ToPort !== undefined && { ToPort: rule.ToPort }),
    ...(rule.CidrIp !== undefined && { IpRanges: [{ CidrIp: rule.CidrIp, ...description }] }),
    ...(rule.CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: rule.CidrIpv6, ...description }] }),
    ...(list !== undefined && { PrefixListIds: [{ PrefixListId: list, ...description }] }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: group, ...description }] }),
    ...(group === undefined &&
      rule.SourceSecurityGroupName !== undefined && { UserIdGroupPairs: [{ GroupName: rule.SourceSecurityGroupName, ...description }] }),
  };
}

async function made({ call }: ResourceRequest<Properties>, id: string): Promise<Made> {
  const { SecurityGroups } = await call("ec2", "DescribeSecurityGroups", { GroupIds: [id] });
  return { physicalId: id, attributes: { GroupId: id, Id: id, VpcId: SecurityGroups![0]!.VpcId! } };
}
