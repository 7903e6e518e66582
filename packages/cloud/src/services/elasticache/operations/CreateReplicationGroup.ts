/** CreateReplicationGroup: makes a Redis or Valkey server. */
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { storageKeyFault } from "../../../runtime/encryption-keys.ts";
import { operation } from "../../../service.ts";
import { memoryBytesOf, resolveEngine } from "../engine.ts";
import { groupExists, invalidCombination, invalidValue, notEmulated } from "../errors.ts";
import { create, work } from "../life.ts";
import { checkAuthToken, checkedTags, checkIdentifier } from "../names.ts";
import { findParameterGroup } from "../parameter-group.ts";
import { groupShape, type ReplicationGroup, replicationGroups } from "../replication-group.ts";
import { servedHereBy } from "../../../runtime/redis/redis.ts";
import { checkRestorable, findSnapshot } from "../snapshot.ts";
import { findSubnetGroup } from "../subnet-group.ts";

type Request = Input<"elasticache", "CreateReplicationGroup">;

export const createReplicationGroup = operation("elasticache", "CreateReplicationGroup", (input, context) => {
  const { cloud, region } = context;
  const id = checkIdentifier("ReplicationGroupId", input.ReplicationGroupId!, 40);
  if (replicationGroups(cloud).has(region, id)) throw groupExists(id);
  refuseWhatIsNotServed(input);
  const snapshot = input.SnapshotName === undefined ? undefined : findSnapshot(cloud, region, input.SnapshotName);
  if (snapshot) checkRestorable(snapshot, servedHereBy(cloud));
  const engine = resolveEngine(
    input.Engine ?? snapshot?.group.engine,
    input.EngineVersion ?? (input.Engine ? undefined : snapshot?.group.engineVersion),
  );
  const nodeType = input.CacheNodeType ?? snapshot?.group.nodeType;
  if (!nodeType) throw invalidValue("The parameter CacheNodeType must be provided and must not be blank.");
  memoryBytesOf(nodeType);
  const memberCount = input.NumCacheClusters ?? (input.ReplicasPerNodeGroup ?? 0) + 1;
  if (memberCount < 1 || memberCount > 6) throw invalidValue(`Invalid NumCacheClusters: ${memberCount}. It must be between 1 and 6.`);
  if (input.AutomaticFailoverEnabled && memberCount < 2) {
    throw invalidCombination("Automatic failover is not supported for the given configuration: it needs at least one replica.");
  }
  if (input.MultiAZEnabled && !input.AutomaticFailoverEnabled)
    throw invalidCombination("Multi-AZ requires automatic failover to be enabled.");
  if (input.AuthToken !== undefined && !input.TransitEncryptionEnabled) {
    throw invalidCombination("The AUTH token is only supported when encryption-in-transit is enabled");
  }
  if (input.AuthToken !== undefined) checkAuthToken(input.AuthToken);
  if (input.TransitEncryptionMode === "preferred" && input.TransitEncryptionEnabled)
    throw notEmulated("TransitEncryptionMode preferred (TLS and plain text on one port)");
  const port = input.Port ?? 6379;
  if (port < 1 || port > 65_535) throw invalidValue(`Invalid port: ${port}`);
  const parameters = findParameterGroup(context, input.CacheParameterGroupName ?? `default.${engine.family}`);
  if (parameters.family !== engine.family)
    throw invalidCombination(
      `The parameter group ${parameters.name} is of family ${parameters.family}; ${engine.engine} ${engine.version} needs ${engine.family}.`,
    );
  if (parameters.values["cluster-enabled"] === "yes") throw notEmulated("cluster mode");
  const subnets = input.CacheSubnetGroupName ? findSubnetGroup(context, input.CacheSubnetGroupName) : undefined;
  const zones = input.PreferredCacheClusterAZs ?? [...new Set(subnets?.subnets.map(({ zone }) => zone))].sort();
  if (input.PreferredCacheClusterAZs && input.PreferredCacheClusterAZs.length !== memberCount)
    throw invalidCombination("The number of PreferredCacheClusterAZs must be NumCacheClusters.");
  const fault = storageKeyFault(cloud, { region, principal: context.principal, service: "elasticache" }, input.KmsKeyId);
  if (fault) throw new AwsError("InvalidKMSKeyFault", `The KMS key ${input.KmsKeyId} cannot be used: ${fault.message}`);
  const group: ReplicationGroup = {
    id,
    description: input.ReplicationGroupDescription!,
    status: "creating",
    engine: engine.engine,
    engineVersion: engine.version,
    nodeType,
    memberCount,
    zones: zones.length > 0 ? zones : [`${region}a`],
    port,
    automaticFailover: input.AutomaticFailoverEnabled ?? false,
    multiAz: input.MultiAZEnabled ?? false,
    tls: input.TransitEncryptionEnabled ?? engine.engine === "valkey",
    transitMode: (input.TransitEncryptionEnabled ?? engine.engine === "valkey") ? "required" : undefined,
    atRest: input.AtRestEncryptionEnabled ?? engine.engine === "valkey",
    kmsKeyId: input.KmsKeyId,
    tokens: input.AuthToken === undefined ? [] : [input.AuthToken],
    tokenChangedMs: input.AuthToken === undefined ? undefined : cloud.world.clock.nowMs(),
    subnetGroup: subnets?.name,
    parameterGroup: parameters.name,
    securityGroups: input.SecurityGroupIds ?? [],
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    snapshotRetentionDays: input.SnapshotRetentionLimit ?? 0,
    snapshotWindow: input.SnapshotWindow ?? "03:00-04:00",
    maintenanceWindow: input.PreferredMaintenanceWindow ?? "sun:05:00-sun:06:00",
    notificationTopicArn: input.NotificationTopicArn,
    logDeliveries: deliveries(input.LogDeliveryConfigurations),
    createdMs: cloud.world.clock.nowMs(),
    restoredFrom: snapshot?.name,
    tags: checkedTags(input.Tags),
  };
  replicationGroups(cloud).put(region, id, group);
  work(cloud, region, id, create);
  return { ReplicationGroup: groupShape(context, group) };
});

export function deliveries(given: Request["LogDeliveryConfigurations"]): ReplicationGroup["logDeliveries"] {
  return (given ?? [])
    .filter(({ Enabled }) => Enabled !== false)
    .map((each) => {
      if (each.DestinationType !== "cloudwatch-logs") throw notEmulated("log delivery to Firehose");
      return {
        LogType: each.LogType!,
        DestinationType: each.DestinationType,
        LogFormat: each.LogFormat ?? "json",
        group: each.DestinationDetails?.CloudWatchLogsDetails?.LogGroup ?? "",
      };
    });
}

function refuseWhatIsNotServed(input: Request): void {
  const refuse = (given: unknown, what: string) => {
    if (given !== undefined && given !== false && !(Array.isArray(given) && given.length === 0)) throw notEmulated(what);
  };
  refuse(input.GlobalReplicationGroupId, "global datastores");
  refuse(input.PrimaryClusterId, "replication groups made of a cache cluster");
  refuse(input.UserGroupIds, "user groups of replication groups");
  refuse(input.SnapshotArns ?? input.ServerlessCacheSnapshotName, "restoring a cache from a file in S3 or a serverless snapshot");
  refuse(input.CacheSecurityGroupNames, "cache security groups (EC2-Classic)");
  refuse(input.DataTieringEnabled, "data tiering");
  if ((input.NumNodeGroups ?? 1) > 1 || (input.NodeGroupConfiguration?.length ?? 0) > 1 || input.ClusterMode === "enabled")
    throw notEmulated("cluster mode (more than one node group)");
  if (input.NetworkType && input.NetworkType !== "ipv4") throw notEmulated("IPv6 caches");
}
