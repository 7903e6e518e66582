/** ModifyDBInstance: at once, or in the next maintenance window. */
import { operation } from "../../../service.ts";
import { majorOf, upgradeOf } from "../engine-versions.ts";
import { instanceExists, invalidCombination, invalidInstanceState, invalidValue, notEmulated } from "../errors.ts";
import { changeInstance, engineOf, findInstance, instances, type InstanceSettings, type PendingChanges } from "../instance.ts";
import { memoryBytesOf } from "../instance-classes.ts";
import { instanceShape } from "../instance-shape.ts";
import { modify } from "../life.ts";
import { work } from "../work.ts";
import { checkClass, checkTier } from "../aurora/new-member.ts";
import { findCluster } from "../aurora/cluster.ts";
import { modifyMember } from "../aurora/member-life.ts";
import { refuseWhatClustersSet } from "../aurora/member-changes.ts";
import { checkIdentifier } from "../names.ts";
import { checkFamily, checkPort, checkSettings, exportableLogs, verifierOf } from "../new-instance.ts";
import { findParameterGroup } from "../parameter-group.ts";
import { reloadServers } from "../servers.ts";
import { checkStorage } from "../storage.ts";
import { optionGroupFor } from "../option-group.ts";
import { checkBackupWindow, checkMaintenanceWindow, checkOverlap } from "../windows.ts";
import { makeMasterSecret } from "../master-secret.ts";

/** What waits for the maintenance window unless ApplyImmediately is given (AWS, "Settings for DB instances"). */
const deferrable = new Set<keyof PendingChanges>([
  "instanceClass",
  "engineVersion",
  "allocatedStorage",
  "storageType",
  "iops",
  "storageThroughput",
  "multiAz",
  "licenseModel",
  "iamAuthentication",
  "identifier",
  "networkType",
  "dedicatedLogVolume",
]);

export const modifyDBInstance = operation("rds", "ModifyDBInstance", async (input, context) => {
  const { cloud, region } = context;
  const instance = findInstance(cloud, region, input.DBInstanceIdentifier!);
  if (instance.status !== "available") throw invalidInstanceState("Database instance is not in available state.");
  const { settings } = instance;
  if (input.DBSubnetGroupName && input.DBSubnetGroupName.toLowerCase() !== instance.subnetGroup?.name)
    throw notEmulated("moving a DB instance to another subnet group");
  const engine = engineOf(instance);
  if (instance.member) refuseWhatClustersSet(input, instance);
  if (input.Engine && input.Engine !== engine) throw notEmulated(`the database engine ${input.Engine}`);
  if (input.Domain || input.DomainFqdn) throw notEmulated("Active Directory domains of DB instances");
  const changes: PendingChanges = {};
  const take = <K extends keyof InstanceSettings>(name: K, value: InstanceSettings[K] | undefined) => {
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(settings[name])) changes[name] = value as never;
  };
  // A modification names only what changes; the rest is checked with what stands.
  checkSettings({
    ...input,
    MonitoringRoleArn: input.MonitoringRoleArn ?? settings.monitoringRoleArn,
    AllocatedStorage: input.AllocatedStorage ?? settings.allocatedStorage,
  } as never);
  if (input.DBInstanceClass) {
    if (instance.member) checkClass(input.DBInstanceClass, findCluster(cloud, region, instance.member.cluster));
    else memoryBytesOf(input.DBInstanceClass);
  }
  take("instanceClass", input.DBInstanceClass);
  take("engineVersion", input.EngineVersion && upgradeOf(settings.engineVersion, input.EngineVersion));
  takeStorage();
  take("optionGroup", input.OptionGroupName && optionGroupFor(cloud, region, majorOf(settings.engineVersion), input.OptionGroupName));
  take("multiAz", input.MultiAZ);
  take("backupRetentionDays", input.BackupRetentionPeriod);
  take("backupWindow", input.PreferredBackupWindow && checkBackupWindow(input.PreferredBackupWindow));
  take("maintenanceWindow", input.PreferredMaintenanceWindow && checkMaintenanceWindow(input.PreferredMaintenanceWindow));
  if (changes.backupWindow ?? changes.maintenanceWindow) {
    checkOverlap(changes.backupWindow ?? settings.backupWindow, changes.maintenanceWindow ?? settings.maintenanceWindow);
  }
  take("autoMinorVersionUpgrade", input.AutoMinorVersionUpgrade);
  take("copyTagsToSnapshot", input.CopyTagsToSnapshot);
  take("deletionProtection", input.DeletionProtection);
  take("maxAllocatedStorage", input.MaxAllocatedStorage);
  take("monitoringIntervalSeconds", input.MonitoringInterval);
  take("monitoringRoleArn", input.MonitoringRoleArn);
  take("publiclyAccessible", input.PubliclyAccessible);
  take("iamAuthentication", input.EnableIAMDatabaseAuthentication);
  take("performanceInsights", input.EnablePerformanceInsights);
  take("performanceInsightsRetentionDays", input.PerformanceInsightsRetentionPeriod);
  take("performanceInsightsKmsKeyId", input.PerformanceInsightsKMSKeyId);
  take("databaseInsightsMode", input.DatabaseInsightsMode);
  take("certificateAuthority", input.CACertificateIdentifier);
  take("dedicatedLogVolume", input.DedicatedLogVolume);
  take("networkType", input.NetworkType);
  take("securityGroups", input.VpcSecurityGroupIds);
  take("port", input.DBPortNumber === undefined ? undefined : checkPort(input.DBPortNumber));
  takeLogExports();
  if (input.DBParameterGroupName) {
    const group = findParameterGroup(cloud, region, input.DBParameterGroupName);
    checkFamily(group, majorOf(settings.engineVersion), settings.engineVersion, engine);
    take("parameterGroup", group.name);
  }
  if (input.NewDBInstanceIdentifier) {
    const name = checkIdentifier("NewDBInstanceIdentifier", input.NewDBInstanceIdentifier, 63);
    if (name !== instance.identifier && instances(cloud).has(region, name)) throw instanceExists();
    if (name !== instance.identifier) changes.identifier = name;
  }
  if (instance.masterSecret && input.MasterUserPassword !== undefined && input.ManageMasterUserPassword !== false) {
    throw invalidCombination("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.");
  }
  if (input.ManageMasterUserPassword === false && instance.masterSecret && !input.MasterUserPassword) {
    throw invalidCombination("You must specify MasterUserPassword when you turn off ManageMasterUserPassword.");
  }
  if (input.RotateMasterUserPassword) throw notEmulated("rotation of a managed master password");
  if (input.MasterUserPassword !== undefined) changes.masterVerifier = verifierOf(context, input.MasterUserPassword);
  let secret: { arn: string } | undefined;
  if (input.ManageMasterUserPassword && !instance.masterSecret) {
    const made = await makeMasterSecret(cloud, region, {
      identifier: instance.identifier,
      username: instance.masterUsername,
      kmsKeyId: input.MasterUserSecretKmsKeyId,
    });
    secret = { arn: made.arn };
    changes.masterVerifier = verifierOf(context, made.password);
  }
  const released = input.ManageMasterUserPassword === false ? instance.masterSecret : undefined;

  const now: PendingChanges = input.ApplyImmediately ? { ...instance.deferred } : {};
  const later: PendingChanges = input.ApplyImmediately ? {} : { ...instance.deferred };
  // A retention that begins or ends waits for the window; one that is longer or shorter does not.
  const turnsBackups =
    changes.backupRetentionDays !== undefined && (changes.backupRetentionDays === 0) !== (settings.backupRetentionDays === 0);
  const waits = (name: string) => deferrable.has(name as keyof PendingChanges) || (name === "backupRetentionDays" && turnsBackups);
  for (const [name, value] of Object.entries(changes)) {
    Object.assign(input.ApplyImmediately || !waits(name) ? now : later, { [name]: value });
  }
  // As AWS does, the answer still says `available` and shows what is coming; what needs no work is written at once.
  const { inWork, atOnce } = split(now, settings);
  const answered = changeInstance(cloud, region, instance.identifier, (each) => {
    Object.assign(each.settings, atOnce);
    each.pending = inWork;
    each.deferred = later;
    if (secret) each.masterSecret = secret;
    if (each.member && input.PromotionTier !== undefined) each.member.promotionTier = checkTier(input.PromotionTier);
    if (released) each.masterSecret = undefined;
  })!;
  if (released) await context.call("secretsmanager", "DeleteSecret", { SecretId: released.arn, ForceDeleteWithoutRecovery: true });
  if (Object.keys(inWork).length > 0) {
    changeInstance(cloud, region, instance.identifier, (each) => (each.status = "modifying"));
    void work(cloud, region, instance.resourceId, (name) => (instance.member ? modifyMember : modify)(cloud, region, name));
  } else if (atOnce.parameterGroup || atOnce.logExports) await reloadServers(cloud, region, answered.settings.parameterGroup, [answered]);
  return { DBInstance: instanceShape(context, answered) };

  function takeStorage(): void {
    const { AllocatedStorage: size, StorageType: storageType, Iops: iops, StorageThroughput: throughput } = input;
    if (size === undefined && storageType === undefined && iops === undefined && throughput === undefined) return;
    if (size !== undefined && size < settings.allocatedStorage) {
      throw invalidCombination(`Invalid storage size. Requested storage size cannot be less than old storage size`);
    }
    const sameType = storageType === undefined || storageType === settings.storageType;
    const wanted = checkStorage({
      storageType: storageType ?? settings.storageType,
      sizeGib: size ?? settings.allocatedStorage,
      iops: iops ?? (sameType ? settings.iops : undefined),
      throughput: throughput ?? (sameType && settings.storageType === "gp3" ? settings.storageThroughput : undefined),
    });
    for (const name of ["allocatedStorage", "storageType", "iops", "storageThroughput"] as const) take(name, wanted[name]);
  }

  function takeLogExports(): void {
    const change = input.CloudwatchLogsExportConfiguration;
    if (!change) return;
    for (const type of [...(change.EnableLogTypes ?? []), ...(change.DisableLogTypes ?? [])]) {
      if (!exportableLogs.includes(type))
        throw invalidValue(`You cannot use the log types '${type}' with engine version postgres ${settings.engineVersion}.`);
    }
    const left = settings.logExports.filter((type) => !change.DisableLogTypes?.includes(type));
    take("logExports", [...new Set([...left, ...(change.EnableLogTypes ?? [])])]);
  }
});

/** What the server has to be asked for, and what is only written down. */
function split(changes: PendingChanges, present: InstanceSettings): { inWork: PendingChanges; atOnce: Partial<InstanceSettings> } {
  const inWork: PendingChanges = {};
  const atOnce: PendingChanges = {};
  const asked: readonly string[] = [
    "masterVerifier",
    "identifier",
    "instanceClass",
    "engineVersion",
    "port",
    "multiAz",
    "iamAuthentication",
  ];
  const turnsBackups = changes.backupRetentionDays === 0 || present.backupRetentionDays === 0;
  for (const [name, value] of Object.entries(changes)) {
    const works = asked.includes(name) || (name === "backupRetentionDays" && turnsBackups);
    Object.assign(works ? inWork : atOnce, { [name]: value });
  }
  return { inWork, atOnce };
}
