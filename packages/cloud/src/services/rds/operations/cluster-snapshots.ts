/** Snapshots of clusters: made, described, copied, deleted, and made to clusters again; clusters as they were at a time. */
import { copyFolder } from "../../../runtime/postgres/data-folder.ts";
import { archiveFinished } from "../../../runtime/postgres/log-archive.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type Cluster, clusters, findCluster } from "../aurora/cluster.ts";
import { clusterShape } from "../aurora/cluster-shape.ts";
import { clusterData } from "../aurora/data.ts";
import { createCluster } from "../aurora/life.ts";
import { newCluster } from "../aurora/new-cluster.ts";
import { archiveFolder } from "../backup/archive.ts";
import { type ClusterSnapshot, clusterSnapshots, clusterSnapshotShape, findClusterSnapshot } from "../backup/cluster-snapshot.ts";
import { recordClusterSnapshot, takeClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { removeSnapshot, snapshotFolder } from "../backup/kept-snapshot.ts";
import { checkMoment } from "../backup/moment.ts";
import { checkEngine, majorOf, resolveVersion } from "../engine-versions.ts";
import {
  clusterSnapshotExists,
  invalidClusterSnapshotState,
  invalidClusterState,
  invalidCombination,
  invalidValue,
  notEmulated,
} from "../errors.ts";
import { applyFilters } from "../filters.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { arnOf, checkIdentifier, checkSnapshotName, isAwsBackup } from "../names.ts";
import { verifierOf } from "../new-instance.ts";
import { runningServer } from "../servers.ts";
import { checkedTags } from "../tags.ts";
import { clusterWork } from "../work.ts";

export const createDBClusterSnapshot = operation("rds", "CreateDBClusterSnapshot", (input, context) => {
  const { cloud, region } = context;
  const { identifier, type } = checkSnapshotName(context.principal, "DBClusterSnapshotIdentifier", input.DBClusterSnapshotIdentifier!);
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (clusterSnapshots(cloud).has(region, identifier)) throw clusterSnapshotExists(identifier);
  if (!["available", "stopped", "backing-up"].includes(cluster.status)) {
    throw invalidClusterState(`DB cluster ${cluster.identifier} is not in a state in which a snapshot can be taken: ${cluster.status}.`);
  }
  const snapshot = recordClusterSnapshot(cloud, region, cluster, identifier, { tags: checkedTags(input.Tags), type });
  void clusterWork(cloud, region, cluster.resourceId, () => takeClusterSnapshot(cloud, region, identifier));
  return { DBClusterSnapshot: clusterSnapshotShape(context, snapshot) };
});

export const describeDBClusterSnapshots = operation("rds", "DescribeDBClusterSnapshots", (input, context) => {
  const { cloud, region } = context;
  const named = input.DBClusterSnapshotIdentifier;
  let all = named ? [findClusterSnapshot(cloud, region, named)] : clusterSnapshots(cloud).list(region);
  if (input.DBClusterIdentifier) {
    const identifier = input.DBClusterIdentifier.replace(/^arn:.*:cluster:/, "").toLowerCase();
    all = all.filter(({ cluster }) => cluster === identifier);
  }
  if (input.DbClusterResourceId) all = all.filter(({ resourceId }) => resourceId === input.DbClusterResourceId);
  if (input.SnapshotType && !["automated", "manual", "shared", "public", "awsbackup"].includes(input.SnapshotType))
    throw invalidValue(`Invalid value for SnapshotType: ${input.SnapshotType}`);
  if (input.SnapshotType) all = all.filter(({ type }) => type === input.SnapshotType);
  const filtered = applyFilters(all, input.Filters, {
    "db-cluster-id": ({ cluster }: ClusterSnapshot) => [cluster, arnOf(context, "cluster", cluster)],
    "db-cluster-snapshot-id": ({ identifier }: ClusterSnapshot) => [identifier],
    "snapshot-type": ({ type }: ClusterSnapshot) => [type],
    engine: () => ["aurora-postgresql"],
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "DBClusterSnapshots");
  return { DBClusterSnapshots: items.map((snapshot) => clusterSnapshotShape(context, snapshot)), ...(Marker && { Marker }) };
});

export const copyDBClusterSnapshot = operation("rds", "CopyDBClusterSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const sourceRegion = /^arn:[^:]+:rds:([^:]+):/.exec(input.SourceDBClusterSnapshotIdentifier!)?.[1] ?? region;
  const source = findClusterSnapshot(cloud, sourceRegion, input.SourceDBClusterSnapshotIdentifier!);
  const named = input.TargetDBClusterSnapshotIdentifier!;
  const { identifier, type } = checkSnapshotName(context.principal, "TargetDBClusterSnapshotIdentifier", named);
  if (clusterSnapshots(cloud).has(region, identifier)) throw clusterSnapshotExists(identifier);
  mustBeAvailable(source);
  const copy: ClusterSnapshot = {
    ...source,
    identifier,
    type,
    folder: cloud.world.random.hex(16),
    createdMs: cloud.world.clock.nowMs(),
    source: arnOf({ region: sourceRegion, account: context.account }, "cluster-snapshot", source.identifier),
    tags: [...(input.CopyTags ? source.tags : []), ...checkedTags(input.Tags)],
    ...(input.KmsKeyId && { encrypted: true, kmsKeyId: input.KmsKeyId }),
  };
  const [from, to] = [snapshotFolder(cloud, sourceRegion, source.folder), snapshotFolder(cloud, region, copy.folder)];
  await copyFolder(cloud, `${from}/data`, `${to}/data`);
  clusterSnapshots(cloud).put(region, identifier, copy);
  return { DBClusterSnapshot: clusterSnapshotShape(context, copy) };
});

export const deleteDBClusterSnapshot = operation("rds", "DeleteDBClusterSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const snapshot = findClusterSnapshot(cloud, region, input.DBClusterSnapshotIdentifier!);
  mustBeAvailable(snapshot);
  if (snapshot.type === "automated") throw invalidClusterSnapshotState("Automated cluster snapshots cannot be deleted.");
  if (snapshot.type === "awsbackup" && !isAwsBackup(context.principal)) {
    throw invalidClusterSnapshotState(
      `The cluster snapshot ${snapshot.identifier} is managed by AWS Backup: delete its recovery point there.`,
    );
  }
  await removeSnapshot(cloud, region, snapshot);
  return { DBClusterSnapshot: { ...clusterSnapshotShape(context, snapshot), Status: "deleted" } };
});

/** Who may restore it: nobody else, as sharing is refused. */
export const describeDBClusterSnapshotAttributes = operation("rds", "DescribeDBClusterSnapshotAttributes", (input, { cloud, region }) => {
  const { identifier } = findClusterSnapshot(cloud, region, input.DBClusterSnapshotIdentifier!);
  return {
    DBClusterSnapshotAttributesResult: {
      DBClusterSnapshotIdentifier: identifier,
      DBClusterSnapshotAttributes: [{ AttributeName: "restore", AttributeValues: [] }],
    },
  };
});

export const restoreDBClusterFromSnapshot = operation("rds", "RestoreDBClusterFromSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("DBClusterIdentifier", input.DBClusterIdentifier!, 63);
  checkEngine(input.Engine!);
  if (input.Engine !== "aurora-postgresql") {
    throw invalidCombination(`The engine ${input.Engine} does not go with the snapshot: it is of aurora-postgresql.`);
  }
  const named = input.SnapshotIdentifier!;
  if (/^arn:[^:]+:rds:[^:]+:[^:]+:snapshot:/.test(named)) throw notEmulated("clusters made of a DB instance's snapshot");
  const snapshot = findClusterSnapshot(cloud, region, named);
  mustBeAvailable(snapshot);
  const { settings } = snapshot;
  const engineVersion = versionToRestore(snapshot, input.EngineVersion);
  return restored(
    context,
    input,
    identifier,
    { ...snapshot, settings: { ...settings, engineVersion }, storageEncrypted: snapshot.encrypted },
    {
      source: { folder: folderOf(region, snapshot), words: `Restored from snapshot ${snapshot.identifier}` },
    },
  );
});

export const restoreDBClusterToPointInTime = operation("rds", "RestoreDBClusterToPointInTime", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("DBClusterIdentifier", input.DBClusterIdentifier!, 63);
  if ((input.SourceDBClusterIdentifier === undefined) === (input.SourceDbClusterResourceId === undefined)) {
    throw invalidCombination("You must specify exactly one of SourceDBClusterIdentifier and SourceDbClusterResourceId.");
  }
  const source =
    input.SourceDBClusterIdentifier !== undefined
      ? findCluster(cloud, region, input.SourceDBClusterIdentifier)
      : clusters(cloud)
          .list(region)
          .find(({ resourceId }) => resourceId === input.SourceDbClusterResourceId);
  if (!source) throw invalidValue(`No DB cluster has the resource id ${input.SourceDbClusterResourceId}.`);
  if (source.createdMs === undefined || source.status === "failed") {
    throw invalidClusterState(`The DB cluster ${source.identifier} cannot be restored from while it is ${source.status}.`);
  }
  if (input.RestoreType && !["full-copy", "copy-on-write"].includes(input.RestoreType)) {
    throw invalidValue(`Invalid RestoreType: ${input.RestoreType}. Valid values are full-copy and copy-on-write.`);
  }
  // A clone is a restore to now: here both are copies.
  const asked = {
    RestoreTime: input.RestoreToTime,
    UseLatestRestorableTime: input.UseLatestRestorableTime || (input.RestoreType === "copy-on-write" && !input.RestoreToTime),
  };
  const { base, targetTime } = checkMoment(cloud, region, source, asked);
  return restored(context, input, identifier, source, { recovery: { resourceId: source.resourceId, base: base.folder, targetTime } }, () =>
    archiveUntilNow(context, source),
  );
});

interface Origin extends Pick<
  Cluster,
  "settings" | "masterUsername" | "masterVerifier" | "databaseName" | "server" | "storageEncrypted" | "kmsKeyId" | "tags"
> {}

type Given = NonNullable<Parameters<typeof newCluster>[1]> & {
  ManageMasterUserPassword?: boolean | undefined;
  MasterUserSecretKmsKeyId?: string | undefined;
};

/** The new cluster, with what the request says of it and else as its origin was. */
async function restored(
  context: OperationContext,
  input: Given,
  identifier: string,
  origin: Origin,
  begins: Pick<Cluster, "source" | "recovery">,
  before: () => Promise<void> = async () => {},
) {
  const { cloud, region } = context;
  const { settings } = origin;
  const { capacity } = settings;
  const made = await newCluster(
    context,
    {
      BackupRetentionPeriod: settings.backupRetentionDays,
      PreferredBackupWindow: settings.backupWindow,
      StorageType: settings.storageType,
      ...(capacity && {
        ServerlessV2ScalingConfiguration: {
          MinCapacity: capacity.min,
          MaxCapacity: capacity.max,
          ...(capacity.pauseAfterSeconds !== undefined && { SecondsUntilAutoPause: capacity.pauseAfterSeconds }),
        },
      }),
      ...input,
      Port: input.Port ?? settings.port,
      StorageEncrypted: origin.storageEncrypted,
      ...(origin.kmsKeyId && { KmsKeyId: origin.kmsKeyId }),
      Tags: input.Tags ?? origin.tags,
    },
    { identifier, engineVersion: settings.engineVersion, masterUsername: origin.masterUsername, databaseName: origin.databaseName },
  );
  await before();
  const kmsKeyId = input.MasterUserSecretKmsKeyId;
  const secret =
    input.ManageMasterUserPassword &&
    (await makeMasterSecret(cloud, region, { identifier, username: made.masterUsername, kmsKeyId, kind: "cluster" }));
  const cluster: Cluster = {
    ...made,
    ...begins,
    server: origin.server,
    masterVerifier: origin.masterVerifier,
    ...(secret && {
      masterSecret: { arn: secret.arn },
      masterVerifier: { verifier: verifierOf(context, secret.password), first: origin.masterVerifier?.first ?? false },
    }),
  };
  clusters(cloud).put(region, identifier, cluster);
  void clusterWork(cloud, region, cluster.resourceId, (name) => createCluster(cloud, region, name));
  return { DBCluster: clusterShape(context, cluster) };
}

function mustBeAvailable({ identifier, status }: ClusterSnapshot): void {
  if (status !== "available" && status !== "failed")
    throw invalidClusterSnapshotState(`The cluster snapshot ${identifier} is not in the available state.`);
}

/** Below the state folder. */
function folderOf(region: string, snapshot: ClusterSnapshot): string {
  return ["rds", region, "snapshots", snapshot.folder, "data"].join("/");
}

/** A snapshot's data belongs to its major version; the minor may be a later one. */
function versionToRestore({ identifier, settings }: ClusterSnapshot, asked: string | undefined): string {
  const present = settings.engineVersion;
  if (asked === undefined || asked === present) return present;
  const { version: wanted } = resolveVersion(asked, "aurora-postgresql");
  const minor = (version: string) => Number(version.split(".")[1]);
  if (majorOf(wanted) === majorOf(present) && minor(wanted) >= minor(present)) return wanted;
  throw invalidCombination(
    `The snapshot ${identifier} is of aurora-postgresql ${present} and cannot be restored as ${wanted}: name ${present} or a later minor version of ${majorOf(present)}.`,
  );
}

/** What was committed until now comes into the archive, also of a cluster that pauses. */
async function archiveUntilNow({ cloud, region }: OperationContext, cluster: Cluster): Promise<void> {
  const server = cluster.writer === undefined ? undefined : runningServer(cloud, { resourceId: cluster.writer });
  if (server) await server.archiveLog?.();
  else await archiveFinished(cloud, clusterData(cloud, region, cluster), archiveFolder(cloud, region, cluster.resourceId));
}
