/** How caches, their parameters and subnets are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::ElastiCache::ReplicationGroup": async ({ call, physicalId: ReplicationGroupId }) => {
    const [group] = (await call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId })).ReplicationGroups ?? [];
    if (!group) return undefined;
    const [member] =
      (await call("elasticache", "DescribeCacheClusters", { CacheClusterId: group.MemberClusters?.[0], ShowCacheNodeInfo: true }))
        .CacheClusters ?? [];
    const enabled = (status: string | undefined) => (status === undefined ? undefined : status === "enabled");
    return {
      ReplicationGroupDescription: group.Description,
      CacheNodeType: group.CacheNodeType,
      AtRestEncryptionEnabled: group.AtRestEncryptionEnabled,
      TransitEncryptionEnabled: group.TransitEncryptionEnabled,
      AutomaticFailoverEnabled: enabled(group.AutomaticFailover),
      MultiAZEnabled: enabled(group.MultiAZ),
      NumCacheClusters: group.MemberClusters?.length,
      SnapshotRetentionLimit: group.SnapshotRetentionLimit,
      SnapshotWindow: group.SnapshotWindow,
      Engine: member?.Engine,
      CacheSubnetGroupName: member?.CacheSubnetGroupName,
      CacheParameterGroupName: member?.CacheParameterGroup?.CacheParameterGroupName,
      SecurityGroupIds: member?.SecurityGroups?.map(({ SecurityGroupId }) => SecurityGroupId),
      PreferredMaintenanceWindow: member?.PreferredMaintenanceWindow,
      AutoMinorVersionUpgrade: member?.AutoMinorVersionUpgrade,
    };
  },
  "AWS::ElastiCache::ParameterGroup": async ({ call, physicalId: CacheParameterGroupName }) => {
    const [group] = (await call("elasticache", "DescribeCacheParameterGroups", { CacheParameterGroupName })).CacheParameterGroups ?? [];
    if (!group) return undefined;
    const { Parameters = [] } = await call("elasticache", "DescribeCacheParameters", { CacheParameterGroupName });
    return {
      Description: group.Description,
      CacheParameterGroupFamily: group.CacheParameterGroupFamily,
      Properties: Object.fromEntries(Parameters.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue ?? null])),
    };
  },
  "AWS::ElastiCache::SubnetGroup": async ({ call, physicalId: CacheSubnetGroupName }) => {
    const [group] = (await call("elasticache", "DescribeCacheSubnetGroups", { CacheSubnetGroupName })).CacheSubnetGroups ?? [];
    return (
      group && {
        Description: group.CacheSubnetGroupDescription,
        CacheSubnetGroupName: group.CacheSubnetGroupName,
        SubnetIds: group.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier),
      }
    );
  },
};
