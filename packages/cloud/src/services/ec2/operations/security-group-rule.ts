/** The operations on the rules of security groups. */
import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { invalidParameterCombination, missingParameter, notFound } from "../errors.ts";
import { filtered } from "../filters.ts";
import { ec2Arn, newId } from "../ids.ts";
import { page } from "../pages.ts";
import { permissionsOf, type PermissionInput, ruleInWords, ruleKey, rulesIn, type RuleSpec } from "../security-group-rule.ts";
import { type SecurityGroupRecord, securityGroups, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";
import { namedGroup } from "./security-group.ts";

/** Rules in each direction. */
const mostRules = 60;

const described = (context: OperationContext, rule: SecurityGroupRule): SecurityGroupRule => ({
  ...rule,
  SecurityGroupRuleArn: ec2Arn(context, "security-group-rule", rule.SecurityGroupRuleId!),
  Tags: tagsOf(context, rule.SecurityGroupRuleId!),
});

interface AuthorizeInput extends PermissionInput {
  GroupId?: string | undefined;
  GroupName?: string | undefined;
  TagSpecifications?: Parameters<typeof tagsFrom>[0]["TagSpecifications"];
}

function authorize(context: OperationContext, input: AuthorizeInput, egress: boolean) {
  const group = namedGroup(context, input.GroupId, input.GroupName);
  const specs = rulesIn(context, group, input);
  const tags = tagsFrom(input, "security-group-rule");
  const existing = new Set(group.rules.filter(({ IsEgress }) => IsEgress === egress).map(ruleKey));
  if (existing.size + specs.length > mostRules)
    throw new AwsError("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.");
  const asked = new Set<string>();
  for (const spec of specs) {
    const key = ruleKey(spec);
    if (asked.has(key)) throw new AwsError("InvalidParameterValue", "The same permission must not appear multiple times");
    asked.add(key);
    if (existing.has(key)) throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${ruleInWords(spec)}" already exists`);
  }
  const rules = specs.map((spec) => ({
    SecurityGroupRuleId: newId(context, "sgr"),
    GroupId: group.id,
    GroupOwnerId: context.account,
    IsEgress: egress,
    ...spec,
  }));
  securityGroups(context).put({ ...group, rules: [...group.rules, ...rules] });
  for (const rule of rules) putNew(context, rule.SecurityGroupRuleId, tags, input);
  return { Return: true, SecurityGroupRules: rules.map((rule) => described(context, rule)) };
}

export const authorizeSecurityGroupIngress = operation("ec2", "AuthorizeSecurityGroupIngress", (input, context) =>
  authorize(context, input, false),
);
export const authorizeSecurityGroupEgress = operation("ec2", "AuthorizeSecurityGroupEgress", (input, context) =>
  authorize(context, input, true),
);

function revoke(
  context: OperationContext,
  input: AuthorizeInput & { SecurityGroupRuleIds?: readonly string[] | undefined },
  egress: boolean,
) {
  const group = namedGroup(context, input.GroupId, input.GroupName);
  const own = group.rules.filter(({ IsEgress }) => IsEgress === egress);
  let gone: SecurityGroupRule[];
  let unknown: RuleSpec[] = [];
  if (input.SecurityGroupRuleIds?.length) {
    gone = input.SecurityGroupRuleIds.map((id) => {
      const rule = own.find((one) => one.SecurityGroupRuleId === id);
      if (!rule) throw notFound("sgr", id);
      return rule;
    });
  } else {
    const specs = rulesIn(context, group, input);
    gone = own.filter((rule) => specs.some((spec) => ruleKey(spec) === ruleKey(rule)));
    unknown = specs.filter((spec) => !own.some((rule) => ruleKey(spec) === ruleKey(rule)));
    // In the default VPC what was not there is only told, elsewhere it is an error.
    if (unknown.length > 0 && !vpcs(context).must(group.vpcId).isDefault)
      throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
  }
  for (const rule of gone) dropTags(context, rule.SecurityGroupRuleId!);
  securityGroups(context).put({ ...group, rules: group.rules.filter((rule) => !gone.includes(rule)) });
  return {
    Return: true,
    ...(unknown.length > 0 && { UnknownIpPermissions: permissionsOf(unknown) }),
    RevokedSecurityGroupRules: gone.map((rule) => ({
      SecurityGroupRuleId: rule.SecurityGroupRuleId!,
      GroupId: group.id,
      IsEgress: egress,
      IpProtocol: rule.IpProtocol!,
      FromPort: rule.FromPort!,
      ToPort: rule.ToPort!,
      ...(rule.CidrIpv4 !== undefined && { CidrIpv4: rule.CidrIpv4 }),
      ...(rule.CidrIpv6 !== undefined && { CidrIpv6: rule.CidrIpv6 }),
      ...(rule.PrefixListId !== undefined && { PrefixListId: rule.PrefixListId }),
      ...(rule.ReferencedGroupInfo && { ReferencedGroupId: rule.ReferencedGroupInfo.GroupId! }),
      ...(rule.Description !== undefined && { Description: rule.Description }),
    })),
  };
}

export const revokeSecurityGroupIngress = operation("ec2", "RevokeSecurityGroupIngress", (input, context) => revoke(context, input, false));
export const revokeSecurityGroupEgress = operation("ec2", "RevokeSecurityGroupEgress", (input, context) => revoke(context, input, true));

interface DescriptionsInput extends AuthorizeInput {
  SecurityGroupRuleDescriptions?: readonly { SecurityGroupRuleId?: string | undefined; Description?: string | undefined }[] | undefined;
}

function updateDescriptions(context: OperationContext, input: DescriptionsInput, egress: boolean) {
  const group = namedGroup(context, input.GroupId, input.GroupName);
  const own = (rule: SecurityGroupRule) => rule.IsEgress === egress;
  const set = (rule: SecurityGroupRule, text: string | undefined) => {
    if (text === undefined || text === "") delete rule.Description;
    else rule.Description = text;
  };
  if (input.SecurityGroupRuleDescriptions?.length) {
    for (const { SecurityGroupRuleId: id, Description } of input.SecurityGroupRuleDescriptions) {
      const rule = group.rules.find((one) => own(one) && one.SecurityGroupRuleId === id);
      if (!rule) throw notFound("sgr", id ?? "");
      set(rule, Description);
    }
  } else {
    for (const spec of rulesIn(context, group, input)) {
      const rule = group.rules.find((one) => own(one) && ruleKey(one) === ruleKey(spec));
      if (!rule) throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
      set(rule, spec.Description);
    }
  }
  securityGroups(context).put(group);
  return { Return: true };
}

export const updateSecurityGroupRuleDescriptionsIngress = operation("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", (input, context) =>
  updateDescriptions(context, input, false),
);
export const updateSecurityGroupRuleDescriptionsEgress = operation("ec2", "UpdateSecurityGroupRuleDescriptionsEgress", (input, context) =>
  updateDescriptions(context, input, true),
);

function groupAskedFor(context: OperationContext, id: string): SecurityGroupRecord | undefined {
  if (!id.startsWith("sg-")) throw new AwsError("InvalidGroupId.Malformed", `The security group ID '${id}' is malformed`);
  return securityGroups(context).get(id);
}

export const describeSecurityGroupRules = operation("ec2", "DescribeSecurityGroupRules", (input, context) => {
  if (input.SecurityGroupRuleIds?.length && input.MaxResults !== undefined)
    throw invalidParameterCombination("The parameter securityGroupRuleIds cannot be used with the parameter maxResults");
  // Where groups are asked for, no others need be read; one that is not there has no rules.
  const groupIds = input.Filters?.find(({ Name }) => Name === "group-id")?.Values;
  const exact = groupIds?.every((id) => !/[*?]/.test(id)) ? groupIds : undefined;
  const groups = exact?.length
    ? exact.map((id) => groupAskedFor(context, id)).filter((group) => group !== undefined)
    : securityGroups(context).list();
  const all = groups.flatMap(({ rules }) => rules);
  const chosen = input.SecurityGroupRuleIds?.length
    ? input.SecurityGroupRuleIds.map((id) => {
        const rule = all.find((one) => one.SecurityGroupRuleId === id);
        if (!rule) throw notFound("sgr", id);
        return rule;
      })
    : all;
  const found = filtered(
    chosen.map((rule) => described(context, rule)),
    input.Filters,
    { "group-id": (rule) => rule.GroupId, "security-group-rule-id": (rule) => rule.SecurityGroupRuleId },
    (rule) => rule.Tags,
  );
  const { items, ...rest } = page(found, input);
  return { SecurityGroupRules: items, ...rest };
});

export const modifySecurityGroupRules = operation("ec2", "ModifySecurityGroupRules", (input, context) => {
  const group: SecurityGroupRecord = securityGroups(context).must(input.GroupId);
  for (const update of input.SecurityGroupRules) {
    const index = group.rules.findIndex((rule) => rule.SecurityGroupRuleId === update.SecurityGroupRuleId);
    if (index < 0) throw notFound("sgr", update.SecurityGroupRuleId ?? "");
    const asked = update.SecurityGroupRule;
    if (!asked) throw missingParameter("securityGroupRule");
    const [spec, more] = rulesIn(context, group, {
      IpPermissions: [
        {
          IpProtocol: asked.IpProtocol,
          FromPort: asked.FromPort,
          ToPort: asked.ToPort,
          ...(asked.CidrIpv4 !== undefined && { IpRanges: [{ CidrIp: asked.CidrIpv4, Description: asked.Description }] }),
          ...(asked.CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: asked.CidrIpv6, Description: asked.Description }] }),
          ...(asked.PrefixListId !== undefined && {
            PrefixListIds: [{ PrefixListId: asked.PrefixListId, Description: asked.Description }],
          }),
          ...(asked.ReferencedGroupId !== undefined && {
            UserIdGroupPairs: [{ GroupId: asked.ReferencedGroupId, Description: asked.Description }],
          }),
        },
      ],
    });
    if (more) throw invalidParameterCombination("Only one of cidrIpv4, cidrIpv6, referencedGroupId, or prefixListId can be specified");
    const rule = group.rules[index]!;
    if (group.rules.some((one, other) => other !== index && one.IsEgress === rule.IsEgress && ruleKey(one) === ruleKey(spec!)))
      throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${ruleInWords(spec!)}" already exists`);
    group.rules[index] = {
      SecurityGroupRuleId: rule.SecurityGroupRuleId!,
      GroupId: group.id,
      GroupOwnerId: context.account,
      IsEgress: rule.IsEgress!,
      ...spec!,
    };
  }
  securityGroups(context).put(group);
  return { Return: true };
});
