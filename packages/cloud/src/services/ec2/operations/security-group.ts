/** The operations on security groups themselves. */
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { dependencyViolation, invalidParameterCombination, invalidParameterValue, missingParameter } from "../errors.ts";
import { filtered, type Filters, type FilterValue } from "../filters.ts";
import { ec2Arn, newId } from "../ids.ts";
import { page } from "../pages.ts";
import { permissionsOf } from "../security-group-rule.ts";
import { endpoints, networkInterfaces, type SecurityGroupRecord, securityGroups, vpcs } from "../shelf.ts";
import { dropTags, newTags, putNew, tagsFrom, tagsOf } from "../tags.ts";
import { allEgress } from "../vpc.ts";

const namePattern = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

export const defaultVpcId = (context: OperationContext) =>
  vpcs(context)
    .list()
    .find(({ isDefault }) => isDefault)?.id;

export const createSecurityGroup = operation("ec2", "CreateSecurityGroup", (input, context) => {
  const { GroupName: name, Description: description } = input;
  if (!description) throw missingParameter("GroupDescription");
  if (name === "default") throw invalidParameterValue("Cannot use reserved security group name: default");
  if (name?.startsWith("sg-"))
    throw invalidParameterValue(`Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`);
  if (!name || !namePattern.test(name) || name.trim() !== name)
    throw invalidParameterValue(`Value (${name ?? ""}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.`);
  if (!namePattern.test(description))
    throw invalidParameterValue(
      "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  const vpcId = input.VpcId ?? defaultVpcId(context);
  if (vpcId === undefined)
    throw new AwsError("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.");
  const vpc = vpcs(context).must(vpcId);
  if (
    securityGroups(context)
      .list()
      .some((one) => one.vpcId === vpcId && one.name === name)
  )
    throw new AwsError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`);
  const tags = tagsFrom(input, "security-group");
  const id = newId(context, "sg");
  securityGroups(context).put({ id, name, description, vpcId, rules: allEgress(context, vpc, id, () => newId(context, "sgr")) });
  putNew(context, id, tags, input);
  return { GroupId: id, SecurityGroupArn: ec2Arn(context, "security-group", id), ...newTags(context, id) };
});

export const describedGroup = (context: OperationContext, group: SecurityGroupRecord): SecurityGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  OwnerId: context.account,
  VpcId: group.vpcId,
  SecurityGroupArn: ec2Arn(context, "security-group", group.id),
  IpPermissions: permissionsOf(group.rules.filter(({ IsEgress }) => !IsEgress)),
  IpPermissionsEgress: permissionsOf(group.rules.filter(({ IsEgress }) => IsEgress)),
  Tags: tagsOf(context, group.id),
});

/** The same filters for what comes in and for what goes out. */
function permissionFilters(prefix: string, of: (group: SecurityGroup) => SecurityGroup["IpPermissions"]): Filters<SecurityGroup> {
  const all = (group: SecurityGroup) => of(group) ?? [];
  const reads: Record<string, (group: SecurityGroup) => FilterValue> = {
    cidr: (group) => all(group).flatMap((one) => one.IpRanges?.map(({ CidrIp }) => CidrIp) ?? []),
    "ipv6-cidr": (group) => all(group).flatMap((one) => one.Ipv6Ranges?.map(({ CidrIpv6 }) => CidrIpv6) ?? []),
    "from-port": (group) => all(group).map((one) => one.FromPort),
    "to-port": (group) => all(group).map((one) => one.ToPort),
    protocol: (group) => all(group).map((one) => one.IpProtocol),
    "group-id": (group) => all(group).flatMap((one) => one.UserIdGroupPairs?.map(({ GroupId }) => GroupId) ?? []),
    "group-name": (group) => all(group).flatMap((one) => one.UserIdGroupPairs?.map(({ GroupName }) => GroupName) ?? []),
    "user-id": (group) => all(group).flatMap((one) => one.UserIdGroupPairs?.map(({ UserId }) => UserId) ?? []),
    "prefix-list-id": (group) => all(group).flatMap((one) => one.PrefixListIds?.map(({ PrefixListId }) => PrefixListId) ?? []),
  };
  return Object.fromEntries(Object.entries(reads).map(([name, read]) => [`${prefix}.${name}`, read]));
}

const filters: Filters<SecurityGroup> = {
  description: (group) => group.Description,
  "group-id": (group) => group.GroupId,
  "group-name": (group) => group.GroupName,
  "owner-id": (group) => group.OwnerId,
  "vpc-id": (group) => group.VpcId,
  ...permissionFilters("ip-permission", (group) => group.IpPermissions),
  ...permissionFilters("egress.ip-permission", (group) => group.IpPermissionsEgress),
};

export const describeSecurityGroups = operation("ec2", "DescribeSecurityGroups", (input, context) => {
  const names = input.GroupNames;
  let ids = input.GroupIds;
  if (names?.length) {
    const own = securityGroups(context)
      .list()
      .filter(({ vpcId }) => vpcId === defaultVpcId(context));
    const named = names.map((name) => {
      const found = own.find((group) => group.name === name);
      if (!found)
        throw new AwsError(
          "InvalidGroup.NotFound",
          `The security group '${name}' does not exist in default VPC '${defaultVpcId(context) ?? ""}'`,
        );
      return found.id;
    });
    ids = [...(ids ?? []), ...named];
  }
  const { items, ...rest } = describe(securityGroups(context), ids, input, (group) => describedGroup(context, group), filters, "groupIds");
  return { SecurityGroups: items, ...rest };
});

export const getSecurityGroupsForVpc = operation("ec2", "GetSecurityGroupsForVpc", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  const groups = securityGroups(context)
    .list()
    .filter(({ vpcId }) => vpcId === vpc.id)
    .map((group) => ({
      Description: group.description,
      GroupId: group.id,
      GroupName: group.name,
      OwnerId: context.account,
      PrimaryVpcId: vpc.id,
      Tags: tagsOf(context, group.id),
    }));
  const found = filtered(
    groups,
    input.Filters,
    {
      description: (one) => one.Description,
      "group-id": (one) => one.GroupId,
      "group-name": (one) => one.GroupName,
      "owner-id": (one) => one.OwnerId,
      "primary-vpc-id": (one) => one.PrimaryVpcId,
    },
    (one) => one.Tags,
  );
  const { items, ...rest } = page(found, input);
  return { SecurityGroupForVpcs: items, ...rest };
});

export const describeSecurityGroupReferences = operation("ec2", "DescribeSecurityGroupReferences", (input, context) => {
  for (const id of input.GroupId) securityGroups(context).must(id);
  // Only groups of peered VPCs are listed, and there is no peering here.
  return { SecurityGroupReferenceSet: [] };
});

/** The group that an operation names by id, or by name in the default VPC. */
export function namedGroup(context: OperationContext, id: string | undefined, name: string | undefined): SecurityGroupRecord {
  if (id !== undefined && name !== undefined)
    throw invalidParameterCombination("The parameters GroupId and GroupName may not be specified together.");
  if (id !== undefined) return securityGroups(context).must(id);
  if (name === undefined) throw missingParameter("groupName or groupId");
  const vpcId = defaultVpcId(context);
  const found = securityGroups(context)
    .list()
    .find((group) => group.vpcId === vpcId && group.name === name);
  if (!found) throw new AwsError("InvalidGroup.NotFound", `The security group '${name}' does not exist in default VPC '${vpcId ?? ""}'`);
  return found;
}

export const deleteSecurityGroup = operation("ec2", "DeleteSecurityGroup", (input, context) => {
  const group = namedGroup(context, input.GroupId, input.GroupName);
  if (group.name === "default")
    throw new AwsError("CannotDelete", `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
  const referred = securityGroups(context)
    .list()
    .some((other) => other.id !== group.id && other.rules.some((rule) => rule.ReferencedGroupInfo?.GroupId === group.id));
  const used =
    networkInterfaces(context)
      .list()
      .some(({ groupIds }) => groupIds.includes(group.id)) ||
    endpoints(context)
      .list()
      .some(({ groupIds }) => groupIds.includes(group.id));
  if (referred || used) throw dependencyViolation(`resource ${group.id} has a dependent object`);
  for (const rule of group.rules) dropTags(context, rule.SecurityGroupRuleId!);
  securityGroups(context).delete(group.id);
  dropTags(context, group.id);
  return { Return: true, GroupId: group.id };
});
