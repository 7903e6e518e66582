/** ModifyDBCluster: at once; what AWS applies in the maintenance window waits for it unless ApplyImmediately is given. */
import { operation } from "../../../service.ts";
import { checkCapacity } from "../aurora/capacity.ts";
import { changeCluster, clusters, type ClusterSettings, findCluster, type PendingClusterChanges } from "../aurora/cluster.ts";
import { clusterShape } from "../aurora/cluster-shape.ts";
import { checkClusterSettings, checkLogTypes, refuseWhatClustersDoNotHave } from "../aurora/cluster-settings.ts";
import { modifyCluster } from "../aurora/life.ts";
import { checkClusterFamily } from "../aurora/new-cluster.ts";
import { upgradeOf } from "../engine-versions.ts";
import { clusterExists, invalidClusterState, invalidCombination } from "../errors.ts";
import { globalOf, isSecondary } from "../global/global-cluster.ts";
import { makeMasterSecret } from "../master-secret.ts";
import { checkIdentifier } from "../names.ts";
import { checkPort, verifierOf } from "../new-instance.ts";
import { findClusterParameterGroup } from "../parameter-group.ts";
import { checkBackupWindow, checkMaintenanceWindow, checkOverlap } from "../windows.ts";
import { clusterWork } from "../work.ts";

/** What waits for the maintenance window unless ApplyImmediately is given (AWS, "Settings for Amazon Aurora"). */
const deferrable: readonly (keyof PendingClusterChanges)[] = [
  "engineVersion",
  "identifier",
  "iamAuthentication",
  "storageType",
  "networkType",
  "port",
];
/** What the servers have to be told; the rest is only written down. */
const asked: readonly (keyof PendingClusterChanges)[] = [
  "masterVerifier",
  "identifier",
  "engineVersion",
  "port",
  "parameterGroup",
  "capacity",
  "iamAuthentication",
];

export const modifyDBCluster = operation("rds", "ModifyDBCluster", async (input, context) => {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (cluster.status !== "available") throw invalidClusterState(`DB cluster ${cluster.identifier} is not in available state.`);
  const { settings } = cluster;
  refuseWhatClustersDoNotHave(input as never);
  if (input.MasterUserPassword !== undefined && isSecondary(cloud, region, cluster))
    throw invalidClusterState(`The master user password of ${cluster.identifier} is set at the primary DB cluster of its global cluster.`);
  const changes: PendingClusterChanges = {};
  const take = <K extends keyof ClusterSettings>(name: K, value: ClusterSettings[K] | undefined) => {
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(settings[name])) changes[name] = value as never;
  };
  // A modification names only what changes; the rest is checked with what stands.
  checkClusterSettings({ ...input, MonitoringRoleArn: input.MonitoringRoleArn ?? settings.monitoringRoleArn } as never);
  take("engineVersion", input.EngineVersion && upgradeOf(settings.engineVersion, input.EngineVersion, "aurora-postgresql"));
  const version = changes.engineVersion ?? settings.engineVersion;
  take(
    "capacity",
    input.ServerlessV2ScalingConfiguration && checkCapacity(input.ServerlessV2ScalingConfiguration, version, settings.capacity),
  );
  take("port", input.Port === undefined ? undefined : checkPort(input.Port));
  take("backupRetentionDays", input.BackupRetentionPeriod);
  take("backupWindow", input.PreferredBackupWindow && checkBackupWindow(input.PreferredBackupWindow));
  take("maintenanceWindow", input.PreferredMaintenanceWindow && checkMaintenanceWindow(input.PreferredMaintenanceWindow));
  if (changes.backupWindow ?? changes.maintenanceWindow) {
    checkOverlap(changes.backupWindow ?? settings.backupWindow, changes.maintenanceWindow ?? settings.maintenanceWindow);
  }
  take("securityGroups", input.VpcSecurityGroupIds);
  take("deletionProtection", input.DeletionProtection);
  take("copyTagsToSnapshot", input.CopyTagsToSnapshot);
  take("iamAuthentication", input.EnableIAMDatabaseAuthentication);
  take("httpEndpoint", input.EnableHttpEndpoint);
  take("autoMinorVersionUpgrade", input.AutoMinorVersionUpgrade);
  take("storageType", input.StorageType);
  take("networkType", input.NetworkType);
  take("databaseInsightsMode", input.DatabaseInsightsMode);
  take("performanceInsights", input.EnablePerformanceInsights);
  take("performanceInsightsRetentionDays", input.PerformanceInsightsRetentionPeriod);
  take("performanceInsightsKmsKeyId", input.PerformanceInsightsKMSKeyId);
  take("monitoringIntervalSeconds", input.MonitoringInterval);
  take("monitoringRoleArn", input.MonitoringRoleArn);
  const { EnableLogTypes: enabled = [], DisableLogTypes: disabled = [] } = input.CloudwatchLogsExportConfiguration ?? {};
  checkLogTypes([...enabled, ...disabled]);
  take("logExports", [...new Set([...settings.logExports.filter((type) => !disabled.includes(type)), ...enabled])]);
  if (input.DBClusterParameterGroupName) {
    const group = findClusterParameterGroup(cloud, region, input.DBClusterParameterGroupName);
    checkClusterFamily(group, version);
    take("parameterGroup", group.name);
  }
  if (input.NewDBClusterIdentifier) {
    const name = checkIdentifier("NewDBClusterIdentifier", input.NewDBClusterIdentifier, 63);
    if (name !== cluster.identifier && clusters(cloud).has(region, name)) throw clusterExists();
    if (name !== cluster.identifier) changes.identifier = name;
  }
  const { masterSecret } = cluster;
  if (masterSecret && input.MasterUserPassword !== undefined && input.ManageMasterUserPassword !== false) {
    throw invalidCombination("You can't specify MasterUserPassword for a cluster with ManageMasterUserPassword enabled.");
  }
  if (input.ManageMasterUserPassword === false && masterSecret && !input.MasterUserPassword) {
    throw invalidCombination("You must specify MasterUserPassword when you turn off ManageMasterUserPassword.");
  }
  if (input.MasterUserPassword !== undefined) changes.masterVerifier = verifierOf(context, input.MasterUserPassword);
  let secret: { arn: string } | undefined;
  if (input.ManageMasterUserPassword && globalOf(cloud, region, cluster))
    throw invalidCombination("ManageMasterUserPassword isn't supported for DB clusters of a global cluster.");
  if (input.ManageMasterUserPassword && !masterSecret) {
    const { identifier, masterUsername: username } = cluster;
    const made = await makeMasterSecret(cloud, region, { identifier, username, kmsKeyId: input.MasterUserSecretKmsKeyId, kind: "cluster" });
    secret = { arn: made.arn };
    changes.masterVerifier = verifierOf(context, made.password);
  }
  const released = input.ManageMasterUserPassword === false ? masterSecret : undefined;

  const now: PendingClusterChanges = input.ApplyImmediately ? { ...cluster.deferred } : {};
  const later: PendingClusterChanges = input.ApplyImmediately ? {} : { ...cluster.deferred };
  for (const [name, value] of Object.entries(changes)) {
    const waits = !input.ApplyImmediately && deferrable.includes(name as keyof PendingClusterChanges);
    Object.assign(waits ? later : now, { [name]: value });
  }
  // As AWS does, the answer shows what is coming.
  const work = Object.keys(now).some((name) => asked.includes(name as keyof PendingClusterChanges));
  const answered = changeCluster(cloud, region, cluster.identifier, (each) => {
    if (!work) Object.assign(each.settings, now);
    each.pending = work ? now : {};
    each.deferred = later;
    if (secret) each.masterSecret = secret;
    if (released) each.masterSecret = undefined;
  })!;
  if (released) await context.call("secretsmanager", "DeleteSecret", { SecretId: released.arn, ForceDeleteWithoutRecovery: true });
  if (Object.keys(now).length > 0) {
    if (work) changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "modifying"));
    void clusterWork(cloud, region, cluster.resourceId, (name) => modifyCluster(cloud, region, name));
  }
  return { DBCluster: clusterShape(context, answered) };
});
