/** Peering connections, egress-only and VPN gateways, NAT gateways that fail: what stands in route tables, and when it leads somewhere. */
import { expect, test } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedCloud, startTestCloud, type TestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });

const vpc = async ({ call }: Pick<TestCloud, "call">, CidrBlock: string, more = {}) =>
  (await call("ec2", "CreateVpc", { CidrBlock, ...more })).Vpc!.VpcId!;

const stateOfRoute = async ({ call }: Pick<TestCloud, "call">, table: string, target: object) =>
  (await call("ec2", "DescribeRouteTables", { RouteTableIds: [table] })).RouteTables![0]!.Routes!.find((route) =>
    Object.entries(target).every(([name, value]) => route[name as "GatewayId"] === value),
  )?.State;

test("a peering connection is asked for, accepted and ended; routes over it lead somewhere while it stands", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const [VpcId, PeerVpcId] = [await vpc(cloud, "10.0.0.0/16"), await vpc(cloud, "10.1.0.0/16")];
  const made = (await call("ec2", "CreateVpcPeeringConnection", { VpcId, PeerVpcId })).VpcPeeringConnection!;
  expect(made).toMatchObject({ Status: { Code: "initiating-request" }, RequesterVpcInfo: { VpcId, CidrBlock: "10.0.0.0/16" } });
  const VpcPeeringConnectionId = made.VpcPeeringConnectionId!;
  const status = async () =>
    (await call("ec2", "DescribeVpcPeeringConnections", { VpcPeeringConnectionIds: [VpcPeeringConnectionId] })).VpcPeeringConnections![0]!
      .Status!.Code;
  expect(await status()).toBe("pending-acceptance");
  const table = (await call("ec2", "CreateRouteTable", { VpcId })).RouteTable!.RouteTableId!;
  await call("ec2", "CreateRoute", { RouteTableId: table, DestinationCidrBlock: "10.1.0.0/16", VpcPeeringConnectionId });
  expect(await stateOfRoute(cloud, table, { VpcPeeringConnectionId })).toBe("blackhole");

  const groups = await Promise.all(
    [VpcId, PeerVpcId].map(
      async (id) => (await call("ec2", "CreateSecurityGroup", { GroupName: "peer", Description: "peer", VpcId: id })).GroupId!,
    ),
  );
  const letIn = () =>
    call("ec2", "AuthorizeSecurityGroupIngress", {
      GroupId: groups[0],
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 1, ToPort: 1, UserIdGroupPairs: [{ GroupId: groups[1]! }] }],
    });
  await expect(letIn()).rejects.toEqual(
    code("InvalidGroup.NotFound", "You have specified two resources that belong to different networks."),
  );
  await call("ec2", "AcceptVpcPeeringConnection", { VpcPeeringConnectionId });
  expect(await stateOfRoute(cloud, table, { VpcPeeringConnectionId })).toBe("active");
  await letIn();
  await expect(call("ec2", "RejectVpcPeeringConnection", { VpcPeeringConnectionId })).rejects.toMatchObject({
    code: "InvalidStateTransition",
  });
  await expect(call("ec2", "CreateVpcPeeringConnection", { VpcId: PeerVpcId, PeerVpcId: VpcId })).rejects.toMatchObject({
    code: "VpcPeeringConnectionAlreadyExists",
  });
  const options = await call("ec2", "ModifyVpcPeeringConnectionOptions", {
    VpcPeeringConnectionId,
    AccepterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true },
  });
  expect(options).toMatchObject({ AccepterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true } });
  await call("ec2", "DeleteVpcPeeringConnection", { VpcPeeringConnectionId });
  expect(await status()).toBe("deleted");
  expect(await stateOfRoute(cloud, table, { VpcPeeringConnectionId })).toBe("blackhole");
});

test("VPCs whose blocks overlap cannot be joined; a request that nobody answers lapses", async () => {
  await using cloud = await startSimulatedCloud();
  const { call } = cloud;
  const [one, other, third] = [await vpc(cloud, "10.0.0.0/16"), await vpc(cloud, "10.0.128.0/17"), await vpc(cloud, "10.1.0.0/16")];
  const ask = async (VpcId: string, PeerVpcId: string) =>
    (await call("ec2", "CreateVpcPeeringConnection", { VpcId, PeerVpcId })).VpcPeeringConnection!.VpcPeeringConnectionId!;
  const states = async () =>
    Object.fromEntries(
      (await call("ec2", "DescribeVpcPeeringConnections", {})).VpcPeeringConnections!.map((each) => [
        each.VpcPeeringConnectionId,
        each.Status!.Code,
      ]),
    );
  const failed = await ask(one, other);
  const asked = await ask(one, third);
  expect(await states()).toEqual({ [failed]: "failed", [asked]: "pending-acceptance" });
  await cloud.world.clock.sleepThrough(8 * 24 * 3_600_000);
  expect(await states()).toEqual({ [asked]: "expired" });
  await expect(call("ec2", "AcceptVpcPeeringConnection", { VpcPeeringConnectionId: asked })).rejects.toMatchObject({
    code: "InvalidStateTransition",
  });
});

test("across regions it is the accepter's region that accepts", async () => {
  await using cloud = await startTestCloud("us-west-1");
  const there = { call: cloud.cloud.as(rootPrincipal(cloud.cloud.account), "ap-northeast-1") };
  const [VpcId, PeerVpcId] = [await vpc(cloud, "10.0.0.0/16"), await vpc(there, "10.1.0.0/16")];
  const ask = (PeerRegion: string) => cloud.call("ec2", "CreateVpcPeeringConnection", { VpcId, PeerVpcId, PeerRegion });
  await expect(ask("eu-west-1")).rejects.toEqual(code("InvalidVpcID.NotFound", `The vpc ID '${PeerVpcId}' does not exist`));
  const VpcPeeringConnectionId = (await ask("ap-northeast-1")).VpcPeeringConnection!.VpcPeeringConnectionId!;
  await expect(cloud.call("ec2", "AcceptVpcPeeringConnection", { VpcPeeringConnectionId })).rejects.toEqual(
    code(
      "OperationNotPermitted",
      `Incorrect region (us-west-1) specified for this request. VPC peering connection ${VpcPeeringConnectionId} must be accepted in region ap-northeast-1`,
    ),
  );
  await there.call("ec2", "AcceptVpcPeeringConnection", { VpcPeeringConnectionId });
  const { VpcPeeringConnections } = await cloud.call("ec2", "DescribeVpcPeeringConnections", {});
  expect(VpcPeeringConnections).toMatchObject([
    { Status: { Code: "active" }, AccepterVpcInfo: { VpcId: PeerVpcId, Region: "ap-northeast-1" } },
  ]);
});

test("egress-only and VPN gateways keep their VPC, and are targets of routes", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const VpcId = await vpc(cloud, "10.0.0.0/16", { AmazonProvidedIpv6CidrBlock: true });
  const table = (await call("ec2", "CreateRouteTable", { VpcId })).RouteTable!.RouteTableId!;
  const { EgressOnlyInternetGateway } = await call("ec2", "CreateEgressOnlyInternetGateway", { VpcId });
  const EgressOnlyInternetGatewayId = EgressOnlyInternetGateway!.EgressOnlyInternetGatewayId!;
  await call("ec2", "CreateRoute", { RouteTableId: table, DestinationIpv6CidrBlock: "::/0", EgressOnlyInternetGatewayId });
  expect(await stateOfRoute(cloud, table, { EgressOnlyInternetGatewayId })).toBe("active");
  const { VpnGatewayId } = (await call("ec2", "CreateVpnGateway", { Type: "ipsec.1" })).VpnGateway!;
  const pairOf = { RouteTableId: table, GatewayId: VpnGatewayId! };
  await expect(call("ec2", "EnableVgwRoutePropagation", pairOf)).rejects.toMatchObject({ code: "Gateway.NotAttached" });
  await call("ec2", "AttachVpnGateway", { VpnGatewayId: VpnGatewayId!, VpcId });
  await call("ec2", "EnableVgwRoutePropagation", pairOf);
  const propagating = async () => (await call("ec2", "DescribeRouteTables", { RouteTableIds: [table] })).RouteTables![0]!.PropagatingVgws;
  expect(await propagating()).toEqual([{ GatewayId: VpnGatewayId }]);
  await call("ec2", "DeleteEgressOnlyInternetGateway", { EgressOnlyInternetGatewayId });
  expect(await stateOfRoute(cloud, table, { EgressOnlyInternetGatewayId })).toBe("blackhole");
  await call("ec2", "DeleteRouteTable", { RouteTableId: table });
  await expect(call("ec2", "DeleteVpc", { VpcId })).rejects.toMatchObject({ code: "DependencyViolation" });
  await call("ec2", "DetachVpnGateway", { VpnGatewayId: VpnGatewayId!, VpcId });
  await call("ec2", "DeleteVpc", { VpcId });
});

test("the same customer gateway again is the one that stands", async () => {
  await using cloud = await startTestCloud();
  const create = async () =>
    (await cloud.call("ec2", "CreateCustomerGateway", { Type: "ipsec.1", IpAddress: "203.0.113.9", BgpAsn: 65_001 })).CustomerGateway!;
  const made = await create();
  expect(made).toMatchObject({ State: "available", BgpAsn: "65001", IpAddress: "203.0.113.9" });
  expect((await create()).CustomerGatewayId).toBe(made.CustomerGatewayId);
  await cloud.call("ec2", "DeleteCustomerGateway", { CustomerGatewayId: made.CustomerGatewayId! });
  expect((await cloud.call("ec2", "DescribeCustomerGateways", {})).CustomerGateways).toMatchObject([{ State: "deleted" }]);
  expect((await create()).CustomerGatewayId).not.toBe(made.CustomerGatewayId);
});

test("a NAT gateway in a VPC without a way out fails after the call, and holds nothing", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const VpcId = await vpc(cloud, "10.0.0.0/16");
  const SubnetId = (await call("ec2", "CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" })).Subnet!.SubnetId!;
  const AllocationId = (await call("ec2", "AllocateAddress", { Domain: "vpc" })).AllocationId!;
  const { NatGateway } = await call("ec2", "CreateNatGateway", { SubnetId, AllocationId });
  expect(NatGateway).toMatchObject({ State: "pending" });
  expect((await call("ec2", "DescribeNatGateways", {})).NatGateways).toMatchObject([
    { State: "failed", FailureCode: "Gateway.NotAttached", FailureMessage: `Network ${VpcId} has no Internet gateway attached` },
  ]);
  await call("ec2", "ReleaseAddress", { AllocationId });
  await call("ec2", "DeleteSubnet", { SubnetId });
  await call("ec2", "DeleteNatGateway", { NatGatewayId: NatGateway!.NatGatewayId! });
  expect((await call("ec2", "DescribeNatGateways", {})).NatGateways).toMatchObject([{ State: "deleted" }]);
});

test("there are no instances, and whoever asks for one is told so", async () => {
  await using cloud = await startTestCloud();
  expect((await cloud.call("ec2", "DescribeInstances", {})).Reservations).toEqual([]);
  await expect(cloud.call("ec2", "DescribeInstances", { InstanceIds: ["i-0123456789abcdef0"] })).rejects.toEqual(
    code("InvalidInstanceID.NotFound", "The instance ID 'i-0123456789abcdef0' does not exist"),
  );
});
