/** AWS::RDS::DBCluster: an Aurora cluster; `create` resolves when it takes instances. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { retag, stackTags, tagsTell, unlessGone } from "../../../stack-tags.ts";
import type { ClusterShape } from "../aurora/cluster-shape.ts";
import { arnOf } from "../names.ts";
import { timeOf } from "../template-time.ts";
import { clusterCoverage } from "./db-cluster-coverage.ts";

type Properties = ResourceProperties["AWS::RDS::DBCluster"];
type Request = ResourceRequest<Properties>;

const pollMs = 25;
/** Another kind of engine, another place and another beginning are another cluster. */
const replacing: readonly string[] = [
  "Engine",
  "EngineMode",
  "DBSubnetGroupName",
  "AvailabilityZones",
  "SnapshotIdentifier",
  "SourceDBClusterIdentifier",
  "SourceDbClusterResourceId",
  "RestoreToTime",
  "RestoreType",
  "UseLatestRestorableTime",
];

export const dbCluster = resource("AWS::RDS::DBCluster", {
  coverage: clusterCoverage,

  async create(request) {
    const identifier = identifierOf(request);
    const { properties } = request;
    const both = {
      ...settings(properties),
      ...only(properties, ["DBSubnetGroupName", "EngineLifecycleSupport"]),
      ...(properties.EnableCloudwatchLogsExports && { EnableCloudwatchLogsExports: properties.EnableCloudwatchLogsExports }),
      DBClusterIdentifier: identifier,
      Tags: stackTags(request),
    };
    const { AutoMinorVersionUpgrade: _a, ManageMasterUserPassword: _b, MasterUserPassword, ...others } = both;
    const source = only(properties, ["SourceDBClusterIdentifier", "SourceDbClusterResourceId"]);
    const restored = properties.SnapshotIdentifier !== undefined || Object.keys(source).length > 0;
    if (properties.SnapshotIdentifier !== undefined) {
      await request.call("rds", "RestoreDBClusterFromSnapshot", {
        ...others,
        ...only(properties, ["AvailabilityZones", "EngineVersion"]),
        Engine: properties.Engine ?? "",
        SnapshotIdentifier: properties.SnapshotIdentifier,
      });
    } else if (restored) {
      await request.call("rds", "RestoreDBClusterToPointInTime", {
        ...others,
        ...source,
        ...only(properties, ["RestoreType", "UseLatestRestorableTime"]),
        ...(properties.RestoreToTime !== undefined && { RestoreToTime: timeOf(properties.RestoreToTime) }),
      });
    } else {
      await request.call("rds", "CreateDBCluster", {
        ...both,
        ...only(properties, [
          "AvailabilityZones",
          "DatabaseName",
          "EngineMode",
          "EngineVersion",
          "GlobalClusterIdentifier",
          "KmsKeyId",
          "MasterUsername",
          "StorageEncrypted",
        ]),
        Engine: properties.Engine ?? "",
      });
    }
    const made = await whenAvailable(request, identifier);
    if (!restored || MasterUserPassword === undefined) return made;
    await request.call("rds", "ModifyDBCluster", { DBClusterIdentifier: identifier, MasterUserPassword, ApplyImmediately: true });
    return whenAvailable(request, identifier);
  },

  // All that "may" replace is changed in place, but for another kind of engine, another place and another beginning.
  replaces: ({ changed, properties }) =>
    changed.some((name) => replacing.includes(name)) ||
    // It can leave a global cluster, and begin in one.
    (changed.includes("GlobalClusterIdentifier") && properties.GlobalClusterIdentifier !== undefined),

  async update(request) {
    const { properties, previous, physicalId } = request;
    const changed = Object.keys({ ...properties, ...previous }).filter(
      (name) => JSON.stringify(properties[name as keyof Properties]) !== JSON.stringify(previous[name as keyof Properties]),
    );
    const exports = properties.EnableCloudwatchLogsExports ?? [];
    const gone = (previous.EnableCloudwatchLogsExports ?? []).filter((type) => !exports.includes(type));
    if (changed.includes("GlobalClusterIdentifier")) await leaveGlobal(request, previous.GlobalClusterIdentifier);
    if (changed.some((name) => name !== "Tags" && name !== "GlobalClusterIdentifier")) {
      await request.call("rds", "ModifyDBCluster", {
        ...Object.fromEntries(
          Object.entries(settings(properties)).filter(([name]) =>
            changed.includes(name === "EnablePerformanceInsights" ? "PerformanceInsightsEnabled" : name),
          ),
        ),
        DBClusterIdentifier: physicalId,
        ApplyImmediately: true,
        ...(changed.includes("EngineVersion") && properties.EngineVersion && { EngineVersion: properties.EngineVersion }),
        ...(changed.includes("EnableCloudwatchLogsExports") && {
          CloudwatchLogsExportConfiguration: { EnableLogTypes: exports, DisableLogTypes: gone },
        }),
      });
    }
    await retag(request, "rds", arnOf(request, "cluster", physicalId));
    return whenAvailable(request, physicalId);
  },

  async delete(request) {
    const { call, physicalId, policy } = request;
    const found = await call("rds", "DescribeDBClusters", { DBClusterIdentifier: physicalId }).catch(unlessGone);
    if (!found) return;
    if (found.DBClusters?.[0]?.Status !== "deleting") {
      // As AWS's handler does; the global cluster deletes none of its members.
      await leaveGlobal(request, found.DBClusters?.[0]?.GlobalClusterIdentifier);
      const snapshot = request.physicalName(255, { lowerCase: true }).replace(/--+/g, "-");
      await call("rds", "DeleteDBCluster", {
        DBClusterIdentifier: physicalId,
        ...(policy === "Snapshot" ? { FinalDBSnapshotIdentifier: snapshot } : { SkipFinalSnapshot: true }),
      }).catch(unlessGone);
    }
    while (await call("rds", "DescribeDBClusters", { DBClusterIdentifier: physicalId }).catch(unlessGone)) {
      await request.cloud.world.clock.sleep(pollMs);
    }
  },

  async find(request) {
    const identifier = identifierOf(request);
    const found = await request.call("rds", "DescribeDBClusters", { DBClusterIdentifier: identifier }).catch(unlessGone);
    const cluster = found?.DBClusters?.[0];
    return cluster && tagsTell(request, cluster.TagList ?? []) ? whenAvailable(request, identifier) : undefined;
  },
});

/** Takes the cluster out of its global cluster, and waits until it stands alone. */
async function leaveGlobal(request: Request & { physicalId: string }, global: string | undefined): Promise<void> {
  if (!global) return;
  const { call, physicalId } = request;
  const { DBClusters: [cluster] = [] } = await call("rds", "DescribeDBClusters", { DBClusterIdentifier: physicalId });
  if (!cluster?.GlobalClusterIdentifier) return;
  await call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: global, DbClusterIdentifier: cluster.DBClusterArn! });
  await whenAvailable(request, physicalId);
}

function identifierOf(request: Request): string {
  return (request.properties.DBClusterIdentifier ?? request.physicalName(63, { lowerCase: true })).toLowerCase();
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
      "CopyTagsToSnapshot",
      "DBClusterParameterGroupName",
      "DeletionProtection",
      "EnableHttpEndpoint",
      "EnableIAMDatabaseAuthentication",
      "ManageMasterUserPassword",
      "MasterUserPassword",
      "MonitoringInterval",
      "MonitoringRoleArn",
      "NetworkType",
      "PerformanceInsightsRetentionPeriod",
      "Port",
      "PreferredBackupWindow",
      "PreferredMaintenanceWindow",
      "ServerlessV2ScalingConfiguration",
      "StorageType",
      "VpcSecurityGroupIds",
    ]),
    ...(properties.DatabaseInsightsMode && { DatabaseInsightsMode: properties.DatabaseInsightsMode as "standard" | "advanced" }),
    ...(properties.PerformanceInsightsEnabled !== undefined && { EnablePerformanceInsights: properties.PerformanceInsightsEnabled }),
    ...(properties.PerformanceInsightsKmsKeyId && { PerformanceInsightsKMSKeyId: properties.PerformanceInsightsKmsKeyId }),
    ...(properties.MasterUserSecret?.KmsKeyId && { MasterUserSecretKmsKeyId: properties.MasterUserSecret.KmsKeyId }),
  };
}

async function whenAvailable(request: Request, identifier: string): Promise<Made> {
  for (;;) {
    const { DBClusters: [cluster] = [] } = await request.call("rds", "DescribeDBClusters", { DBClusterIdentifier: identifier });
    if (cluster?.Status === "available") return made(cluster);
    if (cluster?.Status === "failed") {
      throw new MadeInPart(identifier, new AwsError("InternalFailure", await reasonOf(request, identifier), 500));
    }
    try {
      await request.cloud.world.clock.sleep(pollMs, request.signal);
    } catch (error) {
      throw new MadeInPart(identifier, error);
    }
  }
}

/** A described cluster says that it has failed; why is in its events. */
async function reasonOf({ call }: Request, identifier: string): Promise<string> {
  const { Events: events = [] } = await call("rds", "DescribeEvents", {
    SourceIdentifier: identifier,
    SourceType: "db-cluster",
    EventCategories: ["failure"],
  });
  return events.at(-1)?.Message ?? "The DB cluster failed.";
}

function made(cluster: ClusterShape): Made {
  const { Endpoint: address, ReaderEndpoint: readerAddress, Port: port } = cluster;
  return {
    physicalId: cluster.DBClusterIdentifier!,
    attributes: {
      DBClusterArn: cluster.DBClusterArn!,
      DBClusterResourceId: cluster.DbClusterResourceId!,
      "Endpoint.Address": address!,
      "Endpoint.Port": String(port!),
      "ReadEndpoint.Address": readerAddress!,
      StorageEncryptionType: cluster.StorageEncrypted ? (cluster.KmsKeyId ? "sse-kms" : "sse-rds") : "none",
      StorageThroughput: 0,
      ...(cluster.MasterUserSecret && { "MasterUserSecret.SecretArn": cluster.MasterUserSecret.SecretArn! }),
    },
  };
}
