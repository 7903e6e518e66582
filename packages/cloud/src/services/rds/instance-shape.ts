/** A DB instance as RDS describes it. */
import type { Output } from "../../aws.ts";
import type { OperationContext } from "../../service.ts";
import { restorableWindow } from "./backup/restorable-window.ts";
import { familyOf, majorOf } from "./engine-versions.ts";
import { engineOf, type Instance } from "./instance.ts";
import { arnOf } from "./names.ts";
import { parameterGroups } from "./parameter-group.ts";
import { subnetGroupShape } from "./subnet-group.ts";

export type InstanceShape = NonNullable<NonNullable<Output<"rds", "DescribeDBInstances">["DBInstances"]>[number]>;

/** The tag, never stored, that says which program serves an instance: `postgresql 16.14`, `pglite 0.5.14 (PostgreSQL 18.3)`. */
export const servedByTag = "plinth:served-by";

export function instanceShape(context: Pick<OperationContext, "cloud" | "region" | "account">, instance: Instance): InstanceShape {
  const { settings } = instance;
  const { region } = context;
  const window = instance.status === "deleting" ? undefined : restorableWindow(context.cloud, region, instance);
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: settings.instanceClass,
    Engine: engineOf(instance),
    DBInstanceStatus: instance.status,
    MasterUsername: instance.masterUsername,
    ...(instance.databaseName && { DBName: instance.databaseName }),
    ...(instance.address && { Endpoint: { Address: instance.address, Port: instance.listeningPort ?? settings.port } }),
    AllocatedStorage: settings.allocatedStorage,
    ...(instance.createdMs !== undefined && { InstanceCreateTime: new Date(instance.createdMs) }),
    PreferredBackupWindow: settings.backupWindow,
    BackupRetentionPeriod: settings.backupRetentionDays,
    DBSecurityGroups: [],
    VpcSecurityGroups: settings.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: "active" })),
    DBParameterGroups: [{ DBParameterGroupName: settings.parameterGroup, ParameterApplyStatus: parameterStatus(context, instance) }],
    AvailabilityZone: instance.availabilityZone,
    ...(instance.subnetGroup && { DBSubnetGroup: subnetGroupShape(context, { ...instance.subnetGroup, tags: [] }) }),
    PreferredMaintenanceWindow: settings.maintenanceWindow,
    PendingModifiedValues: pendingShape(instance),
    ...(window && { LatestRestorableTime: new Date(window.latestMs) }),
    MultiAZ: settings.multiAz,
    ...(settings.multiAz && secondaryZone(instance)),
    EngineVersion: settings.engineVersion,
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    ReadReplicaDBInstanceIdentifiers: [],
    LicenseModel: settings.licenseModel,
    ...(settings.iops !== undefined && { Iops: settings.iops }),
    StorageThroughput: settings.storageThroughput ?? 0,
    OptionGroupMemberships: [{ OptionGroupName: settings.optionGroup, Status: "in-sync" }],
    PubliclyAccessible: settings.publiclyAccessible,
    ...(instance.member && { DBClusterIdentifier: instance.member.cluster, PromotionTier: instance.member.promotionTier }),
    ...(instance.failure && { StatusInfos: [{ StatusType: "embedded cloud", Normal: false, Status: "error", Message: instance.failure }] }),
    StorageType: settings.storageType,
    DbInstancePort: 0,
    StorageEncrypted: instance.storageEncrypted,
    ...(instance.kmsKeyId && { KmsKeyId: instance.kmsKeyId }),
    DbiResourceId: instance.resourceId,
    CACertificateIdentifier: settings.certificateAuthority,
    DomainMemberships: [],
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    MonitoringInterval: settings.monitoringIntervalSeconds,
    ...(settings.monitoringRoleArn && { MonitoringRoleArn: settings.monitoringRoleArn }),
    DBInstanceArn: arnOf(context, "db", instance.identifier),
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    DatabaseInsightsMode: settings.databaseInsightsMode as "standard" | "advanced",
    PerformanceInsightsEnabled: settings.performanceInsights,
    ...(settings.performanceInsights && { PerformanceInsightsRetentionPeriod: settings.performanceInsightsRetentionDays ?? 7 }),
    ...(settings.performanceInsightsKmsKeyId && { PerformanceInsightsKMSKeyId: settings.performanceInsightsKmsKeyId }),
    ...(settings.logExports.length > 0 && { EnabledCloudwatchLogsExports: settings.logExports }),
    DeletionProtection: settings.deletionProtection,
    AssociatedRoles: [],
    ...(settings.maxAllocatedStorage !== undefined && { MaxAllocatedStorage: settings.maxAllocatedStorage }),
    TagList: [...instance.tags, ...(instance.servedBy ? [{ Key: servedByTag, Value: instance.servedBy }] : [])],
    CustomerOwnedIpEnabled: false,
    NetworkType: settings.networkType,
    ActivityStreamStatus: "stopped",
    BackupTarget: "region",
    CertificateDetails: { CAIdentifier: settings.certificateAuthority },
    DedicatedLogVolume: settings.dedicatedLogVolume,
    IsStorageConfigUpgradeAvailable: false,
    EngineLifecycleSupport: instance.engineLifecycleSupport,
    ...(instance.masterSecret && {
      MasterUserSecret: {
        SecretArn: instance.masterSecret.arn,
        SecretStatus: "active",
        KmsKeyId: instance.masterSecret.kmsKeyId ?? `arn:aws:kms:${region}:${context.account}:alias/aws/secretsmanager`,
      },
    }),
  };
}

/** `pending-reboot` while the group's static values differ from those that the server started with. */
function parameterStatus({ cloud, region }: Pick<OperationContext, "cloud" | "region">, instance: Instance): string {
  if (instance.startedWith === undefined) return "in-sync";
  return instance.startedWith === staticValues(cloud, region, instance) ? "in-sync" : "pending-reboot";
}

/** What a restart would change: the group and its values that wait for one. */
export function staticValues(cloud: OperationContext["cloud"], region: string, instance: Instance): string {
  const group = parameterGroups(cloud).get(region, instance.settings.parameterGroup);
  const values = Object.entries(group?.values ?? {}).filter(([, { method }]) => method === "pending-reboot");
  return JSON.stringify([
    group ? group.name : `default.${familyOf(majorOf(instance.settings.engineVersion), engineOf(instance))}`,
    values.map(([name, { value }]) => [name, value]).sort(),
  ]);
}

function secondaryZone(instance: Instance): { SecondaryAvailabilityZone?: string } {
  const other = instance.subnetGroup?.subnets.find(({ zone }) => zone !== instance.availabilityZone);
  return other ? { SecondaryAvailabilityZone: other.zone } : {};
}

function pendingShape(instance: Instance): NonNullable<InstanceShape["PendingModifiedValues"]> {
  const pending = { ...instance.deferred, ...instance.pending };
  return {
    ...(pending.instanceClass && { DBInstanceClass: pending.instanceClass }),
    ...(pending.allocatedStorage !== undefined && { AllocatedStorage: pending.allocatedStorage }),
    ...(pending.masterVerifier && { MasterUserPassword: "****" }),
    ...(pending.port !== undefined && { Port: pending.port }),
    ...(pending.backupRetentionDays !== undefined && { BackupRetentionPeriod: pending.backupRetentionDays }),
    ...(pending.multiAz !== undefined && { MultiAZ: pending.multiAz }),
    ...(pending.engineVersion && { EngineVersion: pending.engineVersion }),
    ...(pending.licenseModel && { LicenseModel: pending.licenseModel }),
    ...(pending.iops !== undefined && { Iops: pending.iops }),
    ...(pending.storageThroughput !== undefined && { StorageThroughput: pending.storageThroughput }),
    ...(pending.identifier && { DBInstanceIdentifier: pending.identifier }),
    ...(pending.storageType && { StorageType: pending.storageType }),
    ...(pending.certificateAuthority && { CACertificateIdentifier: pending.certificateAuthority }),
    ...(pending.iamAuthentication !== undefined && { IAMDatabaseAuthenticationEnabled: pending.iamAuthentication }),
  };
}
