/** Security group rules: what a caller asks for, checked and taken apart into single rules; and put together as permissions. */
import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { formatCidr, parseCidr } from "./cidr.ts";
import { invalidParameterValue, missingParameter, notFound } from "./errors.ts";
import { allPrefixLists } from "./prefix-list.ts";
import { peered } from "./peering.ts";
import { securityGroups, type SecurityGroupRecord, vpcs } from "./shelf.ts";

/** A rule before it has an id. */
export type RuleSpec = Omit<
  SecurityGroupRule,
  "SecurityGroupRuleId" | "GroupId" | "GroupOwnerId" | "Tags" | "SecurityGroupRuleArn" | "IsEgress"
>;

/** What Authorize and Revoke take beside `IpPermissions`: one permission, spelled out. */
export interface PermissionInput {
  IpPermissions?: readonly IpPermission[] | undefined;
  IpProtocol?: string | undefined;
  FromPort?: number | undefined;
  ToPort?: number | undefined;
  CidrIp?: string | undefined;
  SourceSecurityGroupName?: string | undefined;
  SourceSecurityGroupOwnerId?: string | undefined;
}

const names: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", all: "-1" };
const descriptionPattern = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** The protocol by the name that EC2 gives it. */
export function protocolOf(text: string | undefined): string {
  if (text === undefined) throw missingParameter("ipProtocol");
  const lower = text.toLowerCase();
  const name = names[lower] ?? lower;
  if (["tcp", "udp", "icmp", "icmpv6", "-1"].includes(name)) return name;
  if (/^\d{1,3}$/.test(name) && Number(name) <= 255) return name;
  throw invalidParameterValue(`Invalid value '${text}' for IP protocol. Unknown protocol.`);
}

/** The ports as they are kept: -1 to -1 for protocols without ports. */
function portsOf(protocol: string, from: number | undefined, to: number | undefined): { FromPort: number; ToPort: number } {
  if (protocol === "tcp" || protocol === "udp") {
    if (from === undefined || to === undefined)
      throw invalidParameterValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
    // 0–65535 is what clients send for all ports; so is -1 to -1.
    if (from === -1 && to === -1) return { FromPort: 0, ToPort: 65535 };
    for (const port of [from, to])
      if (port < 0 || port > 65535)
        throw invalidParameterValue(`Invalid value '${port}' for portRange. Ports must be between 0 and 65535.`);
    if (from > to) throw invalidParameterValue(`Invalid TCP/UDP port range (${from}:${to})`);
    return { FromPort: from, ToPort: to };
  }
  if (protocol === "icmp" || protocol === "icmpv6") {
    if (from === undefined || to === undefined)
      throw invalidParameterValue("Invalid value 'Must specify both ICMP type and code.' for ICMP type/code.");
    if (from < -1 || from > 255) throw invalidParameterValue(`ICMP type (${from}) not valid.`);
    if (to < -1 || to > 255) throw invalidParameterValue(`ICMP code (${to}) not valid.`);
    return { FromPort: from, ToPort: to };
  }
  return { FromPort: -1, ToPort: -1 };
}

function blockOf(text: string | undefined, version: 4 | 6): string {
  const block = text === undefined ? undefined : parseCidr(text);
  // Host bits are dropped, as AWS does: 10.0.0.1/8 is kept and described as 10.0.0.0/8.
  if (block?.version !== version) throw invalidParameterValue(`CIDR block ${text} is malformed`);
  return formatCidr(block);
}

function described(text: string | undefined): { Description?: string } {
  if (text === undefined) return {};
  if (!descriptionPattern.test(text))
    throw invalidParameterValue(
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  return text === "" ? {} : { Description: text };
}

/** The single rules that `input` asks for on `group`. Throws on the first that does not hold. */
export function rulesIn(context: OperationContext, group: SecurityGroupRecord, input: PermissionInput): RuleSpec[] {
  const short =
    input.IpProtocol !== undefined || input.CidrIp !== undefined || input.SourceSecurityGroupName !== undefined
      ? [
          {
            IpProtocol: input.IpProtocol ?? "-1",
            FromPort: input.FromPort,
            ToPort: input.ToPort,
            ...(input.CidrIp !== undefined && { IpRanges: [{ CidrIp: input.CidrIp }] }),
            ...(input.SourceSecurityGroupName !== undefined && { UserIdGroupPairs: [{ GroupName: input.SourceSecurityGroupName }] }),
          },
        ]
      : [];
  const permissions: IpPermission[] = [...(input.IpPermissions ?? []), ...short];
  if (permissions.length === 0) throw missingParameter("ipPermissions");
  return permissions.flatMap((permission) => rulesOf(context, group, permission));
}

function rulesOf(context: OperationContext, group: SecurityGroupRecord, permission: IpPermission): RuleSpec[] {
  const protocol = protocolOf(permission.IpProtocol);
  const head = { IpProtocol: protocol, ...portsOf(protocol, permission.FromPort, permission.ToPort) };
  const rules: RuleSpec[] = [
    ...(permission.IpRanges ?? []).map((one) => ({ ...head, CidrIpv4: blockOf(one.CidrIp, 4), ...described(one.Description) })),
    ...(permission.Ipv6Ranges ?? []).map((one) => ({ ...head, CidrIpv6: blockOf(one.CidrIpv6, 6), ...described(one.Description) })),
    ...(permission.PrefixListIds ?? []).map((one) => {
      const list = allPrefixLists(context).find(({ id }) => id === one.PrefixListId);
      if (!list) throw notFound("pl", one.PrefixListId ?? "");
      return { ...head, PrefixListId: list.id, ...described(one.Description) };
    }),
    ...(permission.UserIdGroupPairs ?? []).map((one) => {
      const peer = peerGroup(context, group, one);
      return { ...head, ReferencedGroupInfo: { GroupId: peer.id, UserId: context.account }, ...described(one.Description) };
    }),
  ];
  if (rules.length === 0) throw missingParameter("ipRanges, ipv6Ranges, prefixListIds or userIdGroupPairs");
  return rules;
}

/** The group that a rule refers to, by id, or by name within the same VPC. */
function peerGroup(
  context: OperationContext,
  group: SecurityGroupRecord,
  peer: { GroupId?: string | undefined; GroupName?: string | undefined },
): SecurityGroupRecord {
  if (peer.GroupId !== undefined) {
    const found = securityGroups(context).get(peer.GroupId);
    if (!found) throw notFound("sg", peer.GroupId);
    if (found.vpcId !== group.vpcId && !peered(context, found.vpcId, group.vpcId))
      throw new AwsError("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.");
    return found;
  }
  if (peer.GroupName === undefined) throw missingParameter("groupId");
  const found = securityGroups(context)
    .list()
    .find((one) => one.vpcId === group.vpcId && one.name === peer.GroupName);
  if (!found)
    throw new AwsError(
      "InvalidGroup.NotFound",
      `The security group '${peer.GroupName}' does not exist in default vpc '${
        vpcs(context)
          .list()
          .find(({ isDefault }) => isDefault)?.id ?? ""
      }'`,
    );
  return found;
}

/** What makes two rules the same: all but the description. */
export const ruleKey = (rule: RuleSpec) =>
  [
    rule.IpProtocol,
    rule.FromPort,
    rule.ToPort,
    rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId,
  ].join(" ");

/** A rule in the words of AWS's errors: `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`. */
export function ruleInWords(rule: RuleSpec): string {
  const peer = rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId;
  const ports = `from port: ${rule.FromPort}, to port: ${rule.ToPort}`;
  switch (rule.IpProtocol) {
    case "-1":
      return `peer: ${peer}, ALL, ALLOW`;
    case "tcp":
    case "udp":
      return `peer: ${peer}, ${rule.IpProtocol.toUpperCase()}, ${ports}, ALLOW`;
    case "icmp":
    case "icmpv6":
      return `peer: ${peer}, ${rule.IpProtocol.toUpperCase()}, type: ${rule.FromPort}, code: ${rule.ToPort}, ALLOW`;
    default:
      return `peer: ${peer}, protocol: ${rule.IpProtocol}, ALLOW`;
  }
}

/** Rules as DescribeSecurityGroups shows them: one permission for each protocol and port range, its peers together. */
export function permissionsOf(rules: readonly SecurityGroupRule[]): IpPermission[] {
  const permissions = new Map<
    string,
    Required<Pick<IpPermission, "IpRanges" | "Ipv6Ranges" | "PrefixListIds" | "UserIdGroupPairs">> & IpPermission
  >();
  for (const rule of rules) {
    const key = `${rule.IpProtocol} ${rule.FromPort} ${rule.ToPort}`;
    let permission = permissions.get(key);
    if (!permission) {
      permission = {
        IpProtocol: rule.IpProtocol!,
        ...(hasPorts(rule.IpProtocol!) && { FromPort: rule.FromPort!, ToPort: rule.ToPort! }),
        IpRanges: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [],
      };
      permissions.set(key, permission);
    }
    const description = rule.Description === undefined ? {} : { Description: rule.Description };
    if (rule.CidrIpv4) permission.IpRanges.push({ CidrIp: rule.CidrIpv4, ...description });
    else if (rule.CidrIpv6) permission.Ipv6Ranges.push({ CidrIpv6: rule.CidrIpv6, ...description });
    else if (rule.PrefixListId) permission.PrefixListIds.push({ PrefixListId: rule.PrefixListId, ...description });
    else
      permission.UserIdGroupPairs.push({
        GroupId: rule.ReferencedGroupInfo!.GroupId!,
        UserId: rule.ReferencedGroupInfo!.UserId!,
        ...description,
      });
  }
  return [...permissions.values()];
}

/** Other protocols than these are shown without ports. */
const hasPorts = (protocol: string) => ["tcp", "udp", "icmp", "icmpv6"].includes(protocol);
