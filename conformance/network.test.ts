/** EC2's networking through AWS's own client: what is told of a network as it is made, and what keeps it from going. */
import { EC2, waitUntilVpcAvailable, paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTarget, type Target } from "./target.ts";

let target: Target;
let ec2: EC2;
let VpcId: string;
beforeAll(async () => {
  target = await openTarget();
  ec2 = new EC2(target.configuration);
  const { Vpc } = await ec2.createVpc({
    CidrBlock: "10.91.0.0/16",
    TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: target.prefix }] }],
  });
  VpcId = Vpc!.VpcId!;
  expect(Vpc).toMatchObject({ State: "pending", CidrBlock: "10.91.0.0/16", IsDefault: false, InstanceTenancy: "default" });
  await waitUntilVpcAvailable({ client: ec2, maxWaitTime: 60 }, { VpcIds: [VpcId] });
});
afterAll(async () => {
  await ec2.deleteVpc({ VpcId });
  ec2.destroy();
  await target[Symbol.asyncDispose]();
});

test("a VPC comes with its main route table, default group and default ACL", async () => {
  const Filters = [{ Name: "vpc-id", Values: [VpcId] }];
  const { RouteTables } = await ec2.describeRouteTables({ Filters });
  expect(RouteTables).toMatchObject([
    {
      Associations: [{ Main: true, AssociationState: { State: "associated" } }],
      Routes: [{ DestinationCidrBlock: "10.91.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" }],
    },
  ]);
  const { SecurityGroups } = await ec2.describeSecurityGroups({ Filters });
  expect(SecurityGroups).toMatchObject([{ GroupName: "default", Description: "default VPC security group" }]);
  const { NetworkAcls } = await ec2.describeNetworkAcls({ Filters });
  expect(NetworkAcls).toMatchObject([{ IsDefault: true }]);
  expect(NetworkAcls![0]!.Entries).toHaveLength(4);
});

test("a subnet counts its free addresses, and is found by its tags, page by page", async () => {
  const { AvailabilityZones } = await ec2.describeAvailabilityZones();
  const AvailabilityZone = AvailabilityZones![0]!.ZoneName!;
  const ids: string[] = [];
  for (const CidrBlock of ["10.91.1.0/24", "10.91.2.0/28"]) {
    const { Subnet } = await ec2.createSubnet({
      VpcId,
      CidrBlock,
      AvailabilityZone,
      TagSpecifications: [{ ResourceType: "subnet", Tags: [{ Key: "part", Value: target.prefix }] }],
    });
    ids.push(Subnet!.SubnetId!);
  }
  const found = [];
  const Filters = [
    { Name: "tag:part", Values: [`${target.prefix.slice(0, -1)}*`] },
    { Name: "vpc-id", Values: [VpcId] },
  ];
  for await (const page of paginateDescribeSubnets({ client: ec2, pageSize: 5 }, { Filters })) found.push(...page.Subnets!);
  expect(found.map(({ AvailableIpAddressCount }) => AvailableIpAddressCount).sort()).toEqual([11, 251]);
  await expect(ec2.createSubnet({ VpcId, CidrBlock: "10.91.1.0/25" })).rejects.toMatchObject({
    name: "InvalidSubnet.Conflict",
    message: "The CIDR '10.91.1.0/25' conflicts with another subnet",
  });
  await expect(ec2.deleteVpc({ VpcId })).rejects.toMatchObject({
    name: "DependencyViolation",
    message: `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
  });
  for (const SubnetId of ids) await ec2.deleteSubnet({ SubnetId });
});

test("the same rule twice is refused in words that name it", async () => {
  const { GroupId } = await ec2.createSecurityGroup({ GroupName: target.prefix, Description: "conformance", VpcId });
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
  await ec2.authorizeSecurityGroupIngress({ GroupId: GroupId!, IpPermissions });
  await expect(ec2.authorizeSecurityGroupIngress({ GroupId: GroupId!, IpPermissions })).rejects.toMatchObject({
    name: "InvalidPermission.Duplicate",
    message: 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW" already exists',
  });
  const { SecurityGroupRules } = await ec2.describeSecurityGroupRules({ Filters: [{ Name: "group-id", Values: [GroupId!] }] });
  expect(SecurityGroupRules!.map(({ IsEgress }) => IsEgress).sort()).toEqual([false, true]);
  await ec2.deleteSecurityGroup({ GroupId: GroupId! });
});

test("a dry run says only whether it would have been allowed", async () => {
  await expect(ec2.createVpc({ CidrBlock: "10.92.0.0/16", DryRun: true })).rejects.toMatchObject({
    name: "DryRunOperation",
    message: "Request would have succeeded, but DryRun flag is set.",
  });
});
