/** The automated backup of an instance, as RDS lists it: of one that runs, or of one that is gone and left it behind. */
import type { Output } from "../../../aws.ts";
import type { OperationContext } from "../../../service.ts";
import { type Instance, instances } from "../instance.ts";
import { arnOf } from "../names.ts";
import { restorableWindow, type RestorableWindow } from "./restorable-window.ts";
import { retainedBackups } from "./retained.ts";

export interface AutomatedBackup {
  instance: Instance;
  status: "active" | "retained" | "creating";
  window: RestorableWindow | undefined;
}

type Context = Pick<OperationContext, "cloud" | "region" | "account">;

export function automatedBackups({ cloud, region }: Context): AutomatedBackup[] {
  const live = instances(cloud)
    .list(region)
    .filter(({ settings, status }) => settings.backupRetentionDays > 0 && status !== "deleting")
    .map((instance): AutomatedBackup => {
      const window = restorableWindow(cloud, region, instance);
      return { instance, status: window || instance.createdMs !== undefined ? "active" : "creating", window };
    });
  const retained = retainedBackups(cloud)
    .list(region)
    .map(({ instance, deletedMs }): AutomatedBackup => {
      return { instance, status: "retained", window: restorableWindow(cloud, region, instance, deletedMs) };
    });
  return [...live, ...retained];
}

export function automatedBackupArn(context: Context, { resourceId }: Pick<Instance, "resourceId">): string {
  return arnOf(context, "auto-backup", `ab-${resourceId.slice("db-".length).toLowerCase()}`);
}

type Shape = NonNullable<NonNullable<Output<"rds", "DescribeDBInstanceAutomatedBackups">["DBInstanceAutomatedBackups"]>[number]>;

export function automatedBackupShape(context: Context, { instance, status, window }: AutomatedBackup): Shape {
  const { settings } = instance;
  return {
    DBInstanceArn: arnOf(context, "db", instance.identifier),
    DbiResourceId: instance.resourceId,
    Region: context.region,
    DBInstanceIdentifier: instance.identifier,
    ...(window && { RestoreWindow: { EarliestTime: new Date(window.earliestMs), LatestTime: new Date(window.latestMs) } }),
    AllocatedStorage: settings.allocatedStorage,
    Status: status,
    Port: settings.port,
    AvailabilityZone: instance.availabilityZone,
    ...(instance.subnetGroup?.subnets[0] && { VpcId: instance.subnetGroup.subnets[0].vpc }),
    ...(instance.createdMs !== undefined && { InstanceCreateTime: new Date(instance.createdMs) }),
    MasterUsername: instance.masterUsername,
    Engine: "postgres",
    EngineVersion: settings.engineVersion,
    LicenseModel: settings.licenseModel,
    ...(settings.iops !== undefined && { Iops: settings.iops }),
    OptionGroupName: settings.optionGroup,
    Encrypted: instance.storageEncrypted,
    StorageType: settings.storageType,
    ...(instance.kmsKeyId && { KmsKeyId: instance.kmsKeyId }),
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    BackupRetentionPeriod: settings.backupRetentionDays,
    DBInstanceAutomatedBackupsArn: automatedBackupArn(context, instance),
    DBInstanceAutomatedBackupsReplications: [],
    BackupTarget: "region",
    StorageThroughput: settings.storageThroughput ?? 0,
    DedicatedLogVolume: settings.dedicatedLogVolume,
  };
}
