/** AWS::EC2::EIP and AWS::EC2::NatGateway. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Eip = ResourceProperties["AWS::EC2::EIP"];

export const eip = resource("AWS::EC2::EIP", {
  coverage: {
    real: ["Domain", "Tags"],
    recorded: ["NetworkBorderGroup"],
    refused: {
      Address: "there are no address pools of one's own in the embedded cloud",
      InstanceId: "there are no instances in the embedded cloud",
      IpamPoolId: "there is no IP address manager in the embedded cloud",
      PublicIpv4Pool: "there are no address pools of one's own in the embedded cloud",
      TransferAddress: "addresses do not move between accounts here",
    },
    note: "Addresses are of the blocks that RFC 5737 keeps for documentation; nothing routes them.",
  },
  async create(request) {
    const id =
      madeEarlier(request) ??
      (await request.call("ec2", "AllocateAddress", stamped(request, "elastic-ip", { Domain: "vpc" as const }))).AllocationId!;
    return madeEip(request, id);
  },
  async update(request) {
    const { Addresses } = await request.call("ec2", "DescribeAddresses", { PublicIps: [request.physicalId] });
    const id = Addresses![0]!.AllocationId!;
    await retag(request, id);
    return madeEip(request, id);
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "ReleaseAddress", { PublicIp: physicalId })),
});

async function madeEip({ call }: ResourceRequest<Eip>, id: string): Promise<Made> {
  const { Addresses } = await call("ec2", "DescribeAddresses", { AllocationIds: [id] });
  const { PublicIp } = Addresses![0]!;
  return { physicalId: PublicIp!, attributes: { AllocationId: id, PublicIp: PublicIp! } };
}

const oneAddress = "the embedded cloud's NAT gateways are zonal and have one address each";

export const natGateway = resource("AWS::EC2::NatGateway", {
  coverage: {
    real: ["AllocationId", "ConnectivityType", "PrivateIpAddress", "SubnetId", "Tags"],
    recorded: ["MaxDrainDurationSeconds", "VpcId"],
    refused: {
      AvailabilityMode: oneAddress,
      AvailabilityZoneAddresses: oneAddress,
      SecondaryAllocationIds: oneAddress,
      SecondaryPrivateIpAddressCount: oneAddress,
      SecondaryPrivateIpAddresses: oneAddress,
    },
    note: "Stands in describes and routes; packets of local tasks do not pass through it.",
  },
  async create(request) {
    const { AllocationId, ConnectivityType, PrivateIpAddress, SubnetId } = request.properties;
    const id =
      madeEarlier(request) ??
      (
        await request.call(
          "ec2",
          "CreateNatGateway",
          stamped(request, "natgateway", {
            SubnetId,
            ...(AllocationId !== undefined && { AllocationId }),
            ...(ConnectivityType !== undefined && { ConnectivityType: ConnectivityType as "public" }),
            ...(PrivateIpAddress !== undefined && { PrivateIpAddress }),
          }),
        )
      ).NatGateway!.NatGatewayId!;
    return madeNat(request, id);
  },
  async update(request) {
    await retag(request, request.physicalId);
    return madeNat(request, request.physicalId);
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteNatGateway", { NatGatewayId: physicalId })),
});

async function madeNat({ call }: ResourceRequest<ResourceProperties["AWS::EC2::NatGateway"]>, id: string): Promise<Made> {
  const { NatGateways } = await call("ec2", "DescribeNatGateways", { NatGatewayIds: [id] });
  const gateway = NatGateways![0]!;
  if (gateway.State === "failed") {
    await call("ec2", "DeleteNatGateway", { NatGatewayId: id });
    throw new AwsError(gateway.FailureCode!, gateway.FailureMessage!);
  }
  return { physicalId: id, attributes: { NatGatewayId: id, EniId: gateway.NatGatewayAddresses![0]!.NetworkInterfaceId! } };
}
