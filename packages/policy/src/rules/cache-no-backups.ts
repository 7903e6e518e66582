/** What lies in a cache in production is backed up. */
import { asNumber } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"];

export const rule: Rule = {
  id: "cache-no-backups",
  severity: "low",
  controls: ["ElastiCache.1"],
  production: true,
  types,
  reason: "What only stands there, as sessions or jobs, is gone with the nodes.",
  remedy: 'Set SnapshotRetentionLimit: in the app backup: { retain: "7 days" }. A mere cache needs none: waive it.',
  find: each(
    types,
    ({ properties }) =>
      String(properties["Engine"]) !== "memcached" &&
      (asNumber(properties["SnapshotRetentionLimit"]) ?? 0) === 0 &&
      "it is never backed up",
  ),
};
