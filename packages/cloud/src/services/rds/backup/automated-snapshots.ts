/** Automated snapshots: one a day in the backup window, kept as long as a time of the retention needs one. */
import type { Cloud } from "../../../cloud.ts";
import { firstSegmentOf, pruneArchive } from "../../../runtime/postgres/log-archive.ts";
import { note } from "../event.ts";
import { clusters } from "../aurora/cluster.ts";
import { findInstance, instances, type Instance } from "../instance.ts";
import { recordSnapshot, snapshots } from "../snapshot.ts";
import { automatedName, automatedSnapshots, dailySnapshots, removeSnapshot, snapshotFolder } from "./kept-snapshot.ts";
import { takeSnapshot } from "../take-snapshot.ts";
import { archiveFolder } from "./archive.ts";

/** Notes the backup that is due now; `takeSnapshot` makes it. Another one of the same minute gives way. */
async function recordAutomated(cloud: Cloud, region: string, instance: Instance): Promise<string> {
  const name = automatedName(instance.identifier, cloud.world.clock.nowMs());
  const present = snapshots(cloud).get(region, name);
  if (present) await removeSnapshot(cloud, region, present);
  recordSnapshot(cloud, region, instance, name, { type: "automated" });
  return name;
}

/** Takes one now. One that fails says so itself, and is tried again with the next round; the instance goes on. */
export async function takeAutomatedSnapshot(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  note(cloud, region, identifier, "Backing up DB instance", "backup");
  const name = await recordAutomated(cloud, region, instance);
  try {
    await takeSnapshot(cloud, region, name);
    note(cloud, region, identifier, "Finished DB Instance backup", "backup");
  } catch {
    const failed = snapshots(cloud).get(region, name);
    if (failed) await removeSnapshot(cloud, region, failed);
  }
}

/**
 * Removes what no time since `oldestMs` needs: a snapshot whose successor is as old, and the log before the first that stays.
 * Where a restore of this database is under way, all stays.
 */
export async function pruneBackups(cloud: Cloud, region: string, resourceId: string, oldestMs: number): Promise<void> {
  if (restoresFrom(cloud, region, resourceId).length > 0) return;
  const all = automatedSnapshots(cloud, region, resourceId);
  const old = all.filter((_, index) => (all[index + 1]?.createdMs ?? Infinity) <= oldestMs);
  if (old.length === 0) return;
  for (const snapshot of old) await removeSnapshot(cloud, region, snapshot);
  const first = all[old.length]!;
  const segment = await firstSegmentOf(cloud, `${snapshotFolder(cloud, region, first.folder)}/data`);
  if (segment) await pruneArchive(cloud, archiveFolder(cloud, region, resourceId), segment);
}

/** Removes every automated snapshot of a database, and its log. */
export async function forgetBackups(cloud: Cloud, region: string, resourceId: string): Promise<void> {
  for (const snapshot of dailySnapshots(cloud, region, resourceId)) await removeSnapshot(cloud, region, snapshot);
  await cloud.world.disk.files.rm(archiveFolder(cloud, region, resourceId), { recursive: true, force: true });
}

/** The instances and clusters that are being made from its backups and log. */
export function restoresFrom(cloud: Cloud, region: string, resourceId: string): { resourceId: string }[] {
  return [...instances(cloud).list(region), ...clusters(cloud).list(region)].filter(({ recovery }) => recovery?.resourceId === resourceId);
}
