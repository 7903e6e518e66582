/** The operations on Elastic IP addresses. Theirs are of the blocks kept for documentation: nothing routes them. */
import type { Address } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { alreadyAssociated, invalidParameterCombination, invalidParameterValue, missingParameter, notFound } from "../errors.ts";
import { filtered, type Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { publicDnsName } from "../regions.ts";
import { type AddressRecord, addresses, internetGateways, networkInterfaces } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

/** Addresses that an account may hold in a region; AWS's own quota is 5 and is raised on request. */
const mostAddresses = 500;

/** RFC 5737's blocks for documentation: an address of theirs never reaches a stranger. */
const documentationBlocks = ["192.0.2", "198.51.100", "203.0.113"];

function freePublicIp(context: OperationContext): string {
  const used = new Set(
    addresses(context)
      .list()
      .map(({ publicIp }) => publicIp),
  );
  for (const block of documentationBlocks)
    for (let host = 1; host < 255; host++) if (!used.has(`${block}.${host}`)) return `${block}.${host}`;
  throw new AwsError("InsufficientAddressCapacity", "There are not enough free addresses to satisfy the request.", 500);
}

export const allocateAddress = operation("ec2", "AllocateAddress", (input, context) => {
  const domain = input.Domain ?? "vpc";
  if (domain !== "vpc") throw invalidParameterValue(`Value (${domain}) for parameter domain is invalid.`);
  if (input.CustomerOwnedIpv4Pool ?? input.PublicIpv4Pool ?? input.IpamPoolId)
    throw new AwsError("UnsupportedOperation", "The embedded cloud has no address pools of one's own.");
  const all = addresses(context).list();
  if (all.length >= mostAddresses) throw new AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.");
  if (input.Address !== undefined && all.some(({ publicIp }) => publicIp === input.Address))
    throw new AwsError("InvalidAddress.Locked", `Address '${input.Address}' is already allocated.`);
  const tags = tagsFrom(input, "elastic-ip");
  const address: AddressRecord = { id: newId(context, "eipalloc"), publicIp: input.Address ?? freePublicIp(context) };
  addresses(context).put(address);
  putNew(context, address.id, tags, input);
  return {
    AllocationId: address.id,
    PublicIp: address.publicIp,
    PublicIpv4Pool: "amazon",
    NetworkBorderGroup: context.region,
    Domain: "vpc" as const,
  };
});

const described = (context: OperationContext, address: AddressRecord): Address => ({
  AllocationId: address.id,
  PublicIp: address.publicIp,
  Domain: "vpc",
  PublicIpv4Pool: "amazon",
  NetworkBorderGroup: context.region,
  ...(address.associationId !== undefined && {
    AssociationId: address.associationId,
    NetworkInterfaceId: address.networkInterfaceId!,
    NetworkInterfaceOwnerId: context.account,
    PrivateIpAddress: address.privateIp!,
  }),
  Tags: tagsOf(context, address.id),
});

const filters: Filters<Address> = {
  "allocation-id": (one) => one.AllocationId,
  "association-id": (one) => one.AssociationId,
  domain: (one) => one.Domain,
  "instance-id": (one) => one.InstanceId,
  "network-border-group": (one) => one.NetworkBorderGroup,
  "network-interface-id": (one) => one.NetworkInterfaceId,
  "network-interface-owner-id": (one) => one.NetworkInterfaceOwnerId,
  "private-ip-address": (one) => one.PrivateIpAddress,
  "public-ip": (one) => one.PublicIp,
};

/** By public address. */
function byPublicIp(context: OperationContext, publicIp: string): AddressRecord {
  const found = addresses(context)
    .list()
    .find((one) => one.publicIp === publicIp);
  if (!found) throw new AwsError("InvalidAddress.NotFound", `Address '${publicIp}' not found.`);
  return found;
}

export const describeAddresses = operation("ec2", "DescribeAddresses", (input, context) => {
  const chosen = [
    ...(input.AllocationIds ?? []).map((id) => addresses(context).must(id)),
    ...(input.PublicIps ?? []).map((publicIp) => byPublicIp(context, publicIp)),
  ];
  const all = input.AllocationIds?.length || input.PublicIps?.length ? chosen : addresses(context).list();
  return {
    Addresses: filtered(
      all.map((one) => described(context, one)),
      input.Filters,
      filters,
      (one) => one.Tags,
    ),
  };
});

export const describeAddressesAttribute = operation("ec2", "DescribeAddressesAttribute", (input, context) => ({
  // No address has a reverse name of its own here, as on AWS until one is asked for.
  Addresses: (
    input.AllocationIds ??
    addresses(context)
      .list()
      .map(({ id }) => id)
  ).map((id) => {
    const { publicIp } = addresses(context).must(id);
    return { PublicIp: publicIp, AllocationId: id };
  }),
}));

/** Binds an address to a private one of a network interface. */
export function bindAddress(context: OperationContext, address: AddressRecord, interfaceId: string, privateIp?: string): string {
  const record = networkInterfaces(context).must(interfaceId);
  const target =
    privateIp === undefined
      ? record.privateIps.find(({ primary }) => primary)!
      : record.privateIps.find((one) => one.address === privateIp);
  if (!target) throw invalidParameterValue(`The private IP address ${privateIp} is not assigned to network interface ${interfaceId}.`);
  if (
    !internetGateways(context)
      .list()
      .some(({ vpcId }) => vpcId === record.vpcId)
  )
    throw new AwsError("Gateway.NotAttached", `Network ${record.vpcId} is not attached to any internet gateway`);
  const associationId = newId(context, "eipassoc");
  target.association = {
    AllocationId: address.id,
    AssociationId: associationId,
    IpOwnerId: context.account,
    PublicIp: address.publicIp,
    PublicDnsName: publicDnsName(context.region, address.publicIp),
  };
  networkInterfaces(context).put(record);
  addresses(context).put({ ...address, associationId, networkInterfaceId: record.id, privateIp: target.address });
  return associationId;
}

/** Takes an address off what it is bound to. */
export function unbindAddress(context: OperationContext, address: AddressRecord): void {
  const record = address.networkInterfaceId === undefined ? undefined : networkInterfaces(context).get(address.networkInterfaceId);
  if (record) {
    for (const one of record.privateIps) if (one.association?.AllocationId === address.id) delete one.association;
    networkInterfaces(context).put(record);
  }
  addresses(context).put({ id: address.id, publicIp: address.publicIp });
}

export const associateAddress = operation("ec2", "AssociateAddress", (input, context) => {
  const { AllocationId: allocationId, PublicIp: publicIp, NetworkInterfaceId: interfaceId, InstanceId: instanceId } = input;
  if (allocationId === undefined && publicIp === undefined) throw missingParameter("AllocationId");
  if (allocationId !== undefined && publicIp !== undefined)
    throw invalidParameterCombination("You may specify public IP or allocation id, but not both in the same call");
  const address = allocationId !== undefined ? addresses(context).must(allocationId) : byPublicIp(context, publicIp!);
  if (instanceId !== undefined) throw new AwsError("InvalidInstanceID.NotFound", `The instance ID '${instanceId}' does not exist`);
  if (interfaceId === undefined) throw missingParameter("instanceId or networkInterfaceId");
  if (address.associationId !== undefined) {
    if (address.networkInterfaceId === interfaceId) return { AssociationId: address.associationId };
    // Of VPC addresses AWS moves them by default; only an explicit no is an error.
    if (input.AllowReassociation === false)
      throw alreadyAssociated(`resource ${address.id} is already associated with associate-id ${address.associationId}`);
    if (address.natGatewayId !== undefined)
      throw new AwsError("AuthFailure", "You do not have permission to access the specified resource.");
    unbindAddress(context, address);
  }
  return { AssociationId: bindAddress(context, addresses(context).must(address.id), interfaceId, input.PrivateIpAddress) };
});

export const disassociateAddress = operation("ec2", "DisassociateAddress", (input, context) => {
  const { AssociationId: id, PublicIp: publicIp } = input;
  if (id === undefined && publicIp === undefined) throw missingParameter("AssociationId");
  const address =
    id !== undefined
      ? addresses(context)
          .list()
          .find(({ associationId }) => associationId === id)
      : byPublicIp(context, publicIp!);
  if (!address) throw notFound("eipassoc", id!);
  if (address.natGatewayId !== undefined) throw new AwsError("AuthFailure", "You do not have permission to access the specified resource.");
  unbindAddress(context, address);
  return {};
});

export const releaseAddress = operation("ec2", "ReleaseAddress", (input, context) => {
  const { AllocationId: id, PublicIp: publicIp } = input;
  if (id === undefined && publicIp === undefined) throw missingParameter("AllocationId");
  const address = id !== undefined ? addresses(context).must(id) : byPublicIp(context, publicIp!);
  if (address.associationId !== undefined) {
    if (address.natGatewayId !== undefined)
      throw new AwsError("AuthFailure", "You do not have permission to access the specified resource.");
    throw new AwsError("InvalidIPAddress.InUse", `Address ${address.publicIp} is in use.`);
  }
  addresses(context).delete(address.id);
  dropTags(context, address.id);
  return {};
});
