/** A DB cluster as RDS describes it. */
import type { Output } from "../../../aws.ts";
import type { OperationContext } from "../../../service.ts";
import { restorableWindow } from "../backup/restorable-window.ts";
import { globalOf } from "../global/global-cluster.ts";
import { servedByTag } from "../instance-shape.ts";
import { arnOf } from "../names.ts";
import type { Cluster } from "./cluster.ts";
import { isServerless, membersOf } from "./members.ts";

export type ClusterShape = NonNullable<NonNullable<Output<"rds", "DescribeDBClusters">["DBClusters"]>[number]>;

export function clusterShape(context: Pick<OperationContext, "cloud" | "region" | "account">, cluster: Cluster): ClusterShape {
  const { settings, endpoint, readerEndpoint } = cluster;
  const { cloud, region, account } = context;
  const members = membersOf(cloud, region, cluster);
  const membership = globalOf(cloud, region, cluster);
  const window = restorableWindow(cloud, region, cluster);
  const servedBy = members.find(({ resourceId }) => resourceId === cluster.writer)?.servedBy;
  return {
    AllocatedStorage: 1,
    AvailabilityZones: cluster.zones,
    BackupRetentionPeriod: settings.backupRetentionDays,
    ...(cluster.databaseName && { DatabaseName: cluster.databaseName }),
    DBClusterIdentifier: cluster.identifier,
    DBClusterParameterGroup: settings.parameterGroup,
    ...(cluster.subnetGroup && { DBSubnetGroup: cluster.subnetGroup.name }),
    Status: cluster.status,
    ...(endpoint && { Endpoint: endpoint.address, Port: endpoint.port }),
    ...(!endpoint && { Port: settings.port }),
    ...(readerEndpoint && { ReaderEndpoint: readerEndpoint.address }),
    CustomEndpoints: [],
    MultiAZ: new Set(members.map(({ availabilityZone }) => availabilityZone)).size > 1,
    Engine: "aurora-postgresql",
    EngineVersion: settings.engineVersion,
    ...(cluster.createdMs !== undefined && {
      ClusterCreateTime: new Date(cluster.createdMs),
    }),
    ...(window && { EarliestRestorableTime: new Date(window.earliestMs), LatestRestorableTime: new Date(window.latestMs) }),
    MasterUsername: cluster.masterUsername,
    PreferredBackupWindow: settings.backupWindow,
    PreferredMaintenanceWindow: settings.maintenanceWindow,
    ReadReplicaIdentifiers: [],
    DBClusterMembers: members.map((member) => ({
      DBInstanceIdentifier: member.identifier,
      IsClusterWriter: member.resourceId === cluster.writer,
      DBClusterParameterGroupStatus: "in-sync",
      PromotionTier: member.member.promotionTier,
    })),
    VpcSecurityGroups: settings.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: "active" })),
    StorageEncrypted: cluster.storageEncrypted,
    ...(cluster.kmsKeyId && { KmsKeyId: cluster.kmsKeyId }),
    DbClusterResourceId: cluster.resourceId,
    DBClusterArn: arnOf({ region, account }, "cluster", cluster.identifier),
    AssociatedRoles: [],
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    EngineMode: "provisioned",
    DeletionProtection: settings.deletionProtection,
    HttpEndpointEnabled: settings.httpEndpoint ?? false,
    ActivityStreamStatus: "stopped",
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    CrossAccountClone: false,
    ...(settings.logExports.length > 0 && { EnabledCloudwatchLogsExports: settings.logExports }),
    PendingModifiedValues: pendingShape(cluster),
    DomainMemberships: [],
    TagList: [...cluster.tags, ...(servedBy ? [{ Key: servedByTag, Value: servedBy }] : [])],
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    ...(settings.capacity && {
      ServerlessV2ScalingConfiguration: {
        MinCapacity: settings.capacity.min,
        MaxCapacity: settings.capacity.max,
        ...(settings.capacity.pauseAfterSeconds !== undefined && { SecondsUntilAutoPause: settings.capacity.pauseAfterSeconds }),
      },
    }),
    ...(members.some(isServerless) && { ServerlessV2PlatformVersion: "3" }),
    ...(settings.storageType !== "aurora" && { StorageType: settings.storageType }),
    NetworkType: settings.networkType,
    DatabaseInsightsMode: settings.databaseInsightsMode as "standard" | "advanced",
    ...(settings.performanceInsights && {
      PerformanceInsightsEnabled: true,
      PerformanceInsightsRetentionPeriod: settings.performanceInsightsRetentionDays ?? 7,
    }),
    ...(settings.performanceInsightsKmsKeyId && { PerformanceInsightsKMSKeyId: settings.performanceInsightsKmsKeyId }),
    ...(settings.monitoringIntervalSeconds > 0 && { MonitoringInterval: settings.monitoringIntervalSeconds }),
    ...(settings.monitoringRoleArn && { MonitoringRoleArn: settings.monitoringRoleArn }),
    ...(membership && {
      GlobalClusterIdentifier: membership.global.identifier,
      ...(!membership.member.writer && { GlobalWriteForwardingRequested: false, GlobalWriteForwardingStatus: "disabled" as const }),
    }),
    LocalWriteForwardingStatus: "disabled",
    EngineLifecycleSupport: cluster.engineLifecycleSupport,
    ...(cluster.masterSecret && {
      MasterUserSecret: {
        SecretArn: cluster.masterSecret.arn,
        SecretStatus: "active",
        KmsKeyId: cluster.masterSecret.kmsKeyId ?? `arn:aws:kms:${region}:${account}:alias/aws/secretsmanager`,
      },
    }),
  };
}

function pendingShape(cluster: Cluster): NonNullable<ClusterShape["PendingModifiedValues"]> {
  const pending = { ...cluster.deferred, ...cluster.pending };
  return {
    ...(pending.masterVerifier && { MasterUserPassword: "****" }),
    ...(pending.identifier && { DBClusterIdentifier: pending.identifier }),
    ...(pending.engineVersion && { EngineVersion: pending.engineVersion }),
    ...(pending.backupRetentionDays !== undefined && { BackupRetentionPeriod: pending.backupRetentionDays }),
    ...(pending.iamAuthentication !== undefined && { IAMDatabaseAuthenticationEnabled: pending.iamAuthentication }),
    ...(pending.storageType && { StorageType: pending.storageType }),
  };
}
