/** ElastiCache: Redis and Valkey servers that run. */
import type { Cloud } from "../../cloud.ts";
import { onNamed } from "../../named-resources.ts";
import { defineService } from "../../service.ts";
import { describeEvents } from "./event.ts";
import { resume, stopAll } from "./life.ts";
import { metrics } from "./metrics.ts";
import { arnOf } from "./names.ts";
import { createReplicationGroup } from "./operations/CreateReplicationGroup.ts";
import * as groups from "./operations/groups.ts";
import { modifyReplicationGroup } from "./operations/ModifyReplicationGroup.ts";
import * as values from "./operations/parameter-values.ts";
import * as snapshots from "./operations/snapshots.ts";
import * as users from "./operations/users.ts";
import * as parameters from "./parameter-group.ts";
import { refused } from "./refused.ts";
import { parameterGroup } from "./resources/ParameterGroup.ts";
import { replicationGroup } from "./resources/ReplicationGroup.ts";
import { subnetGroup } from "./resources/SubnetGroup.ts";
import * as subnets from "./subnet-group.ts";
import { readers } from "./resources/readers.ts";

const on = onNamed("elasticache", arnOf);

export const elasticache = defineService<"elasticache">({
  id: "elasticache",
  operations: {
    ...refused,
    AddTagsToResource: groups.addTagsToResource,
    CopySnapshot: snapshots.copySnapshot,
    CreateCacheParameterGroup: parameters.createCacheParameterGroup,
    CreateCacheSubnetGroup: subnets.createCacheSubnetGroup,
    CreateReplicationGroup: createReplicationGroup,
    CreateSnapshot: snapshots.createSnapshot,
    DecreaseReplicaCount: groups.decreaseReplicaCount,
    DeleteCacheCluster: groups.deleteCacheCluster,
    DeleteCacheParameterGroup: parameters.deleteCacheParameterGroup,
    DeleteCacheSubnetGroup: subnets.deleteCacheSubnetGroup,
    DeleteReplicationGroup: groups.deleteReplicationGroup,
    DeleteSnapshot: snapshots.deleteSnapshot,
    DescribeCacheClusters: groups.describeCacheClusters,
    DescribeCacheEngineVersions: groups.describeCacheEngineVersions,
    DescribeCacheParameterGroups: parameters.describeCacheParameterGroups,
    DescribeCacheParameters: parameters.describeCacheParameters,
    DescribeCacheSubnetGroups: subnets.describeCacheSubnetGroups,
    DescribeEvents: describeEvents,
    DescribeReplicationGroups: groups.describeReplicationGroups,
    DescribeSnapshots: snapshots.describeSnapshots,
    IncreaseReplicaCount: groups.increaseReplicaCount,
    ListTagsForResource: groups.listTagsForResource,
    ModifyCacheParameterGroup: values.modifyCacheParameterGroup,
    ModifyCacheSubnetGroup: subnets.modifyCacheSubnetGroup,
    ModifyReplicationGroup: modifyReplicationGroup,
    RemoveTagsFromResource: groups.removeTagsFromResource,
    ResetCacheParameterGroup: values.resetCacheParameterGroup,
    CreateUser: users.createUser,
    CreateUserGroup: users.createUserGroup,
    DeleteUser: users.deleteUser,
    DeleteUserGroup: users.deleteUserGroup,
    DescribeUserGroups: users.describeUserGroups,
    DescribeUsers: users.describeUsers,
    ModifyUser: users.modifyUser,
    ModifyUserGroup: users.modifyUserGroup,
  },
  authorize: {
    AddTagsToResource: (input) => [{ action: "elasticache:AddTagsToResource", resource: input.ResourceName! }],
    CreateCacheParameterGroup: (input, context) =>
      on(context, "CreateCacheParameterGroup", ["parametergroup", input.CacheParameterGroupName]),
    CreateCacheSubnetGroup: (input, context) => on(context, "CreateCacheSubnetGroup", ["subnetgroup", input.CacheSubnetGroupName]),
    CreateReplicationGroup: (input, context) =>
      on(
        context,
        "CreateReplicationGroup",
        ["replicationgroup", input.ReplicationGroupId],
        ["subnetgroup", input.CacheSubnetGroupName],
        ["parametergroup", input.CacheParameterGroupName],
        ["snapshot", input.SnapshotName],
      ),
    CopySnapshot: (input, context) =>
      on(context, "CopySnapshot", ["snapshot", input.SourceSnapshotName], ["snapshot", input.TargetSnapshotName]),
    CreateSnapshot: (input, context) =>
      on(
        context,
        "CreateSnapshot",
        ["snapshot", input.SnapshotName],
        ["replicationgroup", input.ReplicationGroupId],
        ["cluster", input.CacheClusterId],
      ),
    DecreaseReplicaCount: (input, context) => on(context, "DecreaseReplicaCount", ["replicationgroup", input.ReplicationGroupId]),
    DeleteCacheCluster: (input, context) => on(context, "DeleteCacheCluster", ["cluster", input.CacheClusterId]),
    DeleteCacheParameterGroup: (input, context) =>
      on(context, "DeleteCacheParameterGroup", ["parametergroup", input.CacheParameterGroupName]),
    DeleteCacheSubnetGroup: (input, context) => on(context, "DeleteCacheSubnetGroup", ["subnetgroup", input.CacheSubnetGroupName]),
    DeleteReplicationGroup: (input, context) =>
      on(context, "DeleteReplicationGroup", ["replicationgroup", input.ReplicationGroupId], ["snapshot", input.FinalSnapshotIdentifier]),
    DeleteSnapshot: (input, context) => on(context, "DeleteSnapshot", ["snapshot", input.SnapshotName]),
    DescribeCacheClusters: (input, context) => on(context, "DescribeCacheClusters", ["cluster", input.CacheClusterId ?? "*"]),
    DescribeCacheParameterGroups: (input, context) =>
      on(context, "DescribeCacheParameterGroups", ["parametergroup", input.CacheParameterGroupName ?? "*"]),
    DescribeCacheParameters: (input, context) => on(context, "DescribeCacheParameters", ["parametergroup", input.CacheParameterGroupName]),
    DescribeCacheSubnetGroups: (input, context) =>
      on(context, "DescribeCacheSubnetGroups", ["subnetgroup", input.CacheSubnetGroupName ?? "*"]),
    DescribeReplicationGroups: (input, context) =>
      on(context, "DescribeReplicationGroups", ["replicationgroup", input.ReplicationGroupId ?? "*"]),
    DescribeSnapshots: (input, context) => on(context, "DescribeSnapshots", ["snapshot", input.SnapshotName ?? "*"]),
    IncreaseReplicaCount: (input, context) => on(context, "IncreaseReplicaCount", ["replicationgroup", input.ReplicationGroupId]),
    ListTagsForResource: (input) => [{ action: "elasticache:ListTagsForResource", resource: input.ResourceName! }],
    ModifyCacheParameterGroup: (input, context) =>
      on(context, "ModifyCacheParameterGroup", ["parametergroup", input.CacheParameterGroupName]),
    ModifyCacheSubnetGroup: (input, context) => on(context, "ModifyCacheSubnetGroup", ["subnetgroup", input.CacheSubnetGroupName]),
    ModifyReplicationGroup: (input, context) =>
      on(
        context,
        "ModifyReplicationGroup",
        ["replicationgroup", input.ReplicationGroupId],
        ["parametergroup", input.CacheParameterGroupName],
      ),
    RemoveTagsFromResource: (input) => [{ action: "elasticache:RemoveTagsFromResource", resource: input.ResourceName! }],
    ResetCacheParameterGroup: (input, context) =>
      on(context, "ResetCacheParameterGroup", ["parametergroup", input.CacheParameterGroupName]),
    CreateUser: (input, context) => on(context, "CreateUser", ["user", input.UserId]),
    CreateUserGroup: (input, context) => on(context, "CreateUserGroup", ["usergroup", input.UserGroupId]),
    DeleteUser: (input, context) => on(context, "DeleteUser", ["user", input.UserId]),
    DeleteUserGroup: (input, context) => on(context, "DeleteUserGroup", ["usergroup", input.UserGroupId]),
    DescribeUserGroups: (input, context) => on(context, "DescribeUserGroups", ["usergroup", input.UserGroupId ?? "*"]),
    DescribeUsers: (input, context) => on(context, "DescribeUsers", ["user", input.UserId ?? "*"]),
    ModifyUser: (input, context) => on(context, "ModifyUser", ["user", input.UserId]),
    ModifyUserGroup: (input, context) => on(context, "ModifyUserGroup", ["usergroup", input.UserGroupId]),
  },
  readers,
  resources: {
    "AWS::ElastiCache::ParameterGroup": parameterGroup,
    "AWS::ElastiCache::ReplicationGroup": replicationGroup,
    "AWS::ElastiCache::SubnetGroup": subnetGroup,
  },
  async start(cloud) {
    await resume(cloud);
    metrics.start(cloud);
  },
  stop: end,
  async reset(cloud) {
    await end(cloud);
    for (const folder of ["elasticache", "elasticache-snapshots"])
      await cloud.world.disk.files.rm(cloud.world.disk.path(folder), { recursive: true, force: true });
  },
});

async function end(cloud: Cloud): Promise<void> {
  await metrics.stop(cloud);
  await stopAll(cloud);
}
