/** A DB snapshot: a consistent copy of an instance's data, with what is needed to make an instance of it. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import type { KeptSnapshot } from "./backup/kept-snapshot.ts";
import { snapshotNotFound } from "./errors.ts";
import type { Instance, InstanceSettings } from "./instance.ts";
import { arnOf } from "./names.ts";
import type { Tag } from "./tags.ts";

export interface Snapshot extends KeptSnapshot {
  instance: string;
  type: "manual" | "automated" | "awsbackup";
  originallyCreatedMs?: number | undefined;
  instanceCreatedMs?: number | undefined;
  settings: InstanceSettings;
  server: Instance["server"];
  masterUsername: string;
  databaseName?: string | undefined;
  availabilityZone: string;
  vpc?: string | undefined;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  source?: string | undefined;
  sourceRegion?: string | undefined;
  tags: Tag[];
}

export const snapshots = (cloud: Cloud) => cloud.store.collection<Snapshot>("rds.snapshots");

/** By identifier, or by ARN, as several operations allow. */
export function findSnapshot(cloud: Cloud, region: string, identifierOrArn: string): Snapshot {
  const identifier = identifierOrArn.startsWith("arn:") ? identifierOrArn.split(":").slice(6).join(":") : identifierOrArn;
  const found = snapshots(cloud).get(region, identifier.toLowerCase());
  if (!found) throw snapshotNotFound(identifierOrArn);
  return found;
}

/** Notes a snapshot that is now being made; `takeSnapshot` makes it. */
export function recordSnapshot(
  cloud: Cloud,
  region: string,
  instance: Instance,
  identifier: string,
  given: { tags?: Tag[]; type?: Snapshot["type"] } = {},
): Snapshot {
  const tags = [...(instance.settings.copyTagsToSnapshot ? instance.tags : []), ...(given.tags ?? [])];
  const snapshot: Snapshot = {
    identifier,
    instance: instance.identifier,
    resourceId: instance.resourceId,
    type: given.type ?? "manual",
    status: "creating",
    instanceCreatedMs: instance.createdMs,
    settings: instance.settings,
    server: instance.server,
    masterUsername: instance.masterUsername,
    databaseName: instance.databaseName,
    availabilityZone: instance.availabilityZone,
    vpc: instance.subnetGroup?.subnets[0]?.vpc,
    encrypted: instance.storageEncrypted,
    kmsKeyId: instance.kmsKeyId,
    folder: cloud.world.random.hex(16),
    tags: [...new Map(tags.map((tag) => [tag.Key, tag])).values()],
  };
  snapshots(cloud).put(region, identifier, snapshot);
  return snapshot;
}

export type SnapshotShape = NonNullable<Output<"rds", "CreateDBSnapshot">["DBSnapshot"]>;

export function snapshotShape(of: { region: string; account: string }, snapshot: Snapshot): SnapshotShape {
  const { settings } = snapshot;
  return {
    DBSnapshotIdentifier: snapshot.identifier,
    DBInstanceIdentifier: snapshot.instance,
    ...(snapshot.createdMs !== undefined && {
      SnapshotCreateTime: new Date(snapshot.createdMs),
      SnapshotDatabaseTime: new Date(snapshot.createdMs),
    }),
    ...(snapshot.originallyCreatedMs !== undefined && { OriginalSnapshotCreateTime: new Date(snapshot.originallyCreatedMs) }),
    Engine: "postgres",
    AllocatedStorage: settings.allocatedStorage,
    Status: snapshot.status,
    Port: settings.port,
    AvailabilityZone: snapshot.availabilityZone,
    ...(snapshot.vpc && { VpcId: snapshot.vpc }),
    ...(snapshot.instanceCreatedMs !== undefined && { InstanceCreateTime: new Date(snapshot.instanceCreatedMs) }),
    MasterUsername: snapshot.masterUsername,
    EngineVersion: settings.engineVersion,
    LicenseModel: settings.licenseModel,
    SnapshotType: snapshot.type,
    ...(settings.iops !== undefined && { Iops: settings.iops }),
    StorageThroughput: settings.storageThroughput ?? 0,
    OptionGroupName: settings.optionGroup,
    PercentProgress: snapshot.status === "available" ? 100 : 0,
    ...(snapshot.source && { SourceDBSnapshotIdentifier: snapshot.source }),
    ...(snapshot.sourceRegion && { SourceRegion: snapshot.sourceRegion }),
    StorageType: settings.storageType,
    Encrypted: snapshot.encrypted,
    ...(snapshot.kmsKeyId && { KmsKeyId: snapshot.kmsKeyId }),
    BackupRetentionPeriod: settings.backupRetentionDays,
    PreferredBackupWindow: settings.backupWindow,
    DBSnapshotArn: arnOf(of, "snapshot", snapshot.identifier),
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    DbiResourceId: snapshot.resourceId,
    TagList: snapshot.tags,
    SnapshotTarget: "region",
    DedicatedLogVolume: settings.dedicatedLogVolume,
    ProcessorFeatures: [],
  };
}
