/** What a modification of a cluster's instance cannot name, because it is the cluster's. */
import type { Input } from "../../../aws.ts";
import { invalidCombination } from "../errors.ts";
import type { Instance } from "../instance.ts";

type Request = Input<"rds", "ModifyDBInstance">;

const ofTheCluster: readonly [keyof Request, string][] = [
  ["AllocatedStorage", "storage size"],
  ["BackupRetentionPeriod", "backup retention period"],
  ["CloudwatchLogsExportConfiguration", "CloudWatch Logs exports"],
  ["DBPortNumber", "port"],
  ["DeletionProtection", "deletion protection"],
  ["EnableIAMDatabaseAuthentication", "IAM database authentication"],
  ["EngineVersion", "engine version"],
  ["Iops", "storage"],
  ["ManageMasterUserPassword", "master user password"],
  ["MasterUserPassword", "master user password"],
  ["MultiAZ", "Availability Zones"],
  ["PreferredBackupWindow", "backup window"],
  ["StorageType", "storage type"],
  ["VpcSecurityGroupIds", "VPC security groups"],
];

/** Throws unless each is as it stands; CloudFormation names some again that have not changed. */
export function refuseWhatClustersSet(input: Request, { settings }: Instance): void {
  for (const [name, words] of ofTheCluster) {
    const given = input[name];
    if (given === undefined || (name === "MultiAZ" && given === false)) continue;
    if (name === "EngineVersion" && given === settings.engineVersion) continue;
    throw invalidCombination(
      `The specified DB Instance is a member of a cluster. Modify the ${words} for the DB Cluster using the ModifyDBCluster API.`,
    );
  }
}
