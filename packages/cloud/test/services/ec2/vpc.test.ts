/** VPCs, subnets, routes and gateways, as a client sees them. */
import { expect, test } from "vitest";
import { startTestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });

test("a region begins with a default VPC: an open subnet in each zone, a route to the internet", async () => {
  await using one = await startTestCloud("eu-central-1");
  const { Vpcs } = await one.call("ec2", "DescribeVpcs", { Filters: [{ Name: "is-default", Values: ["true"] }] });
  expect(Vpcs).toMatchObject([
    { CidrBlock: "172.31.0.0/16", State: "available", IsDefault: true, InstanceTenancy: "default", OwnerId: "123456789012" },
  ]);
  const { Subnets } = await one.call("ec2", "DescribeSubnets", { Filters: [{ Name: "vpc-id", Values: [Vpcs![0]!.VpcId!] }] });
  expect(
    Subnets!.map((s) => [s.AvailabilityZone, s.AvailabilityZoneId, s.CidrBlock, s.MapPublicIpOnLaunch, s.AvailableIpAddressCount]).sort(),
  ).toEqual([
    ["eu-central-1a", "euc1-az2", "172.31.0.0/20", true, 4091],
    ["eu-central-1b", "euc1-az3", "172.31.16.0/20", true, 4091],
    ["eu-central-1c", "euc1-az1", "172.31.32.0/20", true, 4091],
  ]);
  const { RouteTables } = await one.call("ec2", "DescribeRouteTables", {});
  expect(RouteTables![0]!.Routes).toEqual([
    { DestinationCidrBlock: "172.31.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" },
    { DestinationCidrBlock: "0.0.0.0/0", GatewayId: expect.stringMatching(/^igw-[0-9a-f]{17}$/), Origin: "CreateRoute", State: "active" },
  ]);
  await using other = await startTestCloud("eu-central-1");
  expect((await other.call("ec2", "DescribeVpcs", {})).Vpcs![0]!.VpcId).toBe(Vpcs![0]!.VpcId);
});

test("a subnet lies within its VPC, apart from the others, in a zone that there is", async () => {
  await using cloud = await startTestCloud();
  const { Vpc } = await cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" });
  expect(Vpc).toMatchObject({ State: "pending", CidrBlock: "10.0.0.0/16", IsDefault: false });
  const VpcId = Vpc!.VpcId!;
  const create = (CidrBlock: string, more = {}) => cloud.call("ec2", "CreateSubnet", { VpcId, CidrBlock, ...more });
  const { Subnet } = await create("10.0.1.0/24");
  expect(Subnet).toMatchObject({
    AvailableIpAddressCount: 251,
    AvailabilityZone: "eu-central-1a",
    State: "available",
    MapPublicIpOnLaunch: false,
  });
  await expect(create("10.0.1.128/25")).rejects.toEqual(
    code("InvalidSubnet.Conflict", "The CIDR '10.0.1.128/25' conflicts with another subnet"),
  );
  await expect(create("10.1.0.0/24")).rejects.toEqual(code("InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid."));
  await expect(create("10.0.2.0/29")).rejects.toEqual(code("InvalidSubnet.Range", "The CIDR '10.0.2.0/29' is invalid."));
  await expect(create("ten")).rejects.toEqual(
    code("InvalidParameterValue", "Value (ten) for parameter cidrBlock is invalid. This is not a valid CIDR block."),
  );
  await expect(create("10.0.3.0/24", { AvailabilityZone: "eu-central-1z" })).rejects.toEqual(
    code(
      "InvalidParameterValue",
      "Value (eu-central-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: eu-central-1a, eu-central-1b, eu-central-1c.",
    ),
  );
  await expect(cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/8" })).rejects.toEqual(
    code("InvalidVpc.Range", "The CIDR '10.0.0.0/8' is invalid."),
  );
});

test("what depends on a thing keeps it from being deleted", async () => {
  await using cloud = await startTestCloud();
  const VpcId = (await cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc!.VpcId!;
  const SubnetId = (await cloud.call("ec2", "CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" })).Subnet!.SubnetId!;
  const { NetworkInterface } = await cloud.call("ec2", "CreateNetworkInterface", { SubnetId });
  expect(NetworkInterface).toMatchObject({ PrivateIpAddress: "10.0.0.4", Status: "pending", VpcId });
  await expect(cloud.call("ec2", "DeleteSubnet", { SubnetId })).rejects.toEqual(
    code("DependencyViolation", `The subnet '${SubnetId}' has dependencies and cannot be deleted.`),
  );
  await expect(cloud.call("ec2", "DeleteVpc", { VpcId })).rejects.toEqual(
    code("DependencyViolation", `The vpc '${VpcId}' has dependencies and cannot be deleted.`),
  );
  await cloud.call("ec2", "DeleteNetworkInterface", { NetworkInterfaceId: NetworkInterface!.NetworkInterfaceId! });
  await cloud.call("ec2", "DeleteSubnet", { SubnetId });
  await cloud.call("ec2", "DeleteVpc", { VpcId });
  await expect(cloud.call("ec2", "DescribeVpcs", { VpcIds: [VpcId] })).rejects.toEqual(
    code("InvalidVpcID.NotFound", `The vpc ID '${VpcId}' does not exist`),
  );
});

test("a route whose gateway is gone becomes a black hole", async () => {
  await using cloud = await startTestCloud();
  const VpcId = (await cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc!.VpcId!;
  const RouteTableId = (await cloud.call("ec2", "CreateRouteTable", { VpcId })).RouteTable!.RouteTableId!;
  const GatewayId = (await cloud.call("ec2", "CreateInternetGateway", {})).InternetGateway!.InternetGatewayId!;
  const route = { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId };
  await expect(cloud.call("ec2", "CreateRoute", route)).rejects.toEqual(
    code("InvalidParameterValue", `route table ${RouteTableId} and network gateway ${GatewayId} belong to different networks`),
  );
  await cloud.call("ec2", "AttachInternetGateway", { InternetGatewayId: GatewayId, VpcId });
  expect(await cloud.call("ec2", "CreateRoute", route)).toEqual({ Return: true });
  expect(await cloud.call("ec2", "CreateRoute", route)).toEqual({ Return: true });
  const state = async () =>
    (await cloud.call("ec2", "DescribeRouteTables", { RouteTableIds: [RouteTableId] })).RouteTables![0]!.Routes!.map((one) => one.State);
  expect(await state()).toEqual(["active", "active"]);
  await cloud.call("ec2", "DetachInternetGateway", { InternetGatewayId: GatewayId, VpcId });
  expect(await state()).toEqual(["active", "blackhole"]);
  await cloud.call("ec2", "DeleteRoute", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0" });
  await expect(cloud.call("ec2", "DeleteRoute", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0" })).rejects.toEqual(
    code("InvalidRoute.NotFound", `no route with destination-cidr-block 0.0.0.0/0 in route table ${RouteTableId}`),
  );
  await expect(cloud.call("ec2", "DeleteRoute", { RouteTableId, DestinationCidrBlock: "10.0.0.0/16" })).rejects.toEqual(
    code("InvalidParameterValue", `cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`),
  );
});

test("a NAT gateway holds its address until it is deleted", async () => {
  await using cloud = await startTestCloud();
  const [subnet] = (await cloud.call("ec2", "DescribeSubnets", {})).Subnets!;
  const { AllocationId, PublicIp } = await cloud.call("ec2", "AllocateAddress", { Domain: "vpc" });
  const { NatGateway } = await cloud.call("ec2", "CreateNatGateway", { SubnetId: subnet!.SubnetId!, AllocationId: AllocationId! });
  const NatGatewayId = NatGateway!.NatGatewayId!;
  expect(NatGateway!.State).toBe("pending");
  expect((await cloud.call("ec2", "DescribeNatGateways", { NatGatewayIds: [NatGatewayId] })).NatGateways).toMatchObject([
    { State: "available", NatGatewayAddresses: [{ AllocationId, PublicIp, IsPrimary: true }] },
  ]);
  await expect(cloud.call("ec2", "ReleaseAddress", { AllocationId: AllocationId! })).rejects.toEqual(
    code("AuthFailure", "You do not have permission to access the specified resource."),
  );
  await cloud.call("ec2", "DeleteNatGateway", { NatGatewayId });
  expect((await cloud.call("ec2", "DescribeNatGateways", { NatGatewayIds: [NatGatewayId] })).NatGateways![0]!.State).toBe("deleted");
  await cloud.call("ec2", "ReleaseAddress", { AllocationId: AllocationId! });
  await expect(cloud.call("ec2", "DescribeAddresses", { AllocationIds: [AllocationId!] })).rejects.toEqual(
    code("InvalidAllocationID.NotFound", `The allocation ID '${AllocationId}' does not exist`),
  );
});

test("filters take wildcards and tags, and refuse what they do not know; pages follow each other", async () => {
  await using cloud = await startTestCloud();
  for (const name of ["app-one", "app-two", "other"])
    await cloud.call("ec2", "CreateVpc", {
      CidrBlock: "10.0.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: name }] }],
    });
  const find = async (Name: string, ...Values: string[]) =>
    (await cloud.call("ec2", "DescribeVpcs", { Filters: [{ Name, Values }] })).Vpcs!.length;
  expect(await find("tag:Name", "app-*")).toBe(2);
  expect(await find("tag:Name", "app-t?o", "other")).toBe(2);
  expect(await find("tag-key", "Name")).toBe(3);
  expect(await find("tag:Name", String.raw`app-\*`)).toBe(0);
  await expect(find("colour", "red")).rejects.toEqual(code("InvalidParameterValue", "The filter 'colour' is invalid"));
  for (let index = 0; index < 4; index++) await cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" });
  const first = await cloud.call("ec2", "DescribeVpcs", { MaxResults: 5 });
  const second = await cloud.call("ec2", "DescribeVpcs", { MaxResults: 5, NextToken: first.NextToken! });
  expect(new Set([...first.Vpcs!, ...second.Vpcs!].map(({ VpcId }) => VpcId)).size).toBe(8);
  expect(second.NextToken).toBeUndefined();
  await expect(cloud.call("ec2", "DescribeVpcs", { MaxResults: 1 })).rejects.toMatchObject({ code: "InvalidParameterValue" });
  await expect(cloud.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16", DryRun: true })).rejects.toMatchObject({
    code: "DryRunOperation",
    status: 412,
  });
});
