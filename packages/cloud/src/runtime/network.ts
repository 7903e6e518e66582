/**
 * What whoever runs something tells EC2 about its network interface: that it is in use, and at which public address it answers.
 * AWS's operations have no members for either, so this writes EC2's own record (services/ec2/shelf.ts); describes then say it.
 */
import type { NetworkInterfaceAssociation } from "@aws-sdk/client-ec2";
import type { Cloud } from "../cloud.ts";

interface InterfaceRecord {
  privateIps: { primary: boolean; association?: NetworkInterfaceAssociation }[];
  attachment?: { id: string; ownerId: string; deviceIndex: number; deleteOnTermination: boolean; attachedMs: number };
}

/** Whether there is such an interface; `change` gets it to alter. */
function alter(cloud: Cloud, region: string, networkInterfaceId: string, change: (record: InterfaceRecord) => void): boolean {
  const kept = cloud.store.collection<InterfaceRecord>("ec2:network-interface");
  return cloud.store.transaction(() => {
    const record = kept.get(region, networkInterfaceId);
    if (!record) return false;
    change(record);
    kept.put(region, networkInterfaceId, record);
    return true;
  });
}

/**
 * The interface's public address is `address` from now on (a loopback address: there is no other on a laptop), until the
 * interface is deleted. Answers whether there is such an interface.
 */
export function attachPublicAddress(cloud: Cloud, region: string, networkInterfaceId: string, address: string): boolean {
  return alter(cloud, region, networkInterfaceId, (record) => {
    const primary = record.privateIps.find((one) => one.primary);
    // `amazon` owns an address that comes and goes with the interface; the name that resolves everywhere is the address itself.
    if (primary) primary.association = { IpOwnerId: "amazon", PublicIp: address, PublicDnsName: address };
  });
}

/** The interface is in use by something of the account's, as a task: its status is `in-use`, and users cannot delete it. */
export function attachNetworkInterface(cloud: Cloud, region: string, networkInterfaceId: string): boolean {
  const { clock, random } = cloud.world;
  return alter(cloud, region, networkInterfaceId, (record) => {
    record.attachment ??= {
      id: `eni-attach-0${random.hex(16)}`,
      ownerId: cloud.account,
      deviceIndex: 1,
      deleteOnTermination: false,
      attachedMs: clock.nowMs(),
    };
  });
}
