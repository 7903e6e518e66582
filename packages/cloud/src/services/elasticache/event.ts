/** What happened to groups. */
import type { Cloud } from "../../cloud.ts";
import { markerPage } from "../../marker-pages.ts";
import { periodOf, recentEvents } from "../../recent-events.ts";
import { operation } from "../../service.ts";

interface CacheEvent {
  source: string;
  type: "replication-group";
  message: string;
}

export const events = recentEvents<CacheEvent>("elasticache.events");

export function noteEvent(cloud: Cloud, region: string, groupId: string, message: string): void {
  events.note(cloud, region, { source: groupId, type: "replication-group", message });
}

/** By default those of the last hour. */
export const describeEvents = operation("elasticache", "DescribeEvents", (input, { cloud, region }) => {
  const chosen = events
    .during(cloud, region, periodOf(input, cloud.world.clock.nowMs()))
    .filter(
      ({ value }) =>
        (!input.SourceIdentifier || value.source === input.SourceIdentifier) && (!input.SourceType || value.type === input.SourceType),
    );
  const { items, Marker } = markerPage(chosen, input, ({ key }) => key, "Events");
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
