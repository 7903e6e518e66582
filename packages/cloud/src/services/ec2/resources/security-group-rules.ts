/** AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress. */
import { resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { permissionOf } from "./SecurityGroup.ts";
import { gone, madeEarlier } from "./tagging.ts";

export const securityGroupIngress = resource("AWS::EC2::SecurityGroupIngress", {
  coverage: {
    real: [
      "CidrIp",
      "CidrIpv6",
      "Description",
      "FromPort",
      "GroupId",
      "GroupName",
      "IpProtocol",
      "SourcePrefixListId",
      "SourceSecurityGroupId",
      "SourceSecurityGroupName",
      "ToPort",
    ],
    recorded: ["SourceSecurityGroupOwnerId"],
  },
  async create(request) {
    const { properties, call } = request;
    const { GroupId, GroupName } = properties;
    const input = { ...(GroupId !== undefined ? { GroupId } : { GroupName }), IpPermissions: [permissionOf(properties)] };
    const id =
      madeEarlier(request) ??
      (await call("ec2", "AuthorizeSecurityGroupIngress", withOrigin(input, { tags: {}, token: request.token }))).SecurityGroupRules![0]!
        .SecurityGroupRuleId!;
    return { physicalId: id, attributes: { Id: id } };
  },
  async update({ call, properties, physicalId }) {
    const { GroupId, GroupName } = properties;
    await call("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", {
      ...(GroupId !== undefined ? { GroupId } : { GroupName }),
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: physicalId, Description: properties.Description ?? "" }],
    });
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete: ({ call, properties: { GroupId, GroupName }, physicalId }) =>
    gone(() =>
      call("ec2", "RevokeSecurityGroupIngress", {
        ...(GroupId !== undefined ? { GroupId } : { GroupName }),
        SecurityGroupRuleIds: [physicalId],
      }),
    ),
});

export const securityGroupEgress = resource("AWS::EC2::SecurityGroupEgress", {
  coverage: {
    real: [
      "CidrIp",
      "CidrIpv6",
      "Description",
      "DestinationPrefixListId",
      "DestinationSecurityGroupId",
      "FromPort",
      "GroupId",
      "IpProtocol",
      "ToPort",
    ],
  },
  async create(request) {
    const { properties, call } = request;
    const input = { GroupId: properties.GroupId, IpPermissions: [permissionOf(properties)] };
    const id =
      madeEarlier(request) ??
      (await call("ec2", "AuthorizeSecurityGroupEgress", withOrigin(input, { tags: {}, token: request.token }))).SecurityGroupRules![0]!
        .SecurityGroupRuleId!;
    return { physicalId: id, attributes: { Id: id } };
  },
  async update({ call, properties, physicalId }) {
    await call("ec2", "UpdateSecurityGroupRuleDescriptionsEgress", {
      GroupId: properties.GroupId,
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: physicalId, Description: properties.Description ?? "" }],
    });
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete: ({ call, properties, physicalId }) =>
    gone(() => call("ec2", "RevokeSecurityGroupEgress", { GroupId: properties.GroupId, SecurityGroupRuleIds: [physicalId] })),
});
