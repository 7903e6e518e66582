/** Caches stand in subnets that somebody chose. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"];

export const rule: Rule = {
  id: "cache-default-network",
  severity: "high",
  controls: ["ElastiCache.7"],
  types,
  reason: "It lands in the default network of the account, with whatever stands there.",
  remedy: "Name a CacheSubnetGroupName.",
  find: each(
    types,
    ({ properties }) =>
      [undefined, "default"].includes(properties["CacheSubnetGroupName"] as string | undefined) && "it has no subnet group of its own",
  ),
};
