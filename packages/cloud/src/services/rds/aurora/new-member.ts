/** The record of an instance that joins a cluster: what is its own it names, the rest is the cluster's. */
import type { Input } from "../../../aws.ts";
import type { OperationContext } from "../../../service.ts";
import { familyOf, majorOf } from "../engine-versions.ts";
import { instanceExists, invalidClusterState, invalidCombination, invalidValue, notEmulated } from "../errors.ts";
import { type Instance, instances, newResourceId } from "../instance.ts";
import { memoryBytesOf } from "../instance-classes.ts";
import { checkFamily, checkSettings } from "../new-instance.ts";
import { defaultOptionGroupName } from "../option-group.ts";
import { defaultGroup, findParameterGroup } from "../parameter-group.ts";
import { checkedTags } from "../tags.ts";
import { chosenWindows } from "../windows.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import { sharedSettings } from "./life.ts";
import { membersOf, serverlessClass } from "./members.ts";

type Request = Input<"rds", "CreateDBInstance">;

/** Members of a request that are said to the cluster, not to its instances, with RDS's words for each. */
const clusterOnly: readonly [keyof Request, string][] = [
  ["AllocatedStorage", "You don't need to set storage size."],
  ["MasterUsername", "Set master user name for the DB Cluster."],
  ["MasterUserPassword", "Set master user password for the DB Cluster."],
  ["ManageMasterUserPassword", "Set master user password for the DB Cluster."],
  ["DBName", "Set database name for the DB Cluster."],
  ["BackupRetentionPeriod", "Set backup retention period for the DB Cluster."],
  ["PreferredBackupWindow", "Set backup window for the DB Cluster."],
  ["VpcSecurityGroupIds", "Set vpc security group for the DB Cluster."],
  ["DeletionProtection", "Set deletion protection for the DB Cluster."],
  ["EnableCloudwatchLogsExports", "Set CloudWatch Logs exports for the DB Cluster."],
  ["EnableIAMDatabaseAuthentication", "Set IAM database authentication for the DB Cluster."],
  ["KmsKeyId", "Set the KMS key for the DB Cluster."],
  ["Port", "Set the port for the DB Cluster."],
];

const maxInstances = 16;
const maxTier = 15;

/** Not yet written. Every fault of the request is found here. */
export function newMember(context: OperationContext, input: Request, identifier: string): { cluster: Cluster; instance: Instance } {
  const { cloud, region } = context;
  const cluster = findCluster(cloud, region, input.DBClusterIdentifier!);
  if (instances(cloud).has(region, identifier)) throw instanceExists();
  if (input.Engine !== "aurora-postgresql") {
    throw invalidCombination(
      `The engine name requested for your DB instance (${input.Engine}) doesn't match the engine name of your DB cluster (aurora-postgresql).`,
    );
  }
  if (
    input.EngineVersion &&
    input.EngineVersion !== cluster.settings.engineVersion &&
    input.EngineVersion !== String(majorOf(cluster.settings.engineVersion))
  ) {
    throw invalidCombination(
      "The engine version that you requested for your DB instance doesn't match the engine version of your DB cluster.",
    );
  }
  for (const [member, words] of clusterOnly) {
    const given = input[member];
    if (given === undefined || given === false || (Array.isArray(given) && given.length === 0)) continue;
    throw invalidCombination(`The requested DB Instance will be a member of a DB Cluster. ${words}`);
  }
  if (input.MultiAZ) throw invalidCombination("VPC Multi-AZ DB Instances are not available for engine: aurora-postgresql");
  if (!["available", "creating", "modifying"].includes(cluster.status)) {
    throw invalidClusterState(`DB cluster ${cluster.identifier} isn't in a state that takes a new DB instance: ${cluster.status}.`);
  }
  const others = membersOf(cloud, region, cluster);
  if (others.length >= maxInstances) throw invalidClusterState(`A DB cluster has at most ${maxInstances} DB instances.`);
  if (others.length > 0 && cluster.server === "pglite") throw notEmulated("readers of a cluster that PGlite serves for want of pgvector");
  checkClass(input.DBInstanceClass!, cluster);
  if (input.DBSubnetGroupName && input.DBSubnetGroupName.toLowerCase() !== cluster.subnetGroup?.name) {
    throw invalidCombination(`The DB subnet group ${input.DBSubnetGroupName} isn't that of the DB cluster: ${cluster.subnetGroup?.name}.`);
  }
  const major = majorOf(cluster.settings.engineVersion);
  const named = input.DBParameterGroupName;
  const group = named ? findParameterGroup(cloud, region, named) : defaultGroup(familyOf(major, "aurora-postgresql"));
  checkFamily(group, major, cluster.settings.engineVersion, "aurora-postgresql");
  return {
    cluster,
    instance: {
      identifier,
      resourceId: newResourceId(cloud),
      status: "creating",
      settings: {
        ...checkSettings({
          ...input,
          MonitoringInterval: input.MonitoringInterval ?? cluster.settings.monitoringIntervalSeconds,
          MonitoringRoleArn: input.MonitoringRoleArn ?? cluster.settings.monitoringRoleArn,
        }),
        ...chosenWindows(cloud.world.random, { maintenance: input.PreferredMaintenanceWindow }),
        ...sharedSettings(cluster),
        instanceClass: input.DBInstanceClass!,
        allocatedStorage: 1,
        multiAz: false,
        publiclyAccessible: input.PubliclyAccessible ?? false,
        autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
        licenseModel: "postgresql-license",
        parameterGroup: group.name,
        optionGroup: defaultOptionGroupName(major, "aurora-postgresql"),
      },
      pending: {},
      deferred: {},
      masterUsername: cluster.masterUsername,
      databaseName: cluster.databaseName,
      subnetGroup: cluster.subnetGroup,
      // The zone where the fewest of the cluster's are, so that a reader stands elsewhere than the writer.
      availabilityZone: input.AvailabilityZone ?? leastUsed(cluster.zones, others) ?? `${region}a`,
      storageEncrypted: cluster.storageEncrypted,
      kmsKeyId: cluster.kmsKeyId,
      engineLifecycleSupport: cluster.engineLifecycleSupport,
      server: cluster.server,
      member: { cluster: cluster.identifier, promotionTier: checkTier(input.PromotionTier ?? 1) },
      tags: checkedTags(input.Tags),
    },
  };
}

export function checkClass(instanceClass: string, { settings }: Cluster): void {
  if (instanceClass !== serverlessClass) return void memoryBytesOf(instanceClass);
  if (!settings.capacity) {
    throw invalidClusterState(
      "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
    );
  }
}

export function checkTier(tier: number): number {
  if (!Number.isInteger(tier) || tier < 0 || tier > maxTier)
    throw invalidValue(`Invalid promotion tier: ${tier}. Must be between 0 and ${maxTier}.`);
  return tier;
}

function leastUsed(zones: readonly string[], others: readonly Instance[]): string | undefined {
  const count = (zone: string) => others.filter(({ availabilityZone }) => availabilityZone === zone).length;
  return [...zones].sort((a, b) => count(a) - count(b) || (a < b ? -1 : 1))[0];
}
