/** Mount targets: the address at which a file system is reached in a zone, behind security groups. */
import type { MountTargetDescription } from "@aws-sdk/client-efs";
import type { Cloud } from "../../cloud.ts";
import { mountTargetNotFound } from "./errors.ts";
import { type Place, stateSince } from "./names.ts";

export interface MountTargetRecord {
  /** `fsmt-` and 17 hexadecimal digits. */
  id: string;
  fileSystemId: string;
  subnetId: string;
  vpcId: string;
  zone: { name: string; id: string };
  address: string;
  networkInterfaceId: string;
  securityGroups: string[];
  createdMs: number;
}

const records = (cloud: Cloud) => cloud.store.collection<MountTargetRecord>("efs-mount-target");

export const mountTargetsOf = ({ cloud, region }: Place, fileSystemId: string): MountTargetRecord[] =>
  records(cloud)
    .list(region)
    .filter((target) => target.fileSystemId === fileSystemId);

export const peekMountTarget = ({ cloud, region }: Place, id: string): MountTargetRecord | undefined => records(cloud).get(region, id);

export function requireMountTarget(place: Place, id: string): MountTargetRecord {
  const found = peekMountTarget(place, id);
  if (!found) throw mountTargetNotFound(id);
  return found;
}

export function keepMountTarget({ cloud, region }: Place, record: MountTargetRecord): void {
  records(cloud).put(region, record.id, record);
}

export function forgetMountTarget({ cloud, region }: Place, id: string): void {
  records(cloud).delete(region, id);
}

export function describeMountTarget({ cloud, account }: Place, record: MountTargetRecord): MountTargetDescription {
  return {
    OwnerId: account,
    MountTargetId: record.id,
    FileSystemId: record.fileSystemId,
    SubnetId: record.subnetId,
    LifeCycleState: stateSince(cloud, record.createdMs),
    IpAddress: record.address,
    NetworkInterfaceId: record.networkInterfaceId,
    AvailabilityZoneId: record.zone.id,
    AvailabilityZoneName: record.zone.name,
    VpcId: record.vpcId,
  };
}
