/** A secondary cluster becomes one that takes writes: one of its instances becomes the writer, and what its storage had is there. */
import type { Cloud } from "../../../cloud.ts";
import { takeAutomatedClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { changeCluster, type Cluster, clusters } from "../aurora/cluster.ts";
import { clusterFolder, volumeFolder } from "../aurora/data.ts";
import { byPromotion, readersOf } from "../aurora/members.ts";
import { watchIdleness } from "../aurora/pause.ts";
import { presenceOf } from "../aurora/presence.ts";
import { followWriter } from "../aurora/servers.ts";
import { bringUp } from "../aurora/wake.ts";
import { runningServer, stopServer } from "../servers.ts";
import { forgetVolume, runVolume } from "./volume.ts";

export interface Promotion {
  /** The data folder of the primary's writer, which has ended, where nothing may be lost; else what the storage has got is the whole. */
  catchUpFrom?: string | undefined;
  /** Written together with the name of the new writer: what the cluster is from then on. */
  also(): void;
}

/**
 * To be called in the cluster's queue. Until the writer is named, a kill makes nothing of it: the instance that had been chosen is then
 * made anew as a copy (`failover` of the cluster names it).
 */
export async function promoteSecondary(cloud: Cloud, region: string, identifier: string, { catchUpFrom, also }: Promotion): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const chosen = readersOf(cloud, region, cluster).toSorted(byPromotion)[0];
  if (!chosen) return promoteHeadless(cloud, region, cluster, also);
  changeCluster(cloud, region, identifier, (each) => (each.failover = { to: chosen.resourceId }));
  await bringUp(cloud, region, identifier, chosen, "administration");
  await stopServer(cloud, cluster);
  presenceOf(cloud, cluster.resourceId).passages.cut(chosen.resourceId);
  await runningServer(cloud, chosen)!.promote!({ catchUpFrom: catchUpFrom ?? `${volumeFolder(cloud, region, cluster)}/data` });
  const now = cloud.store.transaction(() => {
    also();
    return changeCluster(cloud, region, identifier, (each) => {
      each.writer = chosen.resourceId;
      each.failover = undefined;
      each.status = "available";
    })!;
  });
  await forgetVolume(cloud, region, cluster);
  for (const reader of readersOf(cloud, region, now)) {
    const server = runningServer(cloud, reader);
    if (!server || (await followWriter(cloud, region, now, reader, server))) continue;
    await stopServer(cloud, reader);
    await bringUp(cloud, region, identifier, reader, "administration");
  }
  await takeAutomatedClusterSnapshot(cloud, region, identifier);
  watchIdleness(cloud, region, cluster.resourceId);
}

/** Without an instance the data become the cluster's own, for the first one that it is given. */
async function promoteHeadless(cloud: Cloud, region: string, cluster: Cluster, also: () => void): Promise<void> {
  await (
    await runVolume(cloud, region, cluster)
  ).promote!({});
  await stopServer(cloud, cluster);
  const { files } = cloud.world.disk;
  await files.rm(`${clusterFolder(cloud, region, cluster)}/data`, { recursive: true, force: true });
  await files.rename(`${volumeFolder(cloud, region, cluster)}/data`, `${clusterFolder(cloud, region, cluster)}/data`);
  cloud.store.transaction(() => {
    also();
    changeCluster(cloud, region, cluster.identifier, (each) => (each.status = "available"));
  });
  await forgetVolume(cloud, region, cluster);
  await takeAutomatedClusterSnapshot(cloud, region, cluster.identifier);
}
