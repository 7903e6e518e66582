/** What happened to instances, snapshots and groups, kept for 14 days as RDS keeps it. */
import type { Cloud } from "../../cloud.ts";

export type SourceType = "db-instance" | "db-snapshot" | "db-parameter-group";

export interface RdsEvent {
  source: string;
  type: SourceType;
  arn: string;
  message: string;
  categories: string[];
  atMs: number;
}

const keptMs = 14 * 24 * 60 * 60 * 1000;

export const events = (cloud: Cloud) => cloud.store.collection<RdsEvent>("rds.events");

export function noteEvent(cloud: Cloud, region: string, event: Omit<RdsEvent, "atMs">): void {
  const { clock, random } = cloud.world;
  const atMs = clock.nowMs();
  events(cloud).put(region, `${String(atMs).padStart(15, "0")}-${random.hex(6)}`, { ...event, atMs });
}

/** Forgets what is older than RDS keeps; called with each round of metrics. */
export function forgetOldEvents(cloud: Cloud): void {
  const oldest = String(cloud.world.clock.nowMs() - keptMs).padStart(15, "0");
  for (const { scope, key } of events(cloud).all()) if (key < oldest) events(cloud).delete(scope, key);
}
