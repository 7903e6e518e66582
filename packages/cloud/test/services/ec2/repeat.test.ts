/** A create that was cut short and is done once more, with the same token, makes nothing twice. */
import { expect, test } from "vitest";
import type { ResourceHandler, ResourceRequest } from "../../../src/resource.ts";
import { ec2Resources } from "../../../src/services/ec2/resources/index.ts";
import { iamResources } from "../../../src/services/iam/resources/index.ts";
import { startTestCloud } from "../../cloud.ts";

const handlers = { ...ec2Resources, ...iamResources } as unknown as Record<string, ResourceHandler<unknown>>;
const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
};
const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

test("every type's create can be repeated, and its delete too", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  const tags = { "aws:cloudformation:stack-id": "stack", "aws:cloudformation:logical-id": "One", mine: "yes" };
  const request = (type: string, properties: object): ResourceRequest<unknown> => ({
    cloud,
    account: cloud.account,
    region: "eu-central-1",
    call,
    callIn: () => call,
    stackName: "stack",
    stackId: "stack",
    logicalId: "One",
    properties,
    tags,
    token: `token-of-${type}`,
    physicalName: () => `stack-One-${type.replaceAll(":", "")}`,
    signal: new AbortController().signal,
  });
  const made: { type: string; properties: object; physicalId: string }[] = [];
  const twice = async (type: string, properties: object) => {
    const first = await handlers[type]!.create(request(type, properties));
    const second = await handlers[type]!.create(request(type, properties));
    expect(second, type).toEqual(first);
    made.push({ type, properties, physicalId: first.physicalId });
    return first;
  };
  const VpcId = (await twice("AWS::EC2::VPC", { CidrBlock: "10.0.0.0/16" })).physicalId;
  const SubnetId = (await twice("AWS::EC2::Subnet", { VpcId, CidrBlock: "10.0.0.0/24" })).physicalId;
  const InternetGatewayId = (await twice("AWS::EC2::InternetGateway", {})).physicalId;
  await twice("AWS::EC2::VPCGatewayAttachment", { VpcId, InternetGatewayId });
  const RouteTableId = (await twice("AWS::EC2::RouteTable", { VpcId })).physicalId;
  await twice("AWS::EC2::Route", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId });
  await twice("AWS::EC2::SubnetRouteTableAssociation", { RouteTableId, SubnetId });
  const GroupId = (
    await twice("AWS::EC2::SecurityGroup", {
      GroupDescription: "one",
      VpcId,
      SecurityGroupIngress: [{ IpProtocol: "-1", CidrIp: "10.0.0.0/8" }],
    })
  ).physicalId;
  await twice("AWS::EC2::SecurityGroupIngress", { GroupId, IpProtocol: "tcp", FromPort: 1, ToPort: 2, CidrIp: "0.0.0.0/0" });
  await twice("AWS::EC2::SecurityGroupEgress", { GroupId, IpProtocol: "tcp", FromPort: 1, ToPort: 2, CidrIp: "10.0.0.0/8" });
  const { AllocationId } = (await twice("AWS::EC2::EIP", { Domain: "vpc" })).attributes;
  await twice("AWS::EC2::NatGateway", { SubnetId, AllocationId });
  await twice("AWS::EC2::VPCEndpoint", { VpcId, ServiceName: "com.amazonaws.eu-central-1.s3", RouteTableIds: [RouteTableId] });
  const { Vpc: peer } = await call("ec2", "CreateVpc", { CidrBlock: "10.9.0.0/16" });
  expect(peer).not.toHaveProperty("Tags");
  const PeerVpcId = peer!.VpcId!;
  const { Id: VpcPeeringConnectionId } = (await twice("AWS::EC2::VPCPeeringConnection", { VpcId, PeerVpcId })).attributes;
  await twice("AWS::EC2::Route", { RouteTableId, DestinationCidrBlock: "10.9.0.0/16", VpcPeeringConnectionId });
  expect(
    await call("ec2", "CreateFlowLogs", {
      ResourceIds: [VpcId],
      ResourceType: "VPC",
      TrafficType: "ALL",
      LogDestinationType: "s3",
      LogDestination: "arn:aws:s3:::flows/vpc/",
    }),
  ).toMatchObject({
    FlowLogIds: [],
    Unsuccessful: [{ ResourceId: VpcId, Error: { Code: "400", Message: "LogDestination: flows does not exist" } }],
  });
  await call("s3", "CreateBucket", { Bucket: "flows", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  await twice("AWS::EC2::FlowLog", {
    ResourceId: VpcId,
    ResourceType: "VPC",
    LogDestination: "arn:aws:s3:::flows",
    LogDestinationType: "s3",
  });
  const Roles = [
    (await twice("AWS::IAM::Role", { AssumeRolePolicyDocument: trust, Policies: [{ PolicyName: "own", PolicyDocument: allow }] }))
      .physicalId,
  ];
  await twice("AWS::IAM::Policy", { PolicyName: "more", PolicyDocument: allow, Roles });
  await twice("AWS::IAM::ManagedPolicy", { PolicyDocument: allow, Roles });
  await twice("AWS::IAM::InstanceProfile", { Roles });
  await twice("AWS::IAM::User", { Policies: [{ PolicyName: "own", PolicyDocument: allow }], LoginProfile: { Password: "long enough" } });
  await twice("AWS::IAM::OIDCProvider", { Url: "https://token.actions.githubusercontent.com", ClientIdList: ["sts.amazonaws.com"] });
  expect((await call("ec2", "DescribeVpcs", { Filters: [{ Name: "tag:mine", Values: ["yes"] }] })).Vpcs).toHaveLength(1);
  expect(new Set(made.map(({ type }) => type))).toEqual(new Set(Object.keys(handlers)));

  for (const { type, properties, physicalId } of made.toReversed())
    for (const _ of [1, 2]) await handlers[type]!.delete({ ...request(type, properties), physicalId, policy: "Delete" });
  await call("ec2", "DeleteVpc", { VpcId: PeerVpcId });
  expect((await call("ec2", "DescribeVpcs", {})).Vpcs!.map(({ IsDefault }) => IsDefault)).toEqual([true]);
  expect((await call("ec2", "DescribeNetworkInterfaces", {})).NetworkInterfaces).toEqual([]);
  expect((await call("iam", "GetAccountSummary", {})).SummaryMap).toMatchObject({ Roles: 0, Users: 0, Policies: 0, InstanceProfiles: 0 });
});
