/** A network and its roles, made by CloudFormation out of one template, changed and removed again. */
import { expect, test } from "vitest";
import type { Call } from "../../../src/service.ts";
import { startTestCloud } from "../../cloud.ts";

const assume = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
};
const Closed = [{ IpProtocol: "icmp", FromPort: 252, ToPort: 86, CidrIp: "255.255.255.255/32" }];

const template = (port: number, description?: string) => ({
  Resources: {
    Vpc: {
      Type: "AWS::EC2::VPC",
      Properties: { CidrBlock: "10.0.0.0/16", EnableDnsHostnames: true, Tags: [{ Key: "Name", Value: "app" }] },
    },
    Gateway: { Type: "AWS::EC2::InternetGateway" },
    Attachment: { Type: "AWS::EC2::VPCGatewayAttachment", Properties: { VpcId: { Ref: "Vpc" }, InternetGatewayId: { Ref: "Gateway" } } },
    Public: {
      Type: "AWS::EC2::Subnet",
      Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.0.0/20", AvailabilityZone: "eu-central-1a", MapPublicIpOnLaunch: true },
    },
    Private: {
      Type: "AWS::EC2::Subnet",
      Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.128.0/20", AvailabilityZone: "eu-central-1b" },
    },
    Routes: { Type: "AWS::EC2::RouteTable", Properties: { VpcId: { Ref: "Vpc" } } },
    Out: {
      Type: "AWS::EC2::Route",
      DependsOn: "Attachment",
      Properties: { RouteTableId: { Ref: "Routes" }, DestinationCidrBlock: "0.0.0.0/0", GatewayId: { Ref: "Gateway" } },
    },
    PublicRoutes: {
      Type: "AWS::EC2::SubnetRouteTableAssociation",
      Properties: { RouteTableId: { Ref: "Routes" }, SubnetId: { Ref: "Public" } },
    },
    Eip: { Type: "AWS::EC2::EIP", DependsOn: "Attachment", Properties: { Domain: "vpc" } },
    Nat: {
      Type: "AWS::EC2::NatGateway",
      Properties: { SubnetId: { Ref: "Public" }, AllocationId: { "Fn::GetAtt": ["Eip", "AllocationId"] } },
    },
    S3: {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: { Ref: "Vpc" },
        ServiceName: { "Fn::Sub": "com.amazonaws.${AWS::Region}.s3" },
        RouteTableIds: [{ Ref: "Routes" }],
      },
    },
    Database: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: { GroupDescription: "database", VpcId: { Ref: "Vpc" }, SecurityGroupEgress: Closed },
    },
    Service: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: "service",
        VpcId: { Ref: "Vpc" },
        SecurityGroupIngress: [
          { IpProtocol: "tcp", FromPort: port, ToPort: port, CidrIp: "0.0.0.0/0", ...(description && { Description: description }) },
        ],
      },
    },
    ToDatabase: {
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        GroupId: { Ref: "Database" },
        IpProtocol: "tcp",
        FromPort: 5432,
        ToPort: 5432,
        SourceSecurityGroupId: { Ref: "Service" },
      },
    },
    LogRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: assume,
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
      },
    },
    LogPolicy: {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: "logs",
        Roles: [{ Ref: "LogRole" }],
        PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "logs:*", Resource: "*" }] },
      },
    },
    FlowLog: {
      Type: "AWS::EC2::FlowLog",
      Properties: {
        ResourceId: { Ref: "Vpc" },
        ResourceType: "VPC",
        TrafficType: "ALL",
        LogGroupName: "flow",
        DeliverLogsPermissionArn: { "Fn::GetAtt": ["LogRole", "Arn"] },
      },
    },
  },
  Outputs: {
    VpcId: { Value: { Ref: "Vpc" } },
    Group: { Value: { "Fn::GetAtt": ["Service", "GroupId"] } },
    DatabaseGroup: { Value: { Ref: "Database" } },
    Subnet: { Value: { Ref: "Public" } },
    Role: { Value: { Ref: "LogRole" } },
    RoleArn: { Value: { "Fn::GetAtt": ["LogRole", "Arn"] } },
  },
});

/** Waits until the stack's operation has ended. */
async function settled(call: Call, StackName: string) {
  for (;;) {
    const stack = (await call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!;
    if (!stack.StackStatus!.endsWith("IN_PROGRESS")) return stack;
    await new Promise((done) => setImmediate(done));
  }
}

test("a network stack with roles is made, changed in place and removed without leftovers", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const counts = async () => ({
    vpcs: (await call("ec2", "DescribeVpcs", {})).Vpcs!.length,
    groups: (await call("ec2", "DescribeSecurityGroups", {})).SecurityGroups!.length,
    interfaces: (await call("ec2", "DescribeNetworkInterfaces", {})).NetworkInterfaces!.length,
    tables: (await call("ec2", "DescribeRouteTables", {})).RouteTables!.length,
    tags: (await call("ec2", "DescribeTags", {})).Tags!.length,
    addresses: (await call("ec2", "DescribeAddresses", {})).Addresses!.length,
    flowLogs: (await call("ec2", "DescribeFlowLogs", {})).FlowLogs!.length,
    roles: (await call("iam", "ListRoles", {})).Roles!.length,
  });
  const before = await counts();
  const StackName = "app-network";
  const Capabilities = ["CAPABILITY_IAM" as const];
  await call("cloudformation", "CreateStack", {
    StackName,
    TemplateBody: JSON.stringify(template(80)),
    Capabilities,
    Tags: [{ Key: "plinth:app", Value: "app" }],
  });
  const stack = await settled(call, StackName);
  const events = (await call("cloudformation", "DescribeStackEvents", { StackName })).StackEvents!;
  expect(events.filter((event) => event.ResourceStatus!.endsWith("FAILED")).map((event) => event.ResourceStatusReason)).toEqual([]);
  expect(stack.StackStatus).toBe("CREATE_COMPLETE");
  const outputs = Object.fromEntries(stack.Outputs!.map((output) => [output.OutputKey, output.OutputValue!]));
  const VpcId = outputs.VpcId!;

  const { Vpcs } = await call("ec2", "DescribeVpcs", { Filters: [{ Name: "tag:aws:cloudformation:stack-name", Values: [StackName] }] });
  expect(Vpcs!.map((vpc) => vpc.VpcId)).toEqual([VpcId]);
  expect(Vpcs![0]!.Tags).toEqual(
    expect.arrayContaining([
      { Key: "Name", Value: "app" },
      { Key: "plinth:app", Value: "app" },
    ]),
  );
  expect(await call("ec2", "DescribeVpcAttribute", { VpcId, Attribute: "enableDnsHostnames" })).toMatchObject({
    EnableDnsHostnames: { Value: true },
  });
  const { RouteTables } = await call("ec2", "DescribeRouteTables", {
    Filters: [{ Name: "association.subnet-id", Values: [outputs.Subnet!] }],
  });
  expect(
    RouteTables![0]!.Routes!.map((route) => [route.DestinationCidrBlock ?? route.DestinationPrefixListId!.slice(0, 3), route.State]),
  ).toEqual([
    ["10.0.0.0/16", "active"],
    ["0.0.0.0/0", "active"],
    ["pl-", "active"],
  ]);
  const group = async (id: string) => (await call("ec2", "DescribeSecurityGroups", { GroupIds: [id] })).SecurityGroups![0]!;
  expect((await group(outputs.DatabaseGroup!)).IpPermissionsEgress).toMatchObject([{ IpProtocol: "icmp", FromPort: 252, ToPort: 86 }]);
  expect((await group(outputs.DatabaseGroup!)).IpPermissions).toMatchObject([
    { FromPort: 5432, UserIdGroupPairs: [{ GroupId: outputs.Group }] },
  ]);
  expect(outputs.RoleArn).toBe(`arn:aws:iam::123456789012:role/${outputs.Role}`);
  expect((await call("iam", "ListRolePolicies", { RoleName: outputs.Role! })).PolicyNames).toEqual(["logs"]);

  await call("cloudformation", "UpdateStack", { StackName, TemplateBody: JSON.stringify(template(8080, "the web")), Capabilities });
  expect((await settled(call, StackName)).StackStatus).toBe("UPDATE_COMPLETE");
  expect((await group(outputs.Group!)).IpPermissions).toEqual([
    {
      IpProtocol: "tcp",
      FromPort: 8080,
      ToPort: 8080,
      IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "the web" }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    },
  ]);

  await call("cloudformation", "DeleteStack", { StackName: stack.StackId! });
  expect((await settled(call, stack.StackId!)).StackStatus).toBe("DELETE_COMPLETE");
  // A deleted NAT gateway is described, and tagged, for an hour.
  expect({ ...(await counts()), tags: before.tags }).toEqual(before);
});
