/** AWS::RDS::DBInstance: a PostgreSQL server; `create` resolves when it takes connections. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import type { InstanceShape } from "../instance-shape.ts";
import { retag, stackTags, tagsTell, unlessGone } from "../../../stack-tags.ts";
import { majorOf } from "../engine-versions.ts";
import { invalidCombination, notEmulated } from "../errors.ts";
import { timeOf } from "../template-time.ts";
import { arnOf } from "../names.ts";
import { coverage } from "./db-instance-coverage.ts";

type Properties = ResourceProperties["AWS::RDS::DBInstance"];
type Request = ResourceRequest<Properties>;

const pollMs = 25;
/** What its data begins with: another one is another instance. */
const sources: readonly string[] = [
  "DBSnapshotIdentifier",
  "SourceDBInstanceIdentifier",
  "SourceDbiResourceId",
  "SourceDBInstanceAutomatedBackupsArn",
  "RestoreTime",
  "UseLatestRestorableTime",
];

export const dbInstance = resource("AWS::RDS::DBInstance", {
  coverage,

  async create(request) {
    const identifier = identifierOf(request);
    const { properties } = request;
    const both = {
      ...settings(properties),
      DBInstanceIdentifier: identifier,
      Tags: stackTags(request),
      ...only(properties, [
        "AvailabilityZone",
        "KmsKeyId",
        "StorageEncrypted",
        "DBSubnetGroupName",
        "EngineLifecycleSupport",
        "BackupTarget",
      ]),
    };
    const {
      EnablePerformanceInsights: _a,
      PerformanceInsightsKMSKeyId: _b,
      PerformanceInsightsRetentionPeriod: _c,
      StorageEncrypted: _d,
      KmsKeyId: _e,
      ...others
    } = both;
    const restorable = {
      ...others,
      ...(properties.EnableCloudwatchLogsExports && { EnableCloudwatchLogsExports: properties.EnableCloudwatchLogsExports }),
      ...(properties.Port && { Port: Number(properties.Port) }),
    };
    const source = only(properties, ["SourceDBInstanceIdentifier", "SourceDbiResourceId", "SourceDBInstanceAutomatedBackupsArn"]);
    if (properties.DBSnapshotIdentifier) {
      await checkVersion(request, properties.DBSnapshotIdentifier, properties.EngineVersion);
      await request.call("rds", "RestoreDBInstanceFromDBSnapshot", {
        ...restorable,
        DBSnapshotIdentifier: properties.DBSnapshotIdentifier,
      });
    } else if (Object.keys(source).length > 0) {
      if (properties.RestoreTime === undefined && !properties.UseLatestRestorableTime) throw notEmulated("read replicas");
      const { DBInstanceIdentifier: TargetDBInstanceIdentifier, ...asked } = restorable;
      await request.call("rds", "RestoreDBInstanceToPointInTime", {
        ...asked,
        ...source,
        TargetDBInstanceIdentifier,
        ...(properties.RestoreTime !== undefined && { RestoreTime: timeOf(properties.RestoreTime) }),
        ...(properties.UseLatestRestorableTime && { UseLatestRestorableTime: true }),
      });
    } else if (properties.DBClusterIdentifier) {
      await request.call("rds", "CreateDBInstance", {
        ...both,
        ...only(properties, ["DBClusterIdentifier", "EngineVersion"]),
        DBInstanceClass: properties.DBInstanceClass ?? "",
        Engine: properties.Engine ?? "",
      });
    } else {
      await request.call("rds", "CreateDBInstance", {
        ...both,
        DBInstanceClass: properties.DBInstanceClass ?? "",
        Engine: properties.Engine ?? "",
        ...only(properties, ["DBName", "MasterUsername", "EngineVersion", "EnableCloudwatchLogsExports"]),
        ...(properties.Port && { Port: Number(properties.Port) }),
      });
    }
    const made = await whenAvailable(request, identifier);
    const restored = properties.DBSnapshotIdentifier !== undefined || Object.keys(source).length > 0;
    if (!restored || properties.MasterUserPassword === undefined) return made;
    await request.call("rds", "ModifyDBInstance", {
      DBInstanceIdentifier: identifier,
      MasterUserPassword: properties.MasterUserPassword,
      ApplyImmediately: true,
    });
    return whenAvailable(request, identifier);
  },

  // Another source of the data or another zone is another instance; all else that "may" replace (Multi-AZ, storage type, …) is changed in place.
  replaces: ({ properties, changed }) =>
    changed.some(
      (name) =>
        sources.includes(name) ||
        name === "Engine" ||
        name === "DBClusterIdentifier" ||
        (name === "AvailabilityZone" && properties.AvailabilityZone !== undefined),
    ),

  async update(request) {
    const { properties, previous, physicalId } = request;
    const changed = Object.keys({ ...properties, ...previous }).filter(
      (name) => JSON.stringify(properties[name as keyof Properties]) !== JSON.stringify(previous[name as keyof Properties]),
    );
    const names = new Set(changed);
    const given = Object.fromEntries(
      Object.entries(settings(properties)).filter(([name]) => names.has(name === "VpcSecurityGroupIds" ? "VPCSecurityGroups" : name)),
    );
    const exports = properties.EnableCloudwatchLogsExports ?? [];
    const gone = (previous.EnableCloudwatchLogsExports ?? []).filter((type) => !exports.includes(type));
    const settingNames = changed.filter((name) => name !== "Tags" && name !== "ApplyImmediately");
    if (settingNames.length > 0) {
      await request.call("rds", "ModifyDBInstance", {
        ...given,
        DBInstanceIdentifier: physicalId,
        // CloudFormation applies at once unless the template says otherwise.
        ApplyImmediately: properties.ApplyImmediately ?? true,
        ...(names.has("EngineVersion") && properties.EngineVersion && { EngineVersion: properties.EngineVersion }),
        ...(names.has("Port") && properties.Port && { DBPortNumber: Number(properties.Port) }),
        ...(names.has("EnableCloudwatchLogsExports") && {
          CloudwatchLogsExportConfiguration: { EnableLogTypes: exports, DisableLogTypes: gone },
        }),
      });
    }
    await retag(request, "rds", arnOf(request, "db", physicalId));
    return whenAvailable(request, physicalId);
  },

  async delete(request) {
    const { call, physicalId, policy, properties } = request;
    const found = await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: physicalId }).catch(unlessGone);
    if (!found) return;
    if (found.DBInstances?.[0]?.DBInstanceStatus !== "deleting") {
      const snapshot = request.physicalName(255, { lowerCase: true }).replace(/--+/g, "-");
      await call("rds", "DeleteDBInstance", {
        DBInstanceIdentifier: physicalId,
        // The data of a cluster's instance is the cluster's.
        ...(policy === "Snapshot" && !properties.DBClusterIdentifier
          ? { FinalDBSnapshotIdentifier: snapshot }
          : { SkipFinalSnapshot: true }),
        ...(properties.DeleteAutomatedBackups === false && { DeleteAutomatedBackups: false }),
      }).catch(unlessGone);
    }
    while (await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: physicalId }).catch(unlessGone)) {
      await request.cloud.world.clock.sleep(pollMs);
    }
  },

  async find(request) {
    const identifier = identifierOf(request);
    const found = await request.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier }).catch(unlessGone);
    const instance = found?.DBInstances?.[0];
    return instance && tagsTell(request, instance.TagList ?? []) ? whenAvailable(request, identifier) : undefined;
  },
});

/** A snapshot holds the data of one major version; CloudFormation would have it restored and then upgraded, which is not served. */
async function checkVersion({ call }: Request, snapshot: string, asked: string | undefined): Promise<void> {
  const { DBSnapshots: [found] = [] } = await call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: snapshot });
  const present = found?.EngineVersion;
  if (asked === undefined || present === undefined || majorOf(asked) === majorOf(present)) return;
  throw invalidCombination(
    `The snapshot ${snapshot} is of postgres ${present} and cannot be restored as ${asked}: name a version of ${majorOf(present)}.`,
  );
}

function identifierOf(request: Request): string {
  return (request.properties.DBInstanceIdentifier ?? request.physicalName(63, { lowerCase: true })).toLowerCase();
}

function only<const K extends keyof Properties>(properties: Properties, names: readonly K[]): { [P in K]?: NonNullable<Properties[P]> } {
  return Object.fromEntries(names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]])) as {
    [P in K]?: NonNullable<Properties[P]>;
  };
}

/** What a creation and a modification take by the same name. */
function settings(properties: Properties) {
  return {
    ...only(properties, [
      "AutoMinorVersionUpgrade",
      "BackupRetentionPeriod",
      "CACertificateIdentifier",
      "CopyTagsToSnapshot",
      "DBInstanceClass",
      "DBParameterGroupName",
      "DedicatedLogVolume",
      "DeletionProtection",
      "EnableIAMDatabaseAuthentication",
      "EnablePerformanceInsights",
      "Iops",
      "LicenseModel",
      "ManageMasterUserPassword",
      "MasterUserPassword",
      "MaxAllocatedStorage",
      "MonitoringInterval",
      "MonitoringRoleArn",
      "MultiAZ",
      "NetworkType",
      "OptionGroupName",
      "PerformanceInsightsKMSKeyId",
      "PerformanceInsightsRetentionPeriod",
      "PreferredBackupWindow",
      "PreferredMaintenanceWindow",
      "PromotionTier",
      "PubliclyAccessible",
      "StorageThroughput",
      "StorageType",
    ]),
    ...(properties.AllocatedStorage !== undefined && { AllocatedStorage: Number(properties.AllocatedStorage) }),
    ...(properties.VPCSecurityGroups && { VpcSecurityGroupIds: properties.VPCSecurityGroups }),
    ...(properties.DatabaseInsightsMode && { DatabaseInsightsMode: properties.DatabaseInsightsMode as "standard" | "advanced" }),
    ...(properties.MasterUserSecret?.KmsKeyId && { MasterUserSecretKmsKeyId: properties.MasterUserSecret.KmsKeyId }),
  };
}

async function whenAvailable(request: Request, identifier: string): Promise<Made> {
  for (;;) {
    const { DBInstances: [instance] = [] } = await request.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
    if (instance?.DBInstanceStatus === "available") return made(instance);
    if (instance?.DBInstanceStatus === "failed") {
      throw new MadeInPart(
        identifier,
        new AwsError("InternalFailure", instance.StatusInfos?.[0]?.Message ?? "The DB instance failed.", 500),
      );
    }
    try {
      await request.cloud.world.clock.sleep(pollMs, request.signal);
    } catch (error) {
      throw new MadeInPart(identifier, error);
    }
  }
}

function made(instance: InstanceShape): Made {
  return {
    physicalId: instance.DBInstanceIdentifier!,
    attributes: {
      DBInstanceArn: instance.DBInstanceArn!,
      DBInstanceStatus: instance.DBInstanceStatus!,
      DbiResourceId: instance.DbiResourceId!,
      "Endpoint.Address": instance.Endpoint!.Address!,
      "Endpoint.Port": String(instance.Endpoint!.Port!),
      "Endpoint.HostedZoneId": "",
      "CertificateDetails.CAIdentifier": instance.CACertificateIdentifier!,
      InstanceCreateTime: instance.InstanceCreateTime!.toISOString(),
      ...(instance.MasterUserSecret && { "MasterUserSecret.SecretArn": instance.MasterUserSecret.SecretArn! }),
    },
  };
}
