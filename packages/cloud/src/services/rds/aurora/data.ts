/** Where a cluster's data lies: in the writer's folder, and while it has no instance in one of its own, so that it outlives all of them. */
import { existsSync } from "node:fs";
import type { Cloud } from "../../../cloud.ts";
import { copyFolder, makeDataFolder } from "../../../runtime/postgres/data-folder.ts";
import { makePgliteFolder } from "../../../runtime/postgres/pglite.ts";
import { serverUser } from "../../../runtime/postgres/server-user.ts";
import { majorOf } from "../engine-versions.ts";
import { replayedData } from "../backup/replay.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { instanceFolder } from "../instance.ts";
import { runningServer } from "../servers.ts";
import type { Cluster } from "./cluster.ts";

export function clusterFolder(cloud: Cloud, region: string, { resourceId }: Pick<Cluster, "resourceId">): string {
  return cloud.world.disk.path("rds", region, resourceId.toLowerCase());
}

/** The folder of the server that keeps what a cluster of another region writes, of a secondary in a global cluster. */
export function volumeFolder(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId">): string {
  return `${clusterFolder(cloud, region, cluster)}/volume`;
}

/** The data folder that has everything that was committed. */
export function clusterData(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId" | "writer">): string {
  if (isSecondary(cloud, region, cluster)) return `${volumeFolder(cloud, region, cluster)}/data`;
  const own = `${clusterFolder(cloud, region, cluster)}/data`;
  return cluster.writer === undefined || existsSync(own) ? own : `${instanceFolder(cloud, region, cluster.writer)}/data`;
}

/** A consistent copy of the data at `target` (which must not exist), whether the cluster runs, pauses or has no instance. Wakes nobody. */
export async function copyClusterData(
  cloud: Cloud,
  region: string,
  cluster: Pick<Cluster, "resourceId" | "writer">,
  target: string,
): Promise<void> {
  // A secondary's own server runs under the cluster's id.
  const server = runningServer(cloud, { resourceId: cluster.writer ?? cluster.resourceId });
  if (server) await server.backup(target);
  else await copyFolder(cloud, clusterData(cloud, region, cluster), target);
}

/** Makes the data of a new cluster. Safe to repeat. */
export async function makeClusterData(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const data = `${clusterFolder(cloud, region, cluster)}/data`;
  if (existsSync(data)) return;
  await cloud.world.disk.files.mkdir(clusterFolder(cloud, region, cluster), { recursive: true, mode: 0o711 });
  if (cluster.recovery) await replayedData(cloud, region, cluster, cluster.recovery, data);
  else if (cluster.source) {
    await copyFolder(cloud, cloud.world.disk.path(cluster.source.folder), data);
    await (await serverUser(cloud)).own(data);
  } else if (cluster.server === "pglite") await makePgliteFolder(cloud, data);
  else await makeDataFolder(cloud, majorOf(cluster.settings.engineVersion), data);
}

/** The first instance takes the data over. Safe to repeat. */
export async function giveData(cloud: Cloud, region: string, cluster: Cluster, resourceId: string): Promise<void> {
  await move(cloud, `${clusterFolder(cloud, region, cluster)}/data`, instanceFolder(cloud, region, resourceId));
}

/** The last instance leaves the data behind. Safe to repeat. */
export async function takeDataBack(cloud: Cloud, region: string, cluster: Cluster, resourceId: string): Promise<void> {
  await move(cloud, `${instanceFolder(cloud, region, resourceId)}/data`, clusterFolder(cloud, region, cluster));
}

async function move(cloud: Cloud, data: string, folder: string): Promise<void> {
  if (!existsSync(data)) return;
  const { files } = cloud.world.disk;
  await files.mkdir(folder, { recursive: true, mode: 0o711 });
  await files.rename(data, `${folder}/data`);
}
