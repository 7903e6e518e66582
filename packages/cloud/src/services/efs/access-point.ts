/** Access points: a folder of a file system as whose root clients see it, and the user as whom all of them read and write. */
import type { AccessPointDescription } from "@aws-sdk/client-efs";
import type { Cloud } from "../../cloud.ts";
import { accessPointNotFound } from "./errors.ts";
import { accessPointArn, idOf, type Place, stateSince } from "./names.ts";
import { allTags, nameOf, type Tag } from "./tags.ts";

export interface PosixUser {
  Uid: number;
  Gid: number;
  SecondaryGids?: number[];
}

export interface RootDirectory {
  Path: string;
  /** With what the folder is made when it is not there at a mount. */
  CreationInfo?: { OwnerUid: number; OwnerGid: number; Permissions: string };
}

export interface AccessPointRecord {
  /** `fsap-` and 17 hexadecimal digits. */
  id: string;
  token: string;
  fileSystemId: string;
  posixUser?: PosixUser;
  rootDirectory: RootDirectory;
  tags: Tag[];
  systemTags: Record<string, string>;
  createdMs: number;
}

const records = (cloud: Cloud) => cloud.store.collection<AccessPointRecord>("efs-access-point");

export const listAccessPoints = ({ cloud, region }: Place): AccessPointRecord[] => records(cloud).list(region);

/** By id or ARN. */
export const peekAccessPoint = ({ cloud, region }: Place, given: string): AccessPointRecord | undefined =>
  records(cloud).get(region, idOf(given));

export function requireAccessPoint(place: Place, given: string): AccessPointRecord {
  const found = peekAccessPoint(place, given);
  if (!found) throw accessPointNotFound(idOf(given));
  return found;
}

export function keepAccessPoint({ cloud, region }: Place, record: AccessPointRecord): void {
  records(cloud).put(region, record.id, record);
}

export function forgetAccessPoint({ cloud, region }: Place, id: string): void {
  records(cloud).delete(region, id);
}

export function describeAccessPoint(place: Place, record: AccessPointRecord): AccessPointDescription {
  const name = nameOf(record.tags);
  return {
    ClientToken: record.token,
    ...(name !== undefined && { Name: name }),
    Tags: allTags(record),
    AccessPointId: record.id,
    AccessPointArn: accessPointArn(place, record.id),
    FileSystemId: record.fileSystemId,
    ...(record.posixUser && { PosixUser: record.posixUser }),
    RootDirectory: record.rootDirectory,
    OwnerId: place.account,
    LifeCycleState: stateSince(place.cloud, record.createdMs),
  };
}
