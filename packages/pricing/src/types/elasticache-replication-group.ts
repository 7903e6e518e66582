/** AWS::ElastiCache::ReplicationGroup and CacheCluster: every node, replicas as well. */
import { hoursPerMonth } from "../price-list.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure, text } from "../reading.ts";

export const replicationGroup: PricedType = {
  price({ properties }, desk) {
    const shards = figure(properties, "NumNodeGroups");
    const replicas = figure(properties, "ReplicasPerNodeGroup");
    const nodes = shards === undefined ? (figure(properties, "NumCacheClusters") ?? 1 + (replicas ?? 0)) : shards * (1 + (replicas ?? 0));
    chargeNodes(properties, desk, text(properties, "Engine") ?? "redis", nodes);
  },
};

export const cacheCluster: PricedType = {
  price({ properties }, desk) {
    chargeNodes(properties, desk, text(properties, "Engine") ?? "", figure(properties, "NumCacheNodes") ?? 1);
  },
};

function chargeNodes(properties: Readonly<Record<string, unknown>>, desk: Desk, engine: string, nodes: number): void {
  const node = text(properties, "CacheNodeType");
  if (engine !== "redis" && engine !== "valkey") return desk.unknown(`the engine ${engine || "of a deploy"} has no prices here`);
  if (node === undefined) return desk.unknown("its CacheNodeType is not known before the deploy");
  desk.charge({
    item: "ElastiCache node",
    price: [`elasticache.${engine}`, node],
    quantity: nodes * hoursPerMonth,
    detail: `${nodes === 1 ? "" : `${nodes} × `}${node} ${engine}${nodes > 1 ? ` (${nodes - 1} ${nodes === 2 ? "replica" : "more"})` : ""}`,
  });
  if ((figure(properties, "SnapshotRetentionLimit") ?? 0) > 1)
    desk.unknown("its snapshots cost by GB beyond the first; how much the cache holds is not known");
}
