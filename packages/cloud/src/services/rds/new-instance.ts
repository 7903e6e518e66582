/** What CreateDBInstance and RestoreDBInstanceFromDBSnapshot share: the checks of a request and the record that it makes. */
import type { Input } from "../../aws.ts";
import { encryptionKeys } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";
import { hasSystemVector } from "../../runtime/postgres/installation.ts";
import { scramVerifier } from "../../runtime/postgres/scram.ts";
import { type Engine, familyOf, majorOf } from "./engine-versions.ts";
import { instanceExists, invalidCombination, invalidValue, notEmulated, tooFewZones } from "./errors.ts";
import { newResourceId, type Instance, type InstanceSettings } from "./instance.ts";
import { memoryBytesOf } from "./instance-classes.ts";
import { checkMasterPassword } from "./names.ts";
import { defaultSecurityGroup } from "./network.ts";
import { defaultGroup, findParameterGroup, type ParameterGroup } from "./parameter-group.ts";
import { checkStorage } from "./storage.ts";
import { optionGroupFor } from "./option-group.ts";
import { findSubnetGroup, type SubnetGroup } from "./subnet-group.ts";
import { checkedTags } from "./tags.ts";
import { chosenWindows } from "./windows.ts";
import { instances } from "./instance.ts";
import { authorityNames } from "./certificates.ts";

/** The tag by which an instance asks for extensions that the native server may lack, as `vector`. */
export const extensionsTag = "plinth:extensions";

type Request = Input<"rds", "CreateDBInstance">;

export interface NewInstance {
  identifier: string;
  engineVersion: string;
  masterUsername: string;
  databaseName?: string | undefined;
}

/** The record of an instance that is now being created, not yet written. Every fault of the request is found here. */
export async function newInstance(context: OperationContext, input: Omit<Request, "Engine">, fixed: NewInstance): Promise<Instance> {
  const { cloud, region } = context;
  if (instances(cloud).has(region, fixed.identifier)) throw instanceExists();
  refuseWhatIsNotServed(input);
  memoryBytesOf(input.DBInstanceClass);
  const major = majorOf(fixed.engineVersion);
  const group = input.DBParameterGroupName ? findParameterGroup(cloud, region, input.DBParameterGroupName) : defaultGroup(familyOf(major));
  checkFamily(group, major, fixed.engineVersion);
  const optionGroup = optionGroupFor(cloud, region, major, input.OptionGroupName);
  const subnetGroup = await placeOf(context, input.DBSubnetGroupName);
  const zones = [...new Set(subnetGroup?.subnets.map(({ zone }) => zone))].sort();
  if (input.AvailabilityZone && input.MultiAZ)
    throw invalidCombination("Requesting a specific availability zone is not valid for Multi-AZ instances.");
  if (input.MultiAZ && subnetGroup && zones.length < 2) throw tooFewZones(zones);
  const tags = checkedTags(input.Tags);
  const wantsVector = tags.some(({ Key, Value }) => Key === extensionsTag && Value.split(/[\s,:]+/).includes("vector"));
  return {
    identifier: fixed.identifier,
    resourceId: newResourceId(cloud),
    status: "creating",
    settings: {
      ...checkSettings(input),
      ...checkStorage({
        storageType: input.StorageType,
        sizeGib: input.AllocatedStorage,
        iops: input.Iops,
        throughput: input.StorageThroughput,
      }),
      ...chosenWindows(cloud.world.random, { backup: input.PreferredBackupWindow, maintenance: input.PreferredMaintenanceWindow }),
      instanceClass: input.DBInstanceClass,
      engineVersion: fixed.engineVersion,
      port: checkPort(input.Port ?? 5432),
      multiAz: input.MultiAZ ?? false,
      publiclyAccessible: input.PubliclyAccessible ?? false,
      autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
      licenseModel: "postgresql-license",
      parameterGroup: group.name,
      optionGroup,
      securityGroups: input.VpcSecurityGroupIds ?? (subnetGroup ? await defaultSecurityGroup(context, subnetGroup.subnets[0]!.vpc) : []),
    },
    pending: {},
    deferred: {},
    masterUsername: fixed.masterUsername,
    databaseName: fixed.databaseName,
    subnetGroup,
    availabilityZone: input.AvailabilityZone ?? zones[0] ?? `${region}a`,
    storageEncrypted: input.StorageEncrypted ?? input.KmsKeyId !== undefined,
    kmsKeyId: input.KmsKeyId ?? (input.StorageEncrypted ? encryptionKeys(context.cloud).arnOf(region, "alias/aws/rds") : undefined),
    engineLifecycleSupport: input.EngineLifecycleSupport ?? "open-source-rds-extended-support",
    server: wantsVector && !hasSystemVector(major) ? "pglite" : "native",
    tags,
  };
}

/** A SCRAM verifier of a checked password, with a salt of its own. */
export function verifierOf(context: Pick<OperationContext, "cloud">, password: string): string {
  checkMasterPassword(password);
  return scramVerifier(password, context.cloud.world.random.bytes(16));
}

export function checkFamily(group: ParameterGroup, major: number, version: string, engine: Engine = "postgres"): void {
  const family = familyOf(major, engine);
  if (group.family === family) return;
  throw invalidCombination(
    `The parameter group ${group.name} with DBParameterGroupFamily ${group.family} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily ${family} (engine version ${version}).`,
  );
}

/** Checks and defaults that a modification shares with a creation. */
export function checkSettings(
  input: Partial<Request>,
): Pick<
  InstanceSettings,
  | "backupRetentionDays"
  | "copyTagsToSnapshot"
  | "deletionProtection"
  | "monitoringIntervalSeconds"
  | "iamAuthentication"
  | "performanceInsights"
  | "databaseInsightsMode"
  | "logExports"
  | "certificateAuthority"
  | "dedicatedLogVolume"
  | "networkType"
> &
  Partial<InstanceSettings> {
  const retention = input.BackupRetentionPeriod ?? 1;
  if (retention < 0 || retention > 35) throw invalidValue(`Invalid backup retention period: ${retention}. Must be between 0 and 35.`);
  const interval = input.MonitoringInterval ?? 0;
  if (![0, 1, 5, 10, 15, 30, 60].includes(interval))
    throw invalidValue(`Invalid value for MonitoringInterval: ${interval}. Valid values are 0, 1, 5, 10, 15, 30, 60.`);
  if (interval > 0 && !input.MonitoringRoleArn)
    throw invalidCombination("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.");
  const exports = input.EnableCloudwatchLogsExports ?? [];
  for (const type of exports) {
    if (!exportableLogs.includes(type))
      throw invalidCombination(
        `You cannot use the log types '${type}' with engine version postgres. For supported log types, see the documentation.`,
      );
  }
  if (
    input.MaxAllocatedStorage !== undefined &&
    input.AllocatedStorage !== undefined &&
    input.MaxAllocatedStorage <= input.AllocatedStorage
  ) {
    throw invalidCombination("Max storage size must be greater than storage size");
  }
  const authority = input.CACertificateIdentifier ?? authorityNames[0]!;
  if (!authorityNames.includes(authority)) throw invalidValue(`CertificateIdentifier ${authority} is invalid`);
  return {
    backupRetentionDays: retention,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    deletionProtection: input.DeletionProtection ?? false,
    monitoringIntervalSeconds: interval,
    ...(input.MonitoringRoleArn && { monitoringRoleArn: input.MonitoringRoleArn }),
    iamAuthentication: input.EnableIAMDatabaseAuthentication ?? false,
    performanceInsights: input.EnablePerformanceInsights ?? false,
    ...(input.PerformanceInsightsRetentionPeriod !== undefined && {
      performanceInsightsRetentionDays: input.PerformanceInsightsRetentionPeriod,
    }),
    ...(input.PerformanceInsightsKMSKeyId && { performanceInsightsKmsKeyId: input.PerformanceInsightsKMSKeyId }),
    databaseInsightsMode: input.DatabaseInsightsMode ?? "standard",
    logExports: exports,
    certificateAuthority: authority,
    dedicatedLogVolume: input.DedicatedLogVolume ?? false,
    networkType: input.NetworkType ?? "IPV4",
    ...(input.MaxAllocatedStorage !== undefined && { maxAllocatedStorage: input.MaxAllocatedStorage }),
  };
}

/** The logs that PostgreSQL instances can send to CloudWatch Logs. */
export const exportableLogs: readonly string[] = ["postgresql", "upgrade", "iam-db-auth-error"];

export function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 1150 || port > 65_535)
    throw invalidValue(`Invalid endpoint port number ${port}. The valid range is 1150-65535.`);
  return port;
}

async function placeOf(context: OperationContext, name: string | undefined): Promise<Omit<SubnetGroup, "tags">> {
  const { tags: _tags, ...group } = await findSubnetGroup(context, name ?? "default");
  return group;
}

/** Members that would change what an instance is, and that nothing here answers to. */
function refuseWhatIsNotServed(input: Partial<Request>): void {
  const given = (members: readonly (keyof Request)[], what: string) => {
    if (members.some((member) => input[member] !== undefined && input[member] !== false)) throw notEmulated(what);
  };
  given(
    ["Domain", "DomainFqdn", "DomainOu", "DomainAuthSecretArn", "DomainDnsIps", "DomainIAMRoleName"],
    "Active Directory domains of DB instances",
  );
  given(
    ["TdeCredentialArn", "TdeCredentialPassword", "Timezone", "NcharCharacterSetName", "CharacterSetName"],
    "settings of other engines",
  );
  given(["CustomIamInstanceProfile", "DBSystemId", "MultiTenant"], "RDS Custom and multi-tenant instances");
  given(["EnableCustomerOwnedIp"], "RDS on Outposts");
  given(["AdditionalStorageVolumes"], "additional storage volumes");
  if (input.DBSecurityGroups?.length) throw invalidCombination("DB Security Groups are not supported in a VPC.");
  if (input.MasterUserAuthenticationType && input.MasterUserAuthenticationType !== "password")
    throw notEmulated("IAM authentication of the master user");
}
