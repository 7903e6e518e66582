/** What happened to a service's things of late, kept for 14 days, as RDS and ElastiCache keep and describe it. */
import type { Cloud } from "./cloud.ts";

interface Happening {
  /** The name of the thing, and what kind of thing it is. */
  source: string;
  type: string;
  message: string;
}

export interface EventQuery {
  StartTime?: Date | undefined;
  EndTime?: Date | undefined;
  /** Minutes; 60 unless a time is given. */
  Duration?: number | undefined;
}

const keptMs = 14 * 24 * 60 * 60 * 1000;
/** Sorts as the times do. */
const keyAt = (atMs: number) => String(atMs).padStart(15, "0");

export function periodOf(query: EventQuery, nowMs: number): { startMs: number; endMs: number } {
  const endMs = query.EndTime?.getTime() ?? nowMs;
  return { startMs: query.StartTime?.getTime() ?? endMs - (query.Duration ?? 60) * 60_000, endMs };
}

/** How many were noted in this life of the cloud: by it those of one moment keep their order. */
const noted = Symbol("noted events");

/** The events of one service, in the collection of that name, by region. */
export function recentEvents<E extends Happening>(collection: string) {
  type Kept = E & { atMs: number };
  const events = (cloud: Cloud) => cloud.store.collection<Kept>(collection);
  return {
    note(cloud: Cloud, region: string, event: E): void {
      const { clock, random } = cloud.world;
      const atMs = clock.nowMs();
      const order = cloud.memory(noted, () => ({ next: 0 }));
      events(cloud).put(region, `${keyAt(atMs)}-${String(order.next++).padStart(9, "0")}-${random.hex(6)}`, { ...event, atMs });
    },
    forgetOld(cloud: Cloud): void {
      const oldest = keyAt(cloud.world.clock.nowMs() - keptMs);
      for (const { scope, key } of events(cloud).all()) if (key < oldest) events(cloud).delete(scope, key);
    },
    /** Those of a period, both ends included, oldest first; `key` tells them apart. */
    during(cloud: Cloud, region: string, { startMs, endMs }: { startMs: number; endMs: number }): { key: string; value: Kept }[] {
      return events(cloud)
        .entries(region)
        .filter(({ value }) => value.atMs >= startMs && value.atMs <= endMs);
    },
  };
}
