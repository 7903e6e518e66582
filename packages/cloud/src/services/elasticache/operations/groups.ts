/** DescribeReplicationGroups, DeleteReplicationGroup, replicas, members (DescribeCacheClusters), failover, versions, tags. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { engineVersions } from "../engine.ts";
import { clusterNotFound, invalidArn, invalidCombination, invalidGroupState, invalidValue, notEmulated } from "../errors.ts";
import { remove, work } from "../life.ts";
import { checkedTags, checkIdentifier, type Tag } from "../names.ts";
import { findParameterGroup, parameterGroups } from "../parameter-group.ts";
import {
  changeReplicationGroup,
  clusterShape,
  findReplicationGroup,
  groupShape,
  memberIds,
  replicationGroups,
  servedByTag,
} from "../replication-group.ts";
import { beginSnapshot, findSnapshot, snapshots } from "../snapshot.ts";
import { findSubnetGroup, subnetGroups } from "../subnet-group.ts";
import { findUser, findUserGroup, userGroups, users } from "../user.ts";

export const describeReplicationGroups = operation("elasticache", "DescribeReplicationGroups", (input, context) => {
  const { cloud, region } = context;
  const all = input.ReplicationGroupId
    ? [findReplicationGroup(cloud, region, input.ReplicationGroupId)]
    : replicationGroups(cloud).list(region);
  const { items, Marker } = markerPage(all, input, ({ id }) => id, "ReplicationGroups");
  return { ReplicationGroups: items.map((group) => groupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteReplicationGroup = operation("elasticache", "DeleteReplicationGroup", (input, context) => {
  const { cloud, region } = context;
  const group = findReplicationGroup(cloud, region, input.ReplicationGroupId!);
  if (group.status === "deleting")
    throw invalidGroupState(`Replication group ${group.id} has status deleting which is not valid for deletion.`);
  if (input.RetainPrimaryCluster) throw notEmulated("keeping the primary cluster of a deleted replication group");
  const finalSnapshot = input.FinalSnapshotIdentifier && checkIdentifier("FinalSnapshotIdentifier", input.FinalSnapshotIdentifier, 255);
  const deleting = cloud.store.transaction(() => {
    if (finalSnapshot) beginSnapshot(cloud, region, finalSnapshot, group, { source: "manual", tags: [] });
    return changeReplicationGroup(cloud, region, group.id, (each) => {
      each.status = "deleting";
      each.finalSnapshot = finalSnapshot;
    })!;
  });
  work(cloud, region, group.id, remove);
  return { ReplicationGroup: groupShape(context, deleting) };
});

function changeReplicas(context: OperationContext, id: string, count: number | undefined, sign: 1 | -1) {
  const { cloud, region } = context;
  const group = findReplicationGroup(cloud, region, id);
  if (group.status !== "available") throw invalidGroupState(`Replication group ${group.id} is not in available state.`);
  if (count === undefined) throw notEmulated("replicas by node group (ReplicaConfiguration)");
  if (count < 0 || count > 5) throw invalidValue(`Invalid NewReplicaCount: ${count}. It must be between 0 and 5.`);
  if ((count + 1 - group.memberCount) * sign <= 0)
    throw invalidValue(`NewReplicaCount ${count} does not ${sign > 0 ? "increase" : "decrease"} the number of replicas.`);
  if (count === 0 && group.automaticFailover)
    throw invalidCombination("A replication group with automatic failover needs at least one replica.");
  return {
    ReplicationGroup: groupShape(
      context,
      changeReplicationGroup(cloud, region, group.id, (each) => (each.memberCount = count + 1))!,
    ),
  };
}

export const increaseReplicaCount = operation("elasticache", "IncreaseReplicaCount", (input, context) =>
  changeReplicas(context, input.ReplicationGroupId!, input.NewReplicaCount, 1),
);
export const decreaseReplicaCount = operation("elasticache", "DecreaseReplicaCount", (input, context) =>
  changeReplicas(context, input.ReplicationGroupId!, input.NewReplicaCount, -1),
);

export const describeCacheClusters = operation("elasticache", "DescribeCacheClusters", (input, context) => {
  const all = replicationGroups(context.cloud)
    .list(context.region)
    .flatMap((group) => memberIds(group).map((id) => ({ group, id })));
  const chosen = input.CacheClusterId
    ? all.filter(({ id }) => id === input.CacheClusterId!.toLowerCase())
    : input.ShowCacheClustersNotInReplicationGroups
      ? []
      : all;
  if (input.CacheClusterId && chosen.length === 0) throw clusterNotFound(input.CacheClusterId);
  const { items, Marker } = markerPage(chosen, input, ({ id }) => id, "CacheClusters");
  return {
    CacheClusters: items.map(({ group, id }) => clusterShape(context, group, id, input.ShowCacheNodeInfo ?? false)),
    ...(Marker && { Marker }),
  };
});

/** There are no clusters but the members of replication groups, which are taken away by their count. */
export const deleteCacheCluster = operation("elasticache", "DeleteCacheCluster", (input, { cloud, region }) => {
  const id = input.CacheClusterId!.toLowerCase();
  const isMember = replicationGroups(cloud)
    .list(region)
    .some((group) => memberIds(group).includes(id));
  if (!isMember) throw clusterNotFound(id);
  throw notEmulated("deleting one member of a replication group: use DecreaseReplicaCount");
});

export const describeCacheEngineVersions = operation("elasticache", "DescribeCacheEngineVersions", (input) => {
  let all = engineVersions.filter(
    ({ engine, version, family }) =>
      (!input.Engine || engine === input.Engine) &&
      (!input.EngineVersion || version === input.EngineVersion) &&
      (!input.CacheParameterGroupFamily || family === input.CacheParameterGroupFamily),
  );
  if (input.DefaultOnly) all = all.slice(-1);
  const { items, Marker } = markerPage(all, input, ({ engine, version }) => `${engine} ${version}`, "CacheEngineVersions");
  return {
    CacheEngineVersions: items.map(({ engine, version, family }) => ({
      Engine: engine,
      EngineVersion: version,
      CacheParameterGroupFamily: family,
      CacheEngineDescription: engine === "redis" ? "Redis" : "Valkey",
      CacheEngineVersionDescription: `${engine} version ${version}`,
    })),
    ...(Marker && { Marker }),
  };
});

/** Reads a resource's tags by ARN, and writes them when `change` is given. */
function tagged(context: OperationContext, arn: string, change?: (tags: readonly Tag[]) => Tag[]): { TagList: Tag[] } {
  const { cloud, region } = context;
  const [, , service, inRegion, account, kind, ...rest] = arn.split(":");
  const name = rest.join(":").toLowerCase();
  if (service !== "elasticache" || inRegion !== region || account !== context.account || name === "") throw invalidArn(arn);
  const keep = <T extends { tags: Tag[] }>(
    shelf: { put(scope: string, key: string, value: T): void },
    key: string,
    value: T,
  ): { TagList: Tag[] } => {
    const tags = change ? change(value.tags) : value.tags;
    if (change) shelf.put(region, key, { ...value, tags });
    return { TagList: tags };
  };
  switch (kind) {
    case "replicationgroup": {
      const group = findReplicationGroup(cloud, region, name);
      const { TagList } = keep(replicationGroups(cloud), group.id, group);
      return { TagList: [...TagList, ...(group.servedBy ? [{ Key: servedByTag, Value: group.servedBy }] : [])] };
    }
    case "cluster": {
      const group = replicationGroups(cloud)
        .list(region)
        .find((each) => memberIds(each).includes(name));
      if (!group) throw clusterNotFound(name);
      return keep(replicationGroups(cloud), group.id, group);
    }
    case "snapshot":
      return keep(snapshots(cloud), name, findSnapshot(cloud, region, name));
    case "subnetgroup":
      return keep(subnetGroups(cloud), name, findSubnetGroup(context, name));
    case "user":
      return keep(users(cloud), name, findUser(context, name));
    case "usergroup":
      return keep(userGroups(cloud), name, findUserGroup(context, name));
    case "parametergroup":
      return keep(parameterGroups(cloud), name, findParameterGroup(context, name));
    default:
      throw invalidArn(arn);
  }
}

export const listTagsForResource = operation("elasticache", "ListTagsForResource", (input, context) =>
  tagged(context, input.ResourceName!),
);
export const addTagsToResource = operation("elasticache", "AddTagsToResource", (input, context) => {
  const added = checkedTags(input.Tags).filter(({ Key }) => Key !== servedByTag);
  return tagged(context, input.ResourceName!, (tags) => checkedTags([...tags, ...added]));
});
export const removeTagsFromResource = operation("elasticache", "RemoveTagsFromResource", (input, context) =>
  tagged(context, input.ResourceName!, (tags) => tags.filter(({ Key }) => !input.TagKeys!.includes(Key))),
);
