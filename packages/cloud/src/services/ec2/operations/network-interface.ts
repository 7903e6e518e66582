/** The operations on network interfaces. */
import type { NetworkInterface } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { invalidParameterCombination, invalidParameterValue, missingParameter, notFound } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { describedNetworkInterface, makeNetworkInterface, removeNetworkInterface } from "../network-interface.ts";
import { addresses, type NetworkInterfaceRecord, networkInterfaces, securityGroups, subnets } from "../shelf.ts";
import { allocateAddress } from "../subnet.ts";
import { putNew, tagsFrom } from "../tags.ts";
import { defaultGroup } from "../vpc.ts";

const requesterOf = (context: OperationContext) => (context.principal.kind === "service" ? context.principal.service : undefined);

/** The groups, which must be of the VPC. */
function groupsOf(context: OperationContext, ids: readonly string[], vpcId: string): string[] {
  for (const id of ids)
    if (securityGroups(context).must(id).vpcId !== vpcId)
      throw new AwsError("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.");
  return [...new Set(ids)];
}

export const createNetworkInterface = operation("ec2", "CreateNetworkInterface", (input, context) => {
  const { ClientToken: clientToken } = input;
  const earlier =
    clientToken &&
    networkInterfaces(context)
      .list()
      .find((one) => one.clientToken === clientToken);
  if (earlier) return { NetworkInterface: describedNetworkInterface(context, earlier), ClientToken: clientToken };
  const subnet = subnets(context).must(input.SubnetId!);
  if (
    input.Ipv6AddressCount ||
    input.Ipv6Addresses?.length ||
    input.Ipv4Prefixes?.length ||
    input.Ipv6Prefixes?.length ||
    input.Ipv4PrefixCount ||
    input.Ipv6PrefixCount
  )
    throw new AwsError("UnsupportedOperation", "The embedded cloud's network interfaces have IPv4 addresses only.");
  if (input.InterfaceType !== undefined && input.InterfaceType !== ("interface" as string))
    throw new AwsError("UnsupportedOperation", `The embedded cloud has no network interfaces of the type ${input.InterfaceType}.`);
  const groupIds = input.Groups?.length ? groupsOf(context, input.Groups, subnet.vpcId) : [defaultGroup(context, subnet.vpcId).id];
  const listed = input.PrivateIpAddresses ?? [];
  const primary = input.PrivateIpAddress ?? listed.find((one) => one.Primary)?.PrivateIpAddress;
  if (listed.filter((one) => one.Primary).length > 1) throw invalidParameterValue("You can only specify one primary private IP address");
  const tags = tagsFrom(input, "network-interface");
  const requester = requesterOf(context);
  const record = makeNetworkInterface(context, {
    subnet,
    ...(input.Description !== undefined && { description: input.Description }),
    groupIds,
    privateIp: primary,
    ...(requester !== undefined && { requester }),
    ...(clientToken !== undefined && { clientToken }),
  });
  for (const one of listed.filter(({ Primary, PrivateIpAddress }) => !Primary && PrivateIpAddress !== primary))
    addPrivateIp(context, record, one.PrivateIpAddress);
  for (let count = input.SecondaryPrivateIpAddressCount ?? 0; count > 0; count--) addPrivateIp(context, record, undefined);
  putNew(context, record.id, tags, input);
  const { Attachment: _, ...described } = describedNetworkInterface(context, record);
  // AWS's answer here is `pending`, which the SDK's types leave out.
  return {
    NetworkInterface: { ...described, Status: "pending" as "available" },
    ...(clientToken !== undefined && { ClientToken: clientToken }),
  };
});

function addPrivateIp(context: OperationContext, record: NetworkInterfaceRecord, wanted: string | undefined): string {
  const address = allocateAddress(context, subnets(context).must(record.subnetId), wanted);
  record.privateIps.push({ address, primary: false });
  networkInterfaces(context).put(record);
  return address;
}

const filters: Filters<NetworkInterface> = {
  "addresses.association.owner-id": (one) => one.PrivateIpAddresses?.map((address) => address.Association?.IpOwnerId),
  "addresses.association.public-ip": (one) => one.PrivateIpAddresses?.map((address) => address.Association?.PublicIp),
  "addresses.primary": (one) => one.PrivateIpAddresses?.map((address) => address.Primary),
  "addresses.private-ip-address": (one) => one.PrivateIpAddresses?.map((address) => address.PrivateIpAddress),
  "association.allocation-id": (one) => one.Association?.AllocationId,
  "association.association-id": (one) => one.Association?.AssociationId,
  "association.ip-owner-id": (one) => one.Association?.IpOwnerId,
  "association.public-dns-name": (one) => one.Association?.PublicDnsName,
  "association.public-ip": (one) => one.Association?.PublicIp,
  "attachment.attachment-id": (one) => one.Attachment?.AttachmentId,
  "attachment.delete-on-termination": (one) => one.Attachment?.DeleteOnTermination,
  "attachment.device-index": (one) => one.Attachment?.DeviceIndex,
  "attachment.instance-id": (one) => one.Attachment?.InstanceId,
  "attachment.instance-owner-id": (one) => one.Attachment?.InstanceOwnerId,
  "attachment.status": (one) => one.Attachment?.Status,
  "availability-zone": (one) => one.AvailabilityZone,
  description: (one) => one.Description,
  "group-id": (one) => one.Groups?.map(({ GroupId }) => GroupId),
  "group-name": (one) => one.Groups?.map(({ GroupName }) => GroupName),
  "interface-type": (one) => one.InterfaceType,
  "ipv6-addresses.ipv6-address": () => [],
  "mac-address": (one) => one.MacAddress,
  "network-interface-id": (one) => one.NetworkInterfaceId,
  "owner-id": (one) => one.OwnerId,
  "private-dns-name": (one) => one.PrivateDnsName,
  "private-ip-address": (one) => one.PrivateIpAddress,
  "requester-id": (one) => one.RequesterId,
  "requester-managed": (one) => one.RequesterManaged,
  "source-dest-check": (one) => one.SourceDestCheck,
  status: (one) => one.Status,
  "subnet-id": (one) => one.SubnetId,
  "vpc-id": (one) => one.VpcId,
};

export const describeNetworkInterfaces = operation("ec2", "DescribeNetworkInterfaces", (input, context) => {
  const { items, ...rest } = describe(
    networkInterfaces(context),
    input.NetworkInterfaceIds,
    input,
    (one) => describedNetworkInterface(context, one),
    filters,
    "networkInterfaceIds",
  );
  return { NetworkInterfaces: items, ...rest };
});

export const describeNetworkInterfaceAttribute = operation("ec2", "DescribeNetworkInterfaceAttribute", (input, context) => {
  const one = describedNetworkInterface(context, networkInterfaces(context).must(input.NetworkInterfaceId));
  const id = { NetworkInterfaceId: one.NetworkInterfaceId! };
  switch (input.Attribute) {
    case "description":
      return { ...id, Description: { Value: one.Description! } };
    case "groupSet":
      return { ...id, Groups: one.Groups! };
    case "sourceDestCheck":
      return { ...id, SourceDestCheck: { Value: one.SourceDestCheck! } };
    case "attachment":
      return { ...id, ...(one.Attachment && { Attachment: one.Attachment }) };
    default:
      throw invalidParameterValue(`Value (${String(input.Attribute)}) for parameter attribute is invalid. Unknown attribute.`);
  }
});

export const modifyNetworkInterfaceAttribute = operation("ec2", "ModifyNetworkInterfaceAttribute", (input, context) => {
  const record = networkInterfaces(context).must(input.NetworkInterfaceId);
  const given = [input.Description, input.Groups, input.SourceDestCheck, input.Attachment].filter((one) => one !== undefined);
  if (given.length === 0) throw missingParameter("attribute");
  if (given.length > 1) throw invalidParameterCombination("Fields for multiple attribute types specified");
  if (input.Description) record.description = input.Description.Value ?? "";
  if (input.Groups) record.groupIds = groupsOf(context, input.Groups, record.vpcId);
  if (input.SourceDestCheck) record.sourceDestCheck = input.SourceDestCheck.Value ?? true;
  if (input.Attachment) {
    if (!record.attachment || record.attachment.id !== input.Attachment.AttachmentId)
      throw notFound("eni-attach", input.Attachment.AttachmentId ?? "");
    record.attachment.deleteOnTermination = input.Attachment.DeleteOnTermination ?? record.attachment.deleteOnTermination;
  }
  networkInterfaces(context).put(record);
  return {};
});

/** Only the service that made an interface for the account takes it away. */
function mayChange(context: OperationContext, record: NetworkInterfaceRecord): void {
  if (record.requester !== undefined && record.requester !== requesterOf(context))
    throw new AwsError("AuthFailure", "You do not have permission to access the specified resource.", 403);
}

export const deleteNetworkInterface = operation("ec2", "DeleteNetworkInterface", (input, context) => {
  const record = networkInterfaces(context).must(input.NetworkInterfaceId);
  mayChange(context, record);
  if (record.attachment && record.requester === undefined)
    throw new AwsError("InvalidParameterValue", `Network interface '${record.id}' is currently in use.`);
  for (const address of addresses(context).list())
    if (address.networkInterfaceId === record.id) addresses(context).put({ id: address.id, publicIp: address.publicIp });
  removeNetworkInterface(context, record.id);
  return {};
});

export const assignPrivateIpAddresses = operation("ec2", "AssignPrivateIpAddresses", (input, context) => {
  const record = networkInterfaces(context).must(input.NetworkInterfaceId);
  const wanted: (string | undefined)[] = input.PrivateIpAddresses?.length
    ? [...input.PrivateIpAddresses]
    : Array.from({ length: input.SecondaryPrivateIpAddressCount ?? 0 }, () => undefined);
  if (wanted.length === 0) throw missingParameter("privateIpAddresses or secondaryPrivateIpAddressCount");
  const assigned = wanted.map((address) => addPrivateIp(context, record, address));
  return {
    NetworkInterfaceId: record.id,
    AssignedPrivateIpAddresses: assigned.map((PrivateIpAddress) => ({ PrivateIpAddress })),
    AssignedIpv4Prefixes: [],
  };
});

export const unassignPrivateIpAddresses = operation("ec2", "UnassignPrivateIpAddresses", (input, context) => {
  const record = networkInterfaces(context).must(input.NetworkInterfaceId);
  for (const address of input.PrivateIpAddresses ?? []) {
    const found = record.privateIps.find((one) => one.address === address);
    if (!found || found.primary) throw invalidParameterValue(`Some of [${address}] are not assigned to interface ${record.id}`);
  }
  record.privateIps = record.privateIps.filter(({ address }) => !input.PrivateIpAddresses?.includes(address));
  networkInterfaces(context).put(record);
  return {};
});
