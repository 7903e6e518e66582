/** A replication group as it is kept, and as ElastiCache describes it and its members. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { groupNotFound } from "./errors.ts";
import { arnOf, type Tag } from "./names.ts";

export type GroupStatus = "creating" | "available" | "modifying" | "snapshotting" | "deleting" | "create-failed";

export interface ReplicationGroup {
  id: string;
  description: string;
  status: GroupStatus;
  engine: "redis" | "valkey";
  engineVersion: string;
  nodeType: string;
  /** The primary and its replicas. Replicas are recorded: their endpoint is the primary's. */
  memberCount: number;
  zones: string[];
  port: number;
  automaticFailover: boolean;
  multiAz: boolean;
  tls: boolean;
  transitMode?: "preferred" | "required" | undefined;
  atRest: boolean;
  kmsKeyId?: string | undefined;
  /** Of which each is accepted: two while a token is rotated. Kept here because the server has to be told at each start. */
  tokens: string[];
  tokenChangedMs?: number | undefined;
  subnetGroup?: string | undefined;
  parameterGroup: string;
  securityGroups: string[];
  autoMinorVersionUpgrade: boolean;
  snapshotRetentionDays: number;
  snapshotWindow: string;
  maintenanceWindow: string;
  notificationTopicArn?: string | undefined;
  logDeliveries: { LogType: string; DestinationType: string; LogFormat: string; group: string }[];
  createdMs: number;
  address?: string | undefined;
  listeningPort?: number | undefined;
  servedBy?: string | undefined;
  /** The snapshot that its data came from, and the one that is taken before it goes. */
  restoredFrom?: string | undefined;
  finalSnapshot?: string | undefined;
  failure?: string | undefined;
  tags: Tag[];
}

export const replicationGroups = (cloud: Cloud) => cloud.store.collection<ReplicationGroup>("elasticache.replication-groups");

export function findReplicationGroup(cloud: Cloud, region: string, id: string): ReplicationGroup {
  const found = replicationGroups(cloud).get(region, id.toLowerCase());
  if (!found) throw groupNotFound(id);
  return found;
}

export function changeReplicationGroup(
  cloud: Cloud,
  region: string,
  id: string,
  change: (group: ReplicationGroup) => void,
): ReplicationGroup | undefined {
  return cloud.store.transaction(() => {
    const group = replicationGroups(cloud).get(region, id);
    if (!group) return undefined;
    change(group);
    replicationGroups(cloud).put(region, id, group);
    return group;
  });
}

export const memberIds = ({ id, memberCount }: Pick<ReplicationGroup, "id" | "memberCount">) =>
  Array.from({ length: memberCount }, (_, index) => `${id}-${String(index + 1).padStart(3, "0")}`);

export type GroupShape = NonNullable<NonNullable<Output<"elasticache", "DescribeReplicationGroups">["ReplicationGroups"]>[number]>;
type ClusterShape = NonNullable<NonNullable<Output<"elasticache", "DescribeCacheClusters">["CacheClusters"]>[number]>;

/** The tag, never stored, that says which program serves a group. */
export const servedByTag = "plinth:served-by";

const endpointOf = (group: ReplicationGroup) =>
  group.address ? { Address: group.address, Port: group.listeningPort ?? group.port } : undefined;

const deliveriesOf = (group: ReplicationGroup) =>
  group.logDeliveries.map((each) => ({
    LogType: each.LogType as "slow-log",
    DestinationType: each.DestinationType as "cloudwatch-logs",
    DestinationDetails: { CloudWatchLogsDetails: { LogGroup: each.group } },
    LogFormat: each.LogFormat as "json",
    Status: "active" as const,
  }));

export function groupShape(of: { region: string; account: string }, group: ReplicationGroup): GroupShape {
  const endpoint = endpointOf(group);
  const members = memberIds(group);
  return {
    ReplicationGroupId: group.id,
    Description: group.description,
    GlobalReplicationGroupInfo: {},
    Status: group.status,
    PendingModifiedValues: group.tokens.length > 1 ? { AuthTokenStatus: "ROTATING" } : {},
    MemberClusters: members,
    ...(endpoint && {
      NodeGroups: [
        {
          NodeGroupId: "0001",
          Status: group.status,
          PrimaryEndpoint: endpoint,
          ReaderEndpoint: endpoint,
          NodeGroupMembers: members.map((id, index) => ({
            CacheClusterId: id,
            CacheNodeId: "0001",
            ReadEndpoint: endpoint,
            PreferredAvailabilityZone: group.zones[index % group.zones.length]!,
            CurrentRole: index === 0 ? "primary" : "replica",
          })),
        },
      ],
    }),
    AutomaticFailover: group.automaticFailover ? "enabled" : "disabled",
    MultiAZ: group.multiAz ? "enabled" : "disabled",
    SnapshotRetentionLimit: group.snapshotRetentionDays,
    SnapshotWindow: group.snapshotWindow,
    ClusterEnabled: false,
    CacheNodeType: group.nodeType,
    AuthTokenEnabled: group.tokens.length > 0,
    ...(group.tokenChangedMs !== undefined && { AuthTokenLastModifiedDate: new Date(group.tokenChangedMs) }),
    TransitEncryptionEnabled: group.tls,
    ...(group.transitMode && { TransitEncryptionMode: group.transitMode }),
    AtRestEncryptionEnabled: group.atRest,
    ...(group.kmsKeyId && { KmsKeyId: group.kmsKeyId }),
    MemberClustersOutpostArns: [],
    ARN: arnOf(of, "replicationgroup", group.id),
    UserGroupIds: [],
    LogDeliveryConfigurations: deliveriesOf(group),
    ReplicationGroupCreateTime: new Date(group.createdMs),
    DataTiering: "disabled",
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    NetworkType: "ipv4",
    IpDiscovery: "ipv4",
    ClusterMode: "disabled",
    Engine: group.engine,
  };
}

/** A member, as DescribeCacheClusters shows it. */
export function clusterShape(
  of: { region: string; account: string },
  group: ReplicationGroup,
  id: string,
  withNodes: boolean,
): ClusterShape {
  const index = memberIds(group).indexOf(id);
  const zone = group.zones[index % group.zones.length]!;
  const endpoint = endpointOf(group);
  return {
    CacheClusterId: id,
    ClientDownloadLandingPage: `https://console.aws.amazon.com/elasticache/home#client-download:`,
    CacheNodeType: group.nodeType,
    Engine: group.engine,
    EngineVersion: group.engineVersion,
    CacheClusterStatus: group.status,
    NumCacheNodes: 1,
    PreferredAvailabilityZone: zone,
    CacheClusterCreateTime: new Date(group.createdMs),
    PreferredMaintenanceWindow: group.maintenanceWindow,
    PendingModifiedValues: {},
    ...(group.notificationTopicArn && { NotificationConfiguration: { TopicArn: group.notificationTopicArn, TopicStatus: "active" } }),
    CacheSecurityGroups: [],
    CacheParameterGroup: { CacheParameterGroupName: group.parameterGroup, ParameterApplyStatus: "in-sync", CacheNodeIdsToReboot: [] },
    ...(group.subnetGroup && { CacheSubnetGroupName: group.subnetGroup }),
    ...(withNodes && {
      CacheNodes: [
        {
          CacheNodeId: "0001",
          CacheNodeStatus: group.status,
          CacheNodeCreateTime: new Date(group.createdMs),
          ...(endpoint && { Endpoint: endpoint }),
          ParameterGroupStatus: "in-sync",
          CustomerAvailabilityZone: zone,
        },
      ],
    }),
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    SecurityGroups: group.securityGroups.map((SecurityGroupId) => ({ SecurityGroupId, Status: "active" })),
    ReplicationGroupId: group.id,
    SnapshotRetentionLimit: index === 0 ? group.snapshotRetentionDays : 0,
    SnapshotWindow: group.snapshotWindow,
    AuthTokenEnabled: group.tokens.length > 0,
    TransitEncryptionEnabled: group.tls,
    ...(group.transitMode && { TransitEncryptionMode: group.transitMode }),
    AtRestEncryptionEnabled: group.atRest,
    ARN: arnOf(of, "cluster", id),
    ReplicationGroupLogDeliveryEnabled: group.logDeliveries.length > 0,
    LogDeliveryConfigurations: deliveriesOf(group),
    NetworkType: "ipv4",
    IpDiscovery: "ipv4",
  };
}
