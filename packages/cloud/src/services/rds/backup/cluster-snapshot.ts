/** A snapshot of a cluster: a consistent copy of its data, with what is needed to make a cluster of it. */
import type { Output } from "../../../aws.ts";
import type { Cloud } from "../../../cloud.ts";
import type { Cluster, ClusterSettings } from "../aurora/cluster.ts";
import { clusterSnapshotNotFound } from "../errors.ts";
import { arnOf } from "../names.ts";
import type { Tag } from "../tags.ts";
import type { KeptSnapshot } from "./kept-snapshot.ts";

export interface ClusterSnapshot extends KeptSnapshot {
  cluster: string;
  clusterCreatedMs?: number | undefined;
  settings: ClusterSettings;
  server: Cluster["server"];
  masterUsername: string;
  /** What the master user still had to be given when it was taken. */
  masterVerifier?: Cluster["masterVerifier"];
  databaseName?: string | undefined;
  zones: string[];
  vpc?: string | undefined;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  source?: string | undefined;
  tags: Tag[];
}

export const clusterSnapshots = (cloud: Cloud) => cloud.store.collection<ClusterSnapshot>("rds.cluster-snapshots");

/** By identifier, or by ARN. */
export function findClusterSnapshot(cloud: Cloud, region: string, identifierOrArn: string): ClusterSnapshot {
  const identifier = identifierOrArn.startsWith("arn:") ? identifierOrArn.split(":").slice(6).join(":") : identifierOrArn;
  const found = clusterSnapshots(cloud).get(region, identifier.toLowerCase());
  if (!found) throw clusterSnapshotNotFound(identifierOrArn);
  return found;
}

type Shape = NonNullable<Output<"rds", "CreateDBClusterSnapshot">["DBClusterSnapshot"]>;

export function clusterSnapshotShape(of: { region: string; account: string }, snapshot: ClusterSnapshot): Shape {
  const { settings } = snapshot;
  return {
    AvailabilityZones: snapshot.zones,
    DBClusterSnapshotIdentifier: snapshot.identifier,
    DBClusterIdentifier: snapshot.cluster,
    ...(snapshot.createdMs !== undefined && { SnapshotCreateTime: new Date(snapshot.createdMs) }),
    Engine: "aurora-postgresql",
    EngineMode: "provisioned",
    AllocatedStorage: 0,
    Status: snapshot.status,
    Port: settings.port,
    ...(snapshot.vpc && { VpcId: snapshot.vpc }),
    ...(snapshot.clusterCreatedMs !== undefined && { ClusterCreateTime: new Date(snapshot.clusterCreatedMs) }),
    MasterUsername: snapshot.masterUsername,
    EngineVersion: settings.engineVersion,
    LicenseModel: "postgresql-license",
    SnapshotType: snapshot.type,
    PercentProgress: snapshot.status === "available" ? 100 : 0,
    StorageEncrypted: snapshot.encrypted,
    ...(snapshot.kmsKeyId && { KmsKeyId: snapshot.kmsKeyId }),
    DBClusterSnapshotArn: arnOf(of, "cluster-snapshot", snapshot.identifier),
    ...(snapshot.source && { SourceDBClusterSnapshotArn: snapshot.source }),
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    TagList: snapshot.tags,
    DbClusterResourceId: snapshot.resourceId,
    StorageType: settings.storageType,
    BackupRetentionPeriod: settings.backupRetentionDays,
    PreferredBackupWindow: settings.backupWindow,
  };
}
