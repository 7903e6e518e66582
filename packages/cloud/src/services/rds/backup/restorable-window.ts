/** Between which times a database can be brought back: told as it is, since all that was committed is on disk. */
import type { Cloud } from "../../../cloud.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { isArchived } from "./archive.ts";
import { automatedSnapshots, type KeptSnapshot } from "./kept-snapshot.ts";

export const dayMs = 24 * 60 * 60 * 1000;

export interface RestorableWindow {
  earliestMs: number;
  latestMs: number;
}

/** What of an instance or a cluster its backups depend on. */
export interface BackedUp {
  resourceId: string;
  server: "native" | "pglite";
  settings: { backupRetentionDays: number };
}

/** `latestMs` is now, unless the database is gone since then. `undefined` before the first backup, and where no log is kept. */
export function restorableWindow(cloud: Cloud, region: string, of: BackedUp, latestMs?: number): RestorableWindow | undefined {
  // The log of one that follows another region is archived there.
  if (!isArchived(of) || isSecondary(cloud, region, of)) return undefined;
  const [first] = automatedSnapshots(cloud, region, of.resourceId);
  if (!first) return undefined;
  const nowMs = cloud.world.clock.nowMs();
  const window = {
    earliestMs: Math.max(first.createdMs!, nowMs - of.settings.backupRetentionDays * dayMs),
    latestMs: latestMs ?? nowMs,
  };
  return window.earliestMs <= window.latestMs ? window : undefined;
}

/** The last backup that was complete by then. */
export function baseFor(cloud: Cloud, region: string, resourceId: string, atMs: number): KeptSnapshot | undefined {
  return automatedSnapshots(cloud, region, resourceId).findLast(({ createdMs }) => createdMs! <= atMs);
}
