/** The settings that a request for a cluster, or for a change of one, may name: their checks and defaults. */
import type { Input } from "../../../aws.ts";
import { invalidCombination, invalidValue, notEmulated } from "../errors.ts";
import { exportableLogs } from "../new-instance.ts";
import type { ClusterSettings } from "./cluster.ts";

type Request = Input<"rds", "CreateDBCluster">;

/** Aurora keeps backups for at least a day, and its storage is of one of these kinds. */
const retentionDays = { min: 1, max: 35 };
const storageTypes: readonly string[] = ["aurora", "aurora-iopt1"];
const auroraLogs = exportableLogs.filter((type) => type !== "upgrade").concat("instance");

type Simple = Omit<
  ClusterSettings,
  "engineVersion" | "port" | "capacity" | "backupWindow" | "maintenanceWindow" | "parameterGroup" | "securityGroups"
>;

/** Throws RDS's error where a value cannot be. What is not named has its default. */
export function checkClusterSettings(input: Partial<Request>): Simple {
  const retention = input.BackupRetentionPeriod ?? 1;
  if (retention < retentionDays.min || retention > retentionDays.max) {
    throw invalidValue(`Invalid backup retention period: ${retention}. Must be between ${retentionDays.min} and ${retentionDays.max}.`);
  }
  const storageType = input.StorageType ?? "aurora";
  if (!storageTypes.includes(storageType)) throw invalidValue(`Invalid storage type: ${storageType}`);
  checkLogTypes(input.EnableCloudwatchLogsExports ?? []);
  const interval = input.MonitoringInterval ?? 0;
  if (![0, 1, 5, 10, 15, 30, 60].includes(interval))
    throw invalidValue(`Invalid value for MonitoringInterval: ${interval}. Valid values are 0, 1, 5, 10, 15, 30, 60.`);
  if (interval > 0 && !input.MonitoringRoleArn)
    throw invalidCombination("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.");
  return {
    backupRetentionDays: retention,
    deletionProtection: input.DeletionProtection ?? false,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    iamAuthentication: input.EnableIAMDatabaseAuthentication ?? false,
    httpEndpoint: input.EnableHttpEndpoint ?? false,
    logExports: input.EnableCloudwatchLogsExports ?? [],
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    storageType,
    networkType: input.NetworkType ?? "IPV4",
    databaseInsightsMode: input.DatabaseInsightsMode ?? "standard",
    performanceInsights: input.EnablePerformanceInsights ?? false,
    ...(input.PerformanceInsightsRetentionPeriod !== undefined && {
      performanceInsightsRetentionDays: input.PerformanceInsightsRetentionPeriod,
    }),
    ...(input.PerformanceInsightsKMSKeyId && { performanceInsightsKmsKeyId: input.PerformanceInsightsKMSKeyId }),
    monitoringIntervalSeconds: interval,
    ...(input.MonitoringRoleArn && { monitoringRoleArn: input.MonitoringRoleArn }),
  };
}

export function checkLogTypes(types: readonly string[]): void {
  const strange = types.find((type) => !auroraLogs.includes(type));
  if (strange !== undefined) {
    throw invalidCombination(
      `You cannot use the log types '${strange}' with engine version aurora-postgresql. For supported log types, see the documentation.`,
    );
  }
}

/** Members that would change what a cluster is, and that nothing here answers to. */
export function refuseWhatClustersDoNotHave(input: Partial<Request>): void {
  const given = (members: readonly (keyof Request)[], what: string) => {
    if (members.some((member) => input[member] !== undefined && input[member] !== false)) throw notEmulated(what);
  };
  given(
    ["EnableGlobalWriteForwarding"],
    "write forwarding from a secondary DB cluster of a global cluster: write to the global endpoint. It",
  );
  given(["ReplicationSourceIdentifier", "PreSignedUrl"], "clusters that follow one of another region");
  given(["DBClusterInstanceClass", "Iops", "AllocatedStorage"], "Multi-AZ DB clusters");
  given(["ScalingConfiguration"], "Aurora Serverless v1, which AWS has ended");
  given(["BacktrackWindow", "CharacterSetName"], "settings of other engines");
  given(["EnableLocalWriteForwarding"], "write forwarding");
  given(["EnableLimitlessDatabase"], "Aurora Limitless Database");
  given(["Domain", "DomainIAMRoleName"], "Active Directory domains of DB clusters");
  if (input.ClusterScalabilityType === "limitless") throw notEmulated("Aurora Limitless Database");
  if (input.EngineMode && input.EngineMode !== "provisioned") throw notEmulated(`the engine mode ${input.EngineMode}`);
  if (input.MasterUserAuthenticationType && input.MasterUserAuthenticationType !== "password")
    throw notEmulated("IAM authentication of the master user");
}
