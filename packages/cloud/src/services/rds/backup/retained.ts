/** Automated backups that stay when their instance was deleted (`DeleteAutomatedBackups: false`), until their retention is over. */
import type { Cloud } from "../../../cloud.ts";
import type { Instance } from "../instance.ts";
import { forgetBackups, pruneBackups } from "./automated-snapshots.ts";
import { dayMs } from "./restorable-window.ts";

export interface RetainedBackup {
  /** The instance as it was. */
  instance: Instance;
  /** When it was deleted: the last time that can be had. */
  deletedMs: number;
}

/** By resource id. */
export const retainedBackups = (cloud: Cloud) => cloud.store.collection<RetainedBackup>("rds.retained-backups");

/** Removes what is out of its retention. */
export async function pruneRetained(cloud: Cloud): Promise<void> {
  for (const { scope: region, key: resourceId, value } of retainedBackups(cloud).all()) {
    const oldestMs = cloud.world.clock.nowMs() - value.instance.settings.backupRetentionDays * dayMs;
    if (value.deletedMs >= oldestMs) await pruneBackups(cloud, region, resourceId, oldestMs);
    else {
      retainedBackups(cloud).delete(region, resourceId);
      await forgetBackups(cloud, region, resourceId);
    }
  }
}
