/** Each minute: the backups that are due, and the removal of those that no time of the retention needs any more. */
import type { Cloud } from "../../../cloud.ts";
import { clusters } from "../aurora/cluster.ts";
import { changeInstance, instances } from "../instance.ts";
import { clusterWork, work } from "../work.ts";
import { lastBackupWindow } from "../windows.ts";
import { takeAutomatedClusterSnapshot } from "./cluster-snapshots.ts";
import { dailySnapshots } from "./kept-snapshot.ts";
import { pruneBackups, takeAutomatedSnapshot } from "./automated-snapshots.ts";
import { pruneRetained } from "./retained.ts";
import { dayMs } from "./restorable-window.ts";

export async function backupRound(cloud: Cloud): Promise<void> {
  const nowMs = cloud.world.clock.nowMs();
  for (const { scope: region, value: instance } of instances(cloud).all()) {
    const { settings, resourceId, status } = instance;
    if (settings.backupRetentionDays === 0 || instance.member) continue;
    if (status === "available" && isDue(cloud, region, instance, nowMs)) {
      changeInstance(cloud, region, instance.identifier, (each) => (each.status = "backing-up"));
      void work(cloud, region, resourceId, (identifier) => backUp(cloud, region, identifier));
    }
    await pruneBackups(cloud, region, resourceId, nowMs - settings.backupRetentionDays * dayMs);
  }
  for (const { scope: region, value: cluster } of clusters(cloud).all()) {
    const { settings, resourceId, status } = cluster;
    if (status === "available" && isDue(cloud, region, cluster, nowMs)) {
      await clusterWork(cloud, region, resourceId, (identifier) => takeAutomatedClusterSnapshot(cloud, region, identifier));
    }
    await pruneBackups(cloud, region, resourceId, nowMs - settings.backupRetentionDays * dayMs);
  }
  await pruneRetained(cloud);
}

interface Due {
  resourceId: string;
  settings: { backupWindow: string };
  createdMs?: number | undefined;
}

/** One that was missed since its window began, as on a machine that slept, is made up for at once. */
function isDue(cloud: Cloud, region: string, { resourceId, settings, createdMs }: Due, nowMs: number): boolean {
  const beganMs = lastBackupWindow(settings.backupWindow, nowMs);
  if (createdMs === undefined || createdMs >= beganMs) return false;
  return !dailySnapshots(cloud, region, resourceId).some((snapshot) => (snapshot.createdMs ?? nowMs) >= beganMs);
}

async function backUp(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await takeAutomatedSnapshot(cloud, region, identifier);
  changeInstance(cloud, region, identifier, (each) => {
    if (each.status === "backing-up") each.status = "available";
  });
}
