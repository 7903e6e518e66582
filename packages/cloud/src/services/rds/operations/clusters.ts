/** CreateDBCluster, DescribeDBClusters, DeleteDBCluster, and the operations that stop, start, and hand over. */
import { markerPage } from "../../../marker-pages.ts";
import type { Input } from "../../../aws.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { changeCluster, type Cluster, clusters, findCluster } from "../aurora/cluster.ts";
import { clusterShape } from "../aurora/cluster-shape.ts";
import { successorOf } from "../aurora/failover.ts";
import { createCluster, failoverCluster, removeLater, startCluster, stopCluster } from "../aurora/life.ts";
import { membersOf } from "../aurora/members.ts";
import { newCluster } from "../aurora/new-cluster.ts";
import { checkEngine, resolveVersion } from "../engine-versions.ts";
import { invalidClusterState, invalidCombination, invalidValue, notEmulated } from "../errors.ts";
import { applyFilters } from "../filters.ts";
import { findGlobalCluster, type GlobalCluster, globalOf, isSecondary } from "../global/global-cluster.ts";
import { checkJoining, join } from "../global/new-secondary.ts";
import { changeInstance } from "../instance.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { arnOf, checkDatabaseName, checkIdentifier, checkMasterPassword, checkMasterUsername } from "../names.ts";
import { verifierOf } from "../new-instance.ts";
import { checkBackupWindow, checkMaintenanceWindow, checkOverlap } from "../windows.ts";
import { clusterWork } from "../work.ts";
import { checkStorageKey } from "../storage-key.ts";

export const createDBCluster = operation("rds", "CreateDBCluster", async (asked, context) => {
  let input = asked;
  const { cloud, region } = context;
  const identifier = checkIdentifier("DBClusterIdentifier", input.DBClusterIdentifier!, 63);
  if (input.PreferredMaintenanceWindow) {
    const maintenance = checkMaintenanceWindow(input.PreferredMaintenanceWindow);
    if (input.PreferredBackupWindow) checkOverlap(checkBackupWindow(input.PreferredBackupWindow), maintenance);
  }
  const { Engine: engine } = input;
  checkEngine(engine!);
  checkStorageKey(context, input.KmsKeyId);
  if (engine === "postgres")
    throw invalidCombination("DBClusterInstanceClass is required: a cluster of postgres is a Multi-AZ DB cluster.");
  if (input.GlobalClusterIdentifier) {
    const global = findGlobalCluster(cloud, input.GlobalClusterIdentifier);
    const primary = checkJoining(cloud, region, global, input);
    if (primary) return secondary(context, input, { global, primary, identifier });
    input = { ...input, EngineVersion: global.engineVersion, DatabaseName: input.DatabaseName ?? global.databaseName };
  }
  const { version } = resolveVersion(input.EngineVersion, engine);
  if (!input.MasterUsername) throw invalidValue("The parameter MasterUsername must be provided and must not be blank.");
  checkMasterUsername(input.MasterUsername);
  if (input.DatabaseName) checkDatabaseName(input.DatabaseName);
  if (input.ManageMasterUserPassword && input.MasterUserPassword !== undefined) {
    throw invalidCombination("You can't specify MasterUserPassword for a cluster with ManageMasterUserPassword enabled.");
  }
  if (!input.ManageMasterUserPassword && !input.MasterUserPassword) {
    throw invalidValue("The parameter MasterUserPassword must be provided and must not be blank.");
  }
  if (input.MasterUserPassword !== undefined) checkMasterPassword(input.MasterUserPassword);
  const made = await newCluster(context, input, {
    identifier,
    engineVersion: version,
    masterUsername: input.MasterUsername,
    databaseName: input.DatabaseName,
  });
  let password = input.MasterUserPassword;
  if (input.ManageMasterUserPassword) {
    const kmsKeyId = input.MasterUserSecretKmsKeyId;
    const secret = await makeMasterSecret(cloud, region, { identifier, username: made.masterUsername, kmsKeyId, kind: "cluster" });
    made.masterSecret = { arn: secret.arn, ...(kmsKeyId && { kmsKeyId }) };
    password = secret.password;
  }
  const cluster: Cluster = { ...made, masterVerifier: { verifier: verifierOf(context, password!), first: true } };
  return begin(context, cluster, input.GlobalClusterIdentifier ? findGlobalCluster(cloud, input.GlobalClusterIdentifier) : undefined);
});

/** A cluster that follows the primary of its global cluster: all that is in the data, it has from there. */
async function secondary(
  context: OperationContext,
  input: Input<"rds", "CreateDBCluster">,
  { global, primary, identifier }: { global: GlobalCluster; primary: Cluster; identifier: string },
) {
  const made = await newCluster(context, input, {
    identifier,
    engineVersion: global.engineVersion,
    masterUsername: primary.masterUsername,
    databaseName: primary.databaseName,
  });
  return begin(context, { ...made, server: primary.server, storageEncrypted: primary.storageEncrypted }, global);
}

function begin(context: OperationContext, cluster: Cluster, global: GlobalCluster | undefined) {
  const { cloud, region } = context;
  cloud.store.transaction(() => {
    clusters(cloud).put(region, cluster.identifier, cluster);
    if (global) join(cloud, region, global, cluster);
  });
  void clusterWork(cloud, region, cluster.resourceId, (name) => createCluster(cloud, region, name));
  return { DBCluster: clusterShape(context, cluster) };
}

export const describeDBClusters = operation("rds", "DescribeDBClusters", (input, context) => {
  const { cloud, region } = context;
  const all = input.DBClusterIdentifier ? [findCluster(cloud, region, input.DBClusterIdentifier)] : clusters(cloud).list(region);
  const filtered = applyFilters(all, input.Filters, {
    "clone-group-id": ({ resourceId }: Cluster) => [resourceId],
    "db-cluster-id": ({ identifier }: Cluster) => [identifier, arnOf(context, "cluster", identifier)],
    "db-cluster-resource-id": ({ resourceId }: Cluster) => [resourceId],
    domain: () => [],
    engine: () => ["aurora-postgresql"],
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "DBClusters");
  return { DBClusters: items.map((cluster) => clusterShape(context, cluster)), ...(Marker && { Marker }) };
});

/** Its instances go first; a final snapshot is taken in its queue before it goes. */
export const deleteDBCluster = operation("rds", "DeleteDBCluster", async (input, context) => {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (cluster.status === "deleting") throw invalidClusterState(`DB cluster ${cluster.identifier} is already being deleted.`);
  if (globalOf(cloud, region, cluster))
    throw invalidClusterState("This cluster is a part of a global cluster, please remove it from globalcluster first");
  if (cluster.settings.deletionProtection)
    throw invalidCombination("Cannot delete protected Cluster, please disable deletion protection and try again.");
  const { FinalDBSnapshotIdentifier: final, SkipFinalSnapshot: skip } = input;
  if (input.DeleteAutomatedBackups === false)
    throw notEmulated("automated backups that stay when their cluster is deleted: take a final snapshot. It");
  if (!skip && !final) throw invalidCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
  if (skip && final)
    throw invalidCombination("FinalDBSnapshotIdentifier cannot be specified when deleting a DB cluster with SkipFinalSnapshot enabled.");
  if (membersOf(cloud, region, cluster).some(({ status }) => status !== "deleting"))
    throw invalidClusterState("Cluster cannot be deleted, it still contains DB instances in non-deleting state.");
  if (final)
    await context.call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: cluster.identifier, DBClusterSnapshotIdentifier: final });
  const deleting = changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "deleting"))!;
  removeLater(cloud, region, cluster);
  return { DBCluster: clusterShape(context, deleting) };
});

export const stopDBCluster = operation("rds", "StopDBCluster", (input, context) => {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (cluster.status !== "available") throw invalidClusterState(`DbCluster ${cluster.identifier} is not in available state.`);
  if (globalOf(cloud, region, cluster))
    throw invalidClusterState(`DbCluster ${cluster.identifier} is part of a global cluster, which cannot be stopped.`);
  const changed = cloud.store.transaction(() => {
    for (const { identifier } of membersOf(cloud, region, cluster))
      changeInstance(cloud, region, identifier, (each) => (each.status = "stopping"));
    return changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "stopping"))!;
  });
  void clusterWork(cloud, region, cluster.resourceId, (name) => stopCluster(cloud, region, name));
  return { DBCluster: clusterShape(context, changed) };
});

export const startDBCluster = operation("rds", "StartDBCluster", (input, context) => {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (cluster.status !== "stopped") throw invalidClusterState(`DbCluster ${cluster.identifier} is not stopped, it cannot be started.`);
  const changed = cloud.store.transaction(() => {
    for (const { identifier } of membersOf(cloud, region, cluster))
      changeInstance(cloud, region, identifier, (each) => (each.status = "starting"));
    return changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "starting"))!;
  });
  void clusterWork(cloud, region, cluster.resourceId, (name) => startCluster(cloud, region, name));
  return { DBCluster: clusterShape(context, changed) };
});

export const rebootDBCluster = operation("rds", "RebootDBCluster", (input, { cloud, region }) => {
  const { identifier } = findCluster(cloud, region, input.DBClusterIdentifier!);
  throw invalidCombination(
    `RebootDBCluster is for Multi-AZ DB clusters, and ${identifier} is an Aurora DB cluster: reboot its DB instances with RebootDBInstance.`,
  );
});

export const failoverDBCluster = operation("rds", "FailoverDBCluster", (input, context) => {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (cluster.status !== "available") throw invalidClusterState(`DB cluster ${cluster.identifier} is not in available state.`);
  if (isSecondary(cloud, region, cluster))
    throw invalidClusterState(
      `DB cluster ${cluster.identifier} is a secondary DB cluster of a global cluster and has no writer to fail over: use SwitchoverGlobalCluster or FailoverGlobalCluster.`,
    );
  const to = successorOf(cloud, region, cluster, input.TargetDBInstanceIdentifier?.toLowerCase());
  const changed = changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "failing-over"))!;
  void clusterWork(cloud, region, cluster.resourceId, (name) => failoverCluster(cloud, region, name, to.identifier));
  return { DBCluster: clusterShape(context, changed) };
});
