/** A network interface: its place in a subnet, its addresses, what it is bound to. */
import type { NetworkInterface, NetworkInterfaceType } from "@aws-sdk/client-ec2";
import type { OperationContext } from "../../service.ts";
import { newId } from "./ids.ts";
import { privateDnsName } from "./regions.ts";
import { type NetworkInterfaceRecord, networkInterfaces, securityGroups, type SubnetRecord, vpcs } from "./shelf.ts";
import { allocateAddress } from "./subnet.ts";
import { dropTags, tagsOf } from "./tags.ts";

export interface NewNetworkInterface {
  subnet: SubnetRecord;
  description?: string;
  groupIds?: string[];
  privateIp?: string | undefined;
  type?: NetworkInterfaceRecord["interfaceType"];
  requester?: string;
  clientToken?: string;
  attachment?: NetworkInterfaceRecord["attachment"];
}

/** Makes one with the next free address of its subnet, or with `privateIp`. */
export function makeNetworkInterface(context: OperationContext, wanted: NewNetworkInterface): NetworkInterfaceRecord {
  const { subnet } = wanted;
  const random = context.cloud.world.random.hex(10);
  const record: NetworkInterfaceRecord = {
    id: newId(context, "eni"),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    description: wanted.description ?? "",
    groupIds: wanted.groupIds ?? [],
    // The second digit 2 makes it a locally administered address, as AWS's are.
    macAddress: `02:${random.match(/../g)!.join(":")}`,
    interfaceType: wanted.type ?? "interface",
    privateIps: [{ address: allocateAddress(context, subnet, wanted.privateIp), primary: true }],
    sourceDestCheck: wanted.type !== "nat_gateway",
    ...(wanted.requester !== undefined && { requester: wanted.requester }),
    ...(wanted.clientToken !== undefined && { clientToken: wanted.clientToken }),
    ...(wanted.attachment && { attachment: wanted.attachment }),
  };
  networkInterfaces(context).put(record);
  return record;
}

/** Forgets it, bound or not. */
export function removeNetworkInterface(context: OperationContext, id: string): void {
  networkInterfaces(context).delete(id);
  dropTags(context, id);
}

export function describedNetworkInterface(context: OperationContext, one: NetworkInterfaceRecord): NetworkInterface {
  const dnsHostnames = vpcs(context).get(one.vpcId)?.dnsHostnames ?? false;
  const dnsName = (address: string) => dnsHostnames && { PrivateDnsName: privateDnsName(context.region, address) };
  const primary = one.privateIps.find((address) => address.primary)!;
  const { attachment } = one;
  return {
    NetworkInterfaceId: one.id,
    VpcId: one.vpcId,
    SubnetId: one.subnetId,
    AvailabilityZone: one.zone,
    OwnerId: context.account,
    Description: one.description,
    InterfaceType: one.interfaceType as NetworkInterfaceType,
    MacAddress: one.macAddress,
    Groups: one.groupIds.map((GroupId) => ({ GroupId, GroupName: securityGroups(context).get(GroupId)?.name ?? "" })),
    PrivateIpAddress: primary.address,
    ...dnsName(primary.address),
    PrivateIpAddresses: one.privateIps.map(({ address, primary, association }) => ({
      PrivateIpAddress: address,
      Primary: primary,
      ...dnsName(address),
      ...(association && { Association: association }),
    })),
    Ipv6Addresses: [],
    ...(primary.association && { Association: primary.association }),
    ...(attachment && {
      Attachment: {
        AttachmentId: attachment.id,
        AttachTime: new Date(attachment.attachedMs),
        DeleteOnTermination: attachment.deleteOnTermination,
        DeviceIndex: attachment.deviceIndex,
        NetworkCardIndex: 0,
        ...(attachment.instanceId !== undefined && { InstanceId: attachment.instanceId }),
        InstanceOwnerId: attachment.ownerId,
        Status: "attached",
      },
    }),
    RequesterManaged: one.requester !== undefined,
    ...(one.requester !== undefined && { RequesterId: one.requester }),
    SourceDestCheck: one.sourceDestCheck,
    Status: attachment ? "in-use" : "available",
    TagSet: tagsOf(context, one.id),
  };
}
