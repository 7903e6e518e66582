/** The operations on NAT gateways. They stand in describes and routes; packets of local tasks take no route through them. */
import type { NatGateway } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { alreadyAssociated, invalidParameterCombination, missingParameter } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { makeNetworkInterface, removeNetworkInterface } from "../network-interface.ts";
import { addresses, internetGateways, type NatGatewayRecord, natGateways, subnets } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";
import { bindAddress, unbindAddress } from "./address.ts";

/** How long a deleted gateway is still described, as on AWS. */
const rememberedMs = 3_600_000;

const described = (context: OperationContext, gateway: NatGatewayRecord): NatGateway => ({
  NatGatewayId: gateway.id,
  VpcId: gateway.vpcId,
  SubnetId: gateway.subnetId,
  State: gateway.failure ? "failed" : gateway.deletedMs === undefined ? "available" : "deleted",
  ...(gateway.failure && { FailureCode: gateway.failure.code, FailureMessage: gateway.failure.message }),
  ConnectivityType: gateway.connectivity,
  CreateTime: new Date(gateway.createdMs),
  ...(gateway.deletedMs !== undefined && !gateway.failure && { DeleteTime: new Date(gateway.deletedMs) }),
  NatGatewayAddresses: gateway.addresses.map((one) => ({
    ...(one.allocationId !== undefined && { AllocationId: one.allocationId, PublicIp: one.publicIp! }),
    ...(one.associationId !== undefined && { AssociationId: one.associationId }),
    ...(one.networkInterfaceId !== undefined && { NetworkInterfaceId: one.networkInterfaceId, PrivateIp: one.privateIp! }),
    IsPrimary: one.primary,
    Status: gateway.failure ? "failed" : "succeeded",
  })),
  Tags: tagsOf(context, gateway.id),
});

/** Drops those that were deleted more than an hour ago. */
function prune(context: OperationContext): void {
  const now = context.cloud.world.clock.nowMs();
  for (const gateway of natGateways(context).list())
    if (gateway.deletedMs !== undefined && gateway.deletedMs + rememberedMs < now) {
      natGateways(context).delete(gateway.id);
      dropTags(context, gateway.id);
    }
}

export const createNatGateway = operation("ec2", "CreateNatGateway", (input, context) => {
  const { ClientToken: clientToken, SubnetId: subnetId, AllocationId: allocationId } = input;
  const earlier =
    clientToken &&
    natGateways(context)
      .list()
      .find((one) => one.clientToken === clientToken);
  if (earlier) return { ClientToken: clientToken, NatGateway: described(context, earlier) };
  if (
    input.AvailabilityMode === "regional" ||
    input.SecondaryAllocationIds?.length ||
    input.SecondaryPrivateIpAddresses?.length ||
    input.SecondaryPrivateIpAddressCount
  )
    throw new AwsError("UnsupportedOperation", "The embedded cloud's NAT gateways are zonal and have one address each.");
  if (subnetId === undefined) throw missingParameter("subnetId");
  const subnet = subnets(context).must(subnetId);
  const connectivity = input.ConnectivityType ?? "public";
  if (connectivity === "public" && allocationId === undefined) throw missingParameter("AllocationId");
  if (connectivity === "private" && allocationId !== undefined)
    throw invalidParameterCombination("The AllocationId parameter cannot be used with a private NAT gateway.");
  const address = allocationId === undefined ? undefined : addresses(context).must(allocationId);
  if (address?.associationId !== undefined) throw alreadyAssociated(`Elastic IP address [${address.id}] is already associated`);
  const tags = tagsFrom(input, "natgateway");
  const id = newId(context, "nat");
  const now = context.cloud.world.clock.nowMs();
  const head = {
    id,
    vpcId: subnet.vpcId,
    subnetId,
    connectivity,
    createdMs: now,
    ...(clientToken !== undefined && { clientToken }),
  };
  const answer = (gateway: NatGatewayRecord) => {
    natGateways(context).put(gateway);
    putNew(context, id, tags, input);
    const { FailureCode: _c, FailureMessage: _m, ...pending } = described(context, gateway);
    return { ...(clientToken !== undefined && { ClientToken: clientToken }), NatGateway: { ...pending, State: "pending" as const } };
  };
  const attached = internetGateways(context)
    .list()
    .some(({ vpcId }) => vpcId === subnet.vpcId);
  // As on AWS the call succeeds, and the gateway then fails.
  if (address && !attached)
    return answer({
      ...head,
      deletedMs: now,
      failure: { code: "Gateway.NotAttached", message: `Network ${subnet.vpcId} has no Internet gateway attached` },
      addresses: [{ allocationId: address.id, publicIp: address.publicIp, primary: true }],
    });
  const networkInterface = makeNetworkInterface(context, {
    subnet,
    description: `Interface for NAT Gateway ${id}`,
    privateIp: input.PrivateIpAddress,
    type: "nat_gateway",
    requester: "nat-gateway.amazonaws.com",
    attachment: { id: newId(context, "ela-attach"), ownerId: "amazon-aws", deviceIndex: 1, deleteOnTermination: false, attachedMs: now },
  });
  const associationId = address && bindAddress(context, address, networkInterface.id);
  if (address) addresses(context).put({ ...addresses(context).must(address.id), natGatewayId: id });
  return answer({
    ...head,
    addresses: [
      {
        ...(address && { allocationId: address.id, associationId: associationId!, publicIp: address.publicIp }),
        networkInterfaceId: networkInterface.id,
        privateIp: networkInterface.privateIps[0]!.address,
        primary: true,
      },
    ],
  });
});

const filters: Filters<NatGateway> = {
  "nat-gateway-id": (gateway) => gateway.NatGatewayId,
  state: (gateway) => gateway.State,
  "subnet-id": (gateway) => gateway.SubnetId,
  "vpc-id": (gateway) => gateway.VpcId,
};

export const describeNatGateways = operation("ec2", "DescribeNatGateways", (input, context) => {
  prune(context);
  const { Filter: Filters, MaxResults, NextToken } = input;
  const { items, ...rest } = describe(
    natGateways(context),
    input.NatGatewayIds,
    { Filters, MaxResults, NextToken },
    (gateway) => described(context, gateway),
    filters,
    "natGatewayIds",
  );
  return { NatGateways: items, ...rest };
});

export const deleteNatGateway = operation("ec2", "DeleteNatGateway", (input, context) => {
  const gateway = natGateways(context).must(input.NatGatewayId);
  if (gateway.failure) {
    const { failure: _, ...rest } = gateway;
    natGateways(context).put({ ...rest, deletedMs: context.cloud.world.clock.nowMs() });
  }
  if (gateway.deletedMs !== undefined) return { NatGatewayId: gateway.id };
  for (const one of gateway.addresses) {
    const address = one.allocationId === undefined ? undefined : addresses(context).get(one.allocationId);
    if (address) unbindAddress(context, address);
    if (one.networkInterfaceId !== undefined) removeNetworkInterface(context, one.networkInterfaceId);
  }
  natGateways(context).put({ ...gateway, deletedMs: context.cloud.world.clock.nowMs() });
  return { NatGatewayId: gateway.id };
});
