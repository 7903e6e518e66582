/** Security groups, their rules, and network interfaces that carry them. */
import { expect, test } from "vitest";
import { servicePrincipal } from "../../../src/identity/principal.ts";
import { attachNetworkInterface, attachPublicAddress } from "../../../src/runtime/network.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });

async function groupIn({ call }: TestCloud, GroupName = "web") {
  const VpcId = (await call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc!.VpcId!;
  const { GroupId } = await call("ec2", "CreateSecurityGroup", { GroupName, Description: "web", VpcId });
  return { VpcId, GroupId: GroupId! };
}

test("a new group lets everything out, nothing in; rules are told apart and kept apart", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { GroupId, VpcId } = await groupIn(cloud);
  const described = async () => (await call("ec2", "DescribeSecurityGroups", { GroupIds: [GroupId] })).SecurityGroups![0]!;
  expect(await described()).toMatchObject({
    GroupName: "web",
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    SecurityGroupArn: `arn:aws:ec2:eu-central-1:123456789012:security-group/${GroupId}`,
  });
  const permission = {
    IpProtocol: "tcp",
    FromPort: 443,
    ToPort: 443,
    IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "office" }, { CidrIp: "0.0.0.0/0" }],
  };
  const { SecurityGroupRules } = await call("ec2", "AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: [permission] });
  expect(SecurityGroupRules).toMatchObject([
    { CidrIpv4: "10.0.0.0/8", Description: "office", IsEgress: false, SecurityGroupRuleId: expect.stringMatching(/^sgr-[0-9a-f]{17}$/) },
    { CidrIpv4: "0.0.0.0/0" },
  ]);
  expect((await described()).IpPermissions).toEqual([{ ...permission, Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] }]);
  await expect(
    call("ec2", "AuthorizeSecurityGroupIngress", { GroupId, IpProtocol: "tcp", FromPort: 443, ToPort: 443, CidrIp: "0.0.0.0/0" }),
  ).rejects.toEqual(
    code("InvalidPermission.Duplicate", 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW" already exists'),
  );
  await expect(
    call("ec2", "AuthorizeSecurityGroupEgress", { GroupId, IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }] }),
  ).rejects.toEqual(code("InvalidPermission.Duplicate", 'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists'));
  await call("ec2", "ModifySecurityGroupRules", {
    GroupId,
    SecurityGroupRules: [
      {
        SecurityGroupRuleId: SecurityGroupRules![1]!.SecurityGroupRuleId!,
        SecurityGroupRule: { IpProtocol: "tcp", FromPort: 80, ToPort: 80, CidrIpv6: "::/0" },
      },
    ],
  });
  expect((await described()).IpPermissions!.map((one) => [one.FromPort, one.Ipv6Ranges])).toEqual([
    [443, []],
    [80, [{ CidrIpv6: "::/0" }]],
  ]);
  const { RevokedSecurityGroupRules } = await call("ec2", "RevokeSecurityGroupIngress", {
    GroupId,
    SecurityGroupRuleIds: [SecurityGroupRules![0]!.SecurityGroupRuleId!],
  });
  expect(RevokedSecurityGroupRules).toMatchObject([{ CidrIpv4: "10.0.0.0/8" }]);
  await expect(call("ec2", "RevokeSecurityGroupIngress", { GroupId, IpPermissions: [permission] })).rejects.toEqual(
    code("InvalidPermission.NotFound", "The specified rule does not exist in this security group."),
  );
  await expect(call("ec2", "CreateSecurityGroup", { GroupName: "web", Description: "again", VpcId })).rejects.toEqual(
    code("InvalidGroup.Duplicate", `The security group 'web' already exists for VPC '${VpcId}'`),
  );
  const authorize = (CidrIp: string) =>
    call("ec2", "AuthorizeSecurityGroupIngress", { GroupId, IpProtocol: "tcp", FromPort: 1, ToPort: 1, CidrIp });
  await expect(authorize("10.0.0.1")).rejects.toEqual(code("InvalidParameterValue", "CIDR block 10.0.0.1 is malformed"));
  // Host bits are dropped; with them it is the same rule again.
  expect((await authorize("10.0.0.1/8")).SecurityGroupRules).toMatchObject([{ CidrIpv4: "10.0.0.0/8" }]);
  await expect(authorize("10.9.9.9/8")).rejects.toEqual(
    code("InvalidPermission.Duplicate", 'the specified rule "peer: 10.0.0.0/8, TCP, from port: 1, to port: 1, ALLOW" already exists'),
  );
});

test("in a VPC with IPv6 a new group lets that out too; sixty rules are enough; rules are asked for by group", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const VpcId = (await call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16", AmazonProvidedIpv6CidrBlock: true })).Vpc!.VpcId!;
  const GroupId = (await call("ec2", "CreateSecurityGroup", { GroupName: "six", Description: "six", VpcId })).GroupId!;
  const rules = async (id: string) =>
    (await call("ec2", "DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values: [id] }] })).SecurityGroupRules!;
  expect((await rules(GroupId)).map((rule) => [rule.IsEgress, rule.CidrIpv4 ?? rule.CidrIpv6])).toEqual([
    [true, "0.0.0.0/0"],
    [true, "::/0"],
  ]);
  expect(await rules("sg-0123456789abcdef0")).toEqual([]);
  await expect(rules("six")).rejects.toEqual(code("InvalidGroupId.Malformed", "The security group ID 'six' is malformed"));
  const authorize = (from: number, count: number) =>
    call("ec2", "AuthorizeSecurityGroupIngress", {
      GroupId,
      IpPermissions: [
        { IpProtocol: "-1", IpRanges: Array.from({ length: count }, (_, index) => ({ CidrIp: `10.${from + index}.0.0/16` })) },
      ],
    });
  await authorize(0, 60);
  // Also of a rule that is there already it is the number that is told.
  await expect(authorize(0, 1)).rejects.toEqual(
    code("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."),
  );
});

test("a group that another one refers to, or that an interface carries, stays; the default one always", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { GroupId, VpcId } = await groupIn(cloud);
  const other = (await call("ec2", "CreateSecurityGroup", { GroupName: "db", Description: "db", VpcId })).GroupId!;
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId }] }];
  await call("ec2", "AuthorizeSecurityGroupIngress", { GroupId: other, IpPermissions });
  const held = code("DependencyViolation", `resource ${GroupId} has a dependent object`);
  await expect(call("ec2", "DeleteSecurityGroup", { GroupId })).rejects.toEqual(held);
  await call("ec2", "RevokeSecurityGroupIngress", { GroupId: other, IpPermissions });
  const SubnetId = (await call("ec2", "CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" })).Subnet!.SubnetId!;
  const NetworkInterfaceId = (await call("ec2", "CreateNetworkInterface", { SubnetId, Groups: [GroupId] })).NetworkInterface!
    .NetworkInterfaceId!;
  await expect(call("ec2", "DeleteSecurityGroup", { GroupId })).rejects.toEqual(held);
  await call("ec2", "DeleteNetworkInterface", { NetworkInterfaceId });
  await call("ec2", "DeleteSecurityGroup", { GroupId });
  const [standard] = (
    await call("ec2", "DescribeSecurityGroups", {
      Filters: [
        { Name: "vpc-id", Values: [VpcId] },
        { Name: "group-name", Values: ["default"] },
      ],
    })
  ).SecurityGroups!;
  await expect(call("ec2", "DeleteSecurityGroup", { GroupId: standard!.GroupId! })).rejects.toEqual(
    code("CannotDelete", `the specified group: "${standard!.GroupId}" name: "default" cannot be deleted by a user`),
  );
});

test("an interface of a service is shown with its public address, and only the service takes it away", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  const ecs = cloud.as(servicePrincipal(cloud.account, "ecs.amazonaws.com"), "eu-central-1");
  const SubnetId = (await call("ec2", "DescribeSubnets", {})).Subnets![0]!.SubnetId!;
  const NetworkInterfaceId = (await ecs("ec2", "CreateNetworkInterface", { SubnetId })).NetworkInterface!.NetworkInterfaceId!;
  expect(attachNetworkInterface(cloud, "eu-central-1", NetworkInterfaceId)).toBe(true);
  expect(attachPublicAddress(cloud, "eu-central-1", NetworkInterfaceId, "127.77.1.2")).toBe(true);
  expect(attachPublicAddress(cloud, "eu-central-1", "eni-0", "127.77.1.2")).toBe(false);
  const { NetworkInterfaces } = await call("ec2", "DescribeNetworkInterfaces", {
    Filters: [{ Name: "association.public-ip", Values: ["127.77.*"] }],
  });
  expect(NetworkInterfaces).toMatchObject([
    {
      NetworkInterfaceId,
      Status: "in-use",
      RequesterManaged: true,
      Association: { PublicIp: "127.77.1.2", IpOwnerId: "amazon" },
      Attachment: { Status: "attached" },
    },
  ]);
  await expect(call("ec2", "DeleteNetworkInterface", { NetworkInterfaceId })).rejects.toMatchObject({ code: "AuthFailure" });
  await ecs("ec2", "DeleteNetworkInterface", { NetworkInterfaceId });
  expect((await call("ec2", "DescribeNetworkInterfaces", {})).NetworkInterfaces).toEqual([]);
});
