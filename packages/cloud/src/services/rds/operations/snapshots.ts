/** CreateDBSnapshot, DescribeDBSnapshots, CopyDBSnapshot, DeleteDBSnapshot, RestoreDBInstanceFromDBSnapshot. */
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { copyFolder } from "../../../runtime/postgres/data-folder.ts";
import { checkEngine } from "../engine-versions.ts";
import { invalidInstanceState, invalidSnapshotState, invalidValue, notEmulated, snapshotExists } from "../errors.ts";
import { findInstance, instances } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { create } from "../life.ts";
import { work } from "../work.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { arnOf, checkIdentifier, checkSnapshotName, isAwsBackup } from "../names.ts";
import { newInstance, verifierOf } from "../new-instance.ts";
import { applyFilters } from "../filters.ts";
import { findSnapshot, recordSnapshot, type Snapshot, snapshots, snapshotShape } from "../snapshot.ts";
import { snapshotFolder, removeSnapshot } from "../backup/kept-snapshot.ts";
import { takeSnapshot } from "../take-snapshot.ts";
import { settingsToRestore } from "../restored-settings.ts";
import { checkedTags } from "../tags.ts";

export const createDBSnapshot = operation("rds", "CreateDBSnapshot", (input, context) => {
  const { cloud, region } = context;
  const { identifier, type } = checkSnapshotName(context.principal, "DBSnapshotIdentifier", input.DBSnapshotIdentifier!);
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  if (instance.member) {
    throw invalidValue(
      "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.",
    );
  }
  if (snapshots(cloud).has(region, identifier)) throw snapshotExists(identifier);
  if (!["available", "stopped"].includes(instance.status)) {
    throw invalidInstanceState(
      `Cannot create a snapshot because the database instance ${instance.identifier} is not currently in the available state.`,
    );
  }
  const snapshot = recordSnapshot(cloud, region, instance, identifier, { tags: checkedTags(input.Tags), type });
  // A snapshot that fails says so itself; the instance goes on.
  void work(cloud, region, instance.resourceId, () => takeSnapshot(cloud, region, identifier).catch(() => {}));
  return { DBSnapshot: snapshotShape(context, snapshot) };
});

export const describeDBSnapshots = operation("rds", "DescribeDBSnapshots", (input, context) => {
  const { cloud, region } = context;
  let all = input.DBSnapshotIdentifier ? [findSnapshot(cloud, region, input.DBSnapshotIdentifier)] : snapshots(cloud).list(region);
  if (input.DBInstanceIdentifier) all = all.filter(({ instance }) => instance === input.DBInstanceIdentifier!.toLowerCase());
  if (input.DbiResourceId) all = all.filter(({ resourceId }) => resourceId === input.DbiResourceId);
  if (input.SnapshotType && !["automated", "manual", "shared", "public", "awsbackup"].includes(input.SnapshotType))
    throw invalidValue(`Invalid value for SnapshotType: ${input.SnapshotType}`);
  if (input.SnapshotType) all = all.filter(({ type }) => type === input.SnapshotType);
  const filtered = applyFilters(all, input.Filters, {
    "db-instance-id": ({ instance }: Snapshot) => [instance, arnOf(context, "db", instance)],
    "db-snapshot-id": ({ identifier }: Snapshot) => [identifier],
    "dbi-resource-id": ({ resourceId }: Snapshot) => [resourceId],
    "snapshot-type": ({ type }: Snapshot) => [type],
    engine: () => ["postgres"],
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "DBSnapshots");
  return { DBSnapshots: items.map((snapshot) => snapshotShape(context, snapshot)), ...(Marker && { Marker }) };
});

/** Who may restore it: nobody else, as sharing is refused. */
export const describeDBSnapshotAttributes = operation("rds", "DescribeDBSnapshotAttributes", (input, { cloud, region }) => {
  const { identifier } = findSnapshot(cloud, region, input.DBSnapshotIdentifier!);
  return {
    DBSnapshotAttributesResult: {
      DBSnapshotIdentifier: identifier,
      DBSnapshotAttributes: [{ AttributeName: "restore", AttributeValues: [] }],
    },
  };
});

export const copyDBSnapshot = operation("rds", "CopyDBSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const sourceArn = /^arn:[^:]+:rds:([^:]+):/.exec(input.SourceDBSnapshotIdentifier!);
  const sourceRegion = sourceArn?.[1] ?? region;
  const source = findSnapshot(cloud, sourceRegion, input.SourceDBSnapshotIdentifier!);
  const { identifier, type } = checkSnapshotName(context.principal, "TargetDBSnapshotIdentifier", input.TargetDBSnapshotIdentifier!);
  if (snapshots(cloud).has(region, identifier)) throw snapshotExists(identifier);
  if (source.status !== "available") throw invalidSnapshotState(`The source snapshot ${source.identifier} is not in the available state.`);
  const tags = [...(input.CopyTags ? source.tags : []), ...checkedTags(input.Tags)];
  const copy: Snapshot = {
    ...source,
    identifier,
    type,
    folder: cloud.world.random.hex(16),
    createdMs: cloud.world.clock.nowMs(),
    source: arnOf({ region: sourceRegion, account: context.account }, "snapshot", source.identifier),
    sourceRegion,
    tags,
    ...(input.KmsKeyId && { encrypted: true, kmsKeyId: input.KmsKeyId }),
  };
  await copyFolder(
    cloud,
    `${snapshotFolder(cloud, sourceRegion, source.folder)}/data`,
    `${snapshotFolder(cloud, region, copy.folder)}/data`,
  );
  snapshots(cloud).put(region, identifier, copy);
  return { DBSnapshot: snapshotShape(context, copy) };
});

export const deleteDBSnapshot = operation("rds", "DeleteDBSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const snapshot = findSnapshot(cloud, region, input.DBSnapshotIdentifier!);
  if (snapshot.status === "creating")
    throw invalidSnapshotState(`Cannot delete the snapshot because it is not currently in the available state.`);
  if (snapshot.type === "automated") throw invalidSnapshotState("Automated snapshots cannot be deleted.");
  if (snapshot.type === "awsbackup" && !isAwsBackup(context.principal)) {
    throw invalidSnapshotState(`The snapshot ${snapshot.identifier} is managed by AWS Backup: delete its recovery point there.`);
  }
  await removeSnapshot(cloud, region, snapshot);
  return { DBSnapshot: { ...snapshotShape(context, snapshot), Status: "deleted" } };
});

export const restoreDBInstanceFromDBSnapshot = operation("rds", "RestoreDBInstanceFromDBSnapshot", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("DBInstanceIdentifier", input.DBInstanceIdentifier!, 63);
  if (input.Engine) checkEngine(input.Engine);
  if (input.DBClusterSnapshotIdentifier) throw notEmulated("Multi-AZ DB cluster snapshots");
  if (input.DBName) throw invalidValue("DBName cannot be specified for this engine when restoring from a snapshot.");
  const snapshot = findSnapshot(cloud, region, input.DBSnapshotIdentifier ?? "");
  if (snapshot.status !== "available") throw invalidSnapshotState(`The snapshot ${snapshot.identifier} is not in the available state.`);
  const { settings } = snapshot;
  const made = await newInstance(
    context,
    settingsToRestore(
      { settings, storageEncrypted: snapshot.encrypted, kmsKeyId: snapshot.kmsKeyId },
      { ...input, Tags: input.Tags ?? snapshot.tags },
    ),
    { identifier, engineVersion: settings.engineVersion, masterUsername: snapshot.masterUsername, databaseName: snapshot.databaseName },
  );
  let secret: { arn: string; password: string } | undefined;
  if (input.ManageMasterUserPassword)
    secret = await makeMasterSecret(cloud, region, { identifier, username: made.masterUsername, kmsKeyId: input.MasterUserSecretKmsKeyId });
  const instance = {
    ...made,
    source: snapshot.identifier,
    server: snapshot.server,
    ...(secret && { masterSecret: { arn: secret.arn }, masterVerifier: verifierOf(context, secret.password) }),
  };
  instances(cloud).put(region, identifier, instance);
  void work(cloud, region, instance.resourceId, (name) => create(cloud, region, name));
  return { DBInstance: instanceShape(context, instance) };
});
