/** What happened to groups, kept for 14 days as ElastiCache keeps it. */
import type { Cloud } from "../../cloud.ts";
import { operation } from "../../service.ts";
import { page } from "./names.ts";

interface CacheEvent {
  source: string;
  type: "replication-group";
  message: string;
  atMs: number;
}

const keptMs = 14 * 24 * 60 * 60 * 1000;
const keyAt = (atMs: number) => String(atMs).padStart(15, "0");
const events = (cloud: Cloud) => cloud.store.collection<CacheEvent>("elasticache.events");

export function noteEvent(cloud: Cloud, region: string, source: string, message: string): void {
  const atMs = cloud.world.clock.nowMs();
  events(cloud).put(region, `${keyAt(atMs)}-${cloud.world.random.hex(6)}`, { source, type: "replication-group", message, atMs });
}

export function forgetOldEvents(cloud: Cloud): void {
  const oldest = keyAt(cloud.world.clock.nowMs() - keptMs);
  for (const { scope, key } of events(cloud).all()) if (key < oldest) events(cloud).delete(scope, key);
}

/** By default those of the last hour. */
export const describeEvents = operation("elasticache", "DescribeEvents", (input, { cloud, region }) => {
  const endMs = input.EndTime?.getTime() ?? cloud.world.clock.nowMs();
  const startMs = input.StartTime?.getTime() ?? endMs - (input.Duration ?? 60) * 60_000;
  const chosen = events(cloud)
    .entries(region)
    .filter(
      ({ value }) =>
        value.atMs >= startMs &&
        value.atMs <= endMs &&
        (!input.SourceIdentifier || value.source === input.SourceIdentifier) &&
        (!input.SourceType || value.type === input.SourceType),
    );
  const { items, Marker } = page(chosen, input, ({ key }) => key, "Events");
  return {
    Events: items.map(({ value }) => ({
      SourceIdentifier: value.source,
      SourceType: value.type,
      Message: value.message,
      Date: new Date(value.atMs),
    })),
    ...(Marker && { Marker }),
  };
});
