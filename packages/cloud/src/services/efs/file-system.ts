/** File systems: their records, the folder that their files lie in, and what describes say of them. */
import type {
  FileSystemDescription,
  LifecyclePolicy,
  PerformanceMode,
  ReplicationOverwriteProtection,
  ThroughputMode,
} from "@aws-sdk/client-efs";
import type { Cloud } from "../../cloud.ts";
import { fileSystemNotFound, notAvailable } from "./errors.ts";
import { mountTargetsOf } from "./mount-target.ts";
import { fileSystemArn, idOf, type Place, stateSince } from "./names.ts";
import { allTags, nameOf, type Tag } from "./tags.ts";
import { usedBytes } from "./used-bytes.ts";

export interface FileSystemRecord {
  /** `fs-` and 17 hexadecimal digits. */
  id: string;
  token: string;
  createdMs: number;
  performanceMode: PerformanceMode;
  throughputMode: ThroughputMode;
  provisionedMibps?: number;
  encrypted: boolean;
  kmsKeyId?: string;
  /** Of a One Zone file system. */
  zone?: { name: string; id: string };
  tags: Tag[];
  /** CloudFormation's, by which a stack knows what it made. */
  systemTags: Record<string, string>;
  /** Absent: never set. */
  backup?: "ENABLED" | "DISABLED";
  lifecycle: LifecyclePolicy[];
  /** JSON text. Absent: whoever reaches a mount target may do everything. */
  policy?: string;
  /** Absent: never set, which is ENABLED. */
  overwriteProtection?: ReplicationOverwriteProtection;
}

const records = (cloud: Cloud) => cloud.store.collection<FileSystemRecord>("efs-file-system");

export const listFileSystems = ({ cloud, region }: Place): FileSystemRecord[] => records(cloud).list(region);
export const allFileSystems = (cloud: Cloud): { region: string; fileSystem: FileSystemRecord }[] =>
  records(cloud)
    .all()
    .map(({ scope, value }) => ({ region: scope, fileSystem: value }));

/** By id or ARN. */
export const peekFileSystem = ({ cloud, region }: Place, given: string): FileSystemRecord | undefined =>
  records(cloud).get(region, idOf(given));

export function requireFileSystem(place: Place, given: string): FileSystemRecord {
  const found = peekFileSystem(place, given);
  if (!found) throw fileSystemNotFound(idOf(given));
  return found;
}

/** One that can be changed: no longer `creating`. */
export function requireAvailable(place: Place, given: string): FileSystemRecord {
  const found = requireFileSystem(place, given);
  if (stateSince(place.cloud, found.createdMs) !== "available") throw notAvailable(found.id);
  return found;
}

export function keepFileSystem({ cloud, region }: Place, record: FileSystemRecord): void {
  records(cloud).put(region, record.id, record);
}

export function forgetFileSystem({ cloud, region }: Place, id: string): void {
  records(cloud).delete(region, id);
}

export async function describeFileSystem(place: Place, record: FileSystemRecord): Promise<FileSystemDescription> {
  const { cloud, account } = place;
  const bytes = await usedBytes(cloud, record.id);
  return {
    OwnerId: account,
    CreationToken: record.token,
    FileSystemId: record.id,
    FileSystemArn: fileSystemArn(place, record.id),
    CreationTime: new Date(record.createdMs),
    LifeCycleState: stateSince(cloud, record.createdMs),
    Name: nameOf(record.tags) ?? "",
    NumberOfMountTargets: mountTargetsOf(place, record.id).length,
    SizeInBytes: {
      Value: bytes,
      Timestamp: new Date(cloud.world.clock.nowMs()),
      ValueInIA: 0,
      ValueInStandard: bytes,
      ValueInArchive: 0,
    },
    PerformanceMode: record.performanceMode,
    Encrypted: record.encrypted,
    ...(record.kmsKeyId !== undefined && { KmsKeyId: record.kmsKeyId }),
    ThroughputMode: record.throughputMode,
    ...(record.provisionedMibps !== undefined && { ProvisionedThroughputInMibps: record.provisionedMibps }),
    ...(record.zone && { AvailabilityZoneName: record.zone.name, AvailabilityZoneId: record.zone.id }),
    Tags: allTags(record),
    ...(record.overwriteProtection !== undefined && {
      FileSystemProtection: { ReplicationOverwriteProtection: record.overwriteProtection },
    }),
  };
}
