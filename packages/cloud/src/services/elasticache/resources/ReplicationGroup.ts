/** AWS::ElastiCache::ReplicationGroup: a Redis or Valkey server; `create` resolves when it takes connections. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";
import { type GroupShape, replicationGroups } from "../replication-group.ts";

type Properties = ResourceProperties["AWS::ElastiCache::ReplicationGroup"];
type Request = ResourceRequest<Properties>;

const pollMs = 25;
const clusterMode = "cluster mode (more than one node group) is not served";
const snapshots = "restoring a cache from files in S3 is not served";

const idOf = (request: Request) =>
  (request.properties.ReplicationGroupId ?? request.physicalName(40, { lowerCase: true }).replace(/--+/g, "-")).toLowerCase();

export const replicationGroup = resource("AWS::ElastiCache::ReplicationGroup", {
  coverage: {
    real: [
      "AuthToken",
      "CacheNodeType",
      "CacheParameterGroupName",
      "CacheSubnetGroupName",
      "Engine",
      "Port",
      "ReplicationGroupDescription",
      "ReplicationGroupId",
      "SnapshotName",
      "Tags",
      "TransitEncryptionEnabled",
      "TransitEncryptionMode",
    ],
    recorded: [
      ...([
        "AtRestEncryptionEnabled",
        "AutoMinorVersionUpgrade",
        "AutomaticFailoverEnabled",
        "ClusterMode",
        "EngineVersion",
        "IpDiscovery",
        "KmsKeyId",
        "LogDeliveryConfigurations",
      ] as const),
      ...([
        "MultiAZEnabled",
        "NetworkType",
        "NotificationTopicArn",
        "NumCacheClusters",
        "PreferredCacheClusterAZs",
        "PreferredMaintenanceWindow",
        "ReplicasPerNodeGroup",
      ] as const),
      ...(["SecurityGroupIds", "SnapshotRetentionLimit", "SnapshotWindow"] as const),
    ],
    refused: {
      CacheSecurityGroupNames: "cache security groups belong to EC2-Classic, which AWS has ended",
      DataTieringEnabled: "data tiering is not served",
      Durability: "durability modes are not served",
      GlobalReplicationGroupId: "global datastores are not served",
      NodeGroupConfiguration: clusterMode,
      NumNodeGroups: clusterMode,
      PrimaryClusterId: "replication groups made of a cache cluster are not served",
      SnapshotArns: snapshots,
      SnapshottingClusterId: "automatic snapshots are not taken",
      UserGroupIds: "user groups are recorded only: no server asks them who may do what",
    },
    note: "A server on a loopback address of its own; replicas are recorded and share the primary's endpoint. With a deletion policy Snapshot the data stays as a snapshot.",
  },
  async create(request) {
    const { properties } = request;
    const id = idOf(request);
    const { ReplicationGroupId: _id, Tags: _tags, ...rest } = properties;
    await request.call("elasticache", "CreateReplicationGroup", {
      ...(rest as Omit<Properties, "Tags">),
      ReplicationGroupId: id,
      Tags: stackTags(request),
    } as never);
    return whenAvailable(request, id);
  },
  // The token is rotated in place; node groups, which may replace too, are refused.
  replaces: () => false,
  async update(request) {
    const { properties, previous, physicalId, call } = request;
    const changed = (name: keyof Properties) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]);
    const names = Object.keys({ ...properties, ...previous }) as (keyof Properties)[];
    const members = (of: Properties) => of.NumCacheClusters ?? (of.ReplicasPerNodeGroup ?? 0) + 1;
    if (members(properties) > members(previous))
      await call("elasticache", "IncreaseReplicaCount", {
        ReplicationGroupId: physicalId,
        NewReplicaCount: members(properties) - 1,
        ApplyImmediately: true,
      });
    const settings = names.filter(
      (name) => changed(name) && !["Tags", "NumCacheClusters", "ReplicasPerNodeGroup", "AuthToken"].includes(name),
    );
    if (settings.length > 0) {
      await call("elasticache", "ModifyReplicationGroup", {
        ...Object.fromEntries(settings.map((name) => [name, properties[name]]).filter(([, value]) => value !== undefined)),
        ReplicationGroupId: physicalId,
        ApplyImmediately: true,
      });
      await whenAvailable(request, physicalId);
    }
    if (members(properties) < members(previous))
      await call("elasticache", "DecreaseReplicaCount", {
        ReplicationGroupId: physicalId,
        NewReplicaCount: members(properties) - 1,
        ApplyImmediately: true,
      });
    if (changed("AuthToken")) {
      // As CloudFormation does: the new token beside the old one, so that clients which still have that one go on.
      await call("elasticache", "ModifyReplicationGroup", {
        ReplicationGroupId: physicalId,
        ApplyImmediately: true,
        ...(properties.AuthToken === undefined
          ? { AuthTokenUpdateStrategy: "DELETE" }
          : { AuthToken: properties.AuthToken, AuthTokenUpdateStrategy: "ROTATE" }),
      });
    }
    await retag(request, "elasticache", arnOf(request, "replicationgroup", physicalId));
    return whenAvailable(request, physicalId);
  },
  async delete(request) {
    const { call, physicalId, cloud, policy } = request;
    const describe = () => call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId: physicalId }).catch(unlessGone);
    const found = await describe();
    if (!found) return;
    const status = found.ReplicationGroups?.[0]?.Status;
    // A group that never came to be has nothing to keep.
    const finalSnapshot =
      policy === "Snapshot" && status === "available" ? request.physicalName(255, { lowerCase: true }).replace(/--+/g, "-") : undefined;
    if (status !== "deleting")
      await call("elasticache", "DeleteReplicationGroup", {
        ReplicationGroupId: physicalId,
        ...(finalSnapshot && { FinalSnapshotIdentifier: finalSnapshot }),
      }).catch(unlessGone);
    while (await describe()) await cloud.world.clock.sleep(pollMs);
  },
  async find(request) {
    const id = idOf(request);
    const found = await request.call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId: id }).catch(unlessGone);
    return found && (await madeFor(request, "elasticache", arnOf(request, "replicationgroup", id)))
      ? whenAvailable(request, id)
      : undefined;
  },
});

async function whenAvailable(request: Request, id: string): Promise<Made> {
  for (;;) {
    const { ReplicationGroups: [group] = [] } = await request.call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId: id });
    if (group?.Status === "available") return made(group);
    if (group?.Status === "create-failed") {
      const why = replicationGroups(request.cloud).get(request.region, id)?.failure ?? "The replication group failed.";
      throw new MadeInPart(id, new AwsError("InternalFailure", why, 500));
    }
    try {
      await request.cloud.world.clock.sleep(pollMs, request.signal);
    } catch (error) {
      throw new MadeInPart(id, error);
    }
  }
}

function made(group: GroupShape): Made {
  const [shard] = group.NodeGroups ?? [];
  const [primary, reader] = [shard!.PrimaryEndpoint!, shard!.ReaderEndpoint!];
  const readers = shard!.NodeGroupMembers!.map(({ ReadEndpoint }) => ReadEndpoint!);
  return {
    physicalId: group.ReplicationGroupId!,
    attributes: {
      "PrimaryEndPoint.Address": primary.Address!,
      "PrimaryEndPoint.Port": String(primary.Port!),
      "ReaderEndPoint.Address": reader.Address!,
      "ReaderEndPoint.Port": String(reader.Port!),
      "ReadEndPoint.Addresses": `[${readers.map(({ Address }) => Address).join(", ")}]`,
      "ReadEndPoint.AddressesList": readers.map(({ Address }) => Address!),
      "ReadEndPoint.Ports": `[${readers.map(({ Port }) => Port).join(", ")}]`,
      "ReadEndPoint.PortsList": readers.map(({ Port }) => String(Port)),
      "ConfigurationEndPoint.Address": "",
      "ConfigurationEndPoint.Port": "",
    },
  };
}
