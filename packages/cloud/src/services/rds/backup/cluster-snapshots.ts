/** Takes snapshots of clusters, by hand and each day, as work in the cluster's queue. Wakes nobody. */
import type { Cloud } from "../../../cloud.ts";
import { type Cluster, clusters } from "../aurora/cluster.ts";
import { copyClusterData } from "../aurora/data.ts";
import { noteCluster } from "../event.ts";
import type { Tag } from "../tags.ts";
import { type ClusterSnapshot, clusterSnapshots } from "./cluster-snapshot.ts";
import { automatedName, removeSnapshot, snapshotFolder } from "./kept-snapshot.ts";

/** Notes a snapshot that is now being made; `takeClusterSnapshot` makes it. */
export function recordClusterSnapshot(
  cloud: Cloud,
  region: string,
  cluster: Cluster,
  identifier: string,
  given: { tags?: Tag[]; type?: ClusterSnapshot["type"] } = {},
): ClusterSnapshot {
  const tags = [...(cluster.settings.copyTagsToSnapshot ? cluster.tags : []), ...(given.tags ?? [])];
  const snapshot: ClusterSnapshot = {
    identifier,
    cluster: cluster.identifier,
    resourceId: cluster.resourceId,
    type: given.type ?? "manual",
    status: "creating",
    clusterCreatedMs: cluster.createdMs,
    settings: cluster.settings,
    server: cluster.server,
    masterUsername: cluster.masterUsername,
    databaseName: cluster.databaseName,
    zones: cluster.zones,
    vpc: cluster.subnetGroup?.subnets[0]?.vpc,
    encrypted: cluster.storageEncrypted,
    kmsKeyId: cluster.kmsKeyId,
    folder: cloud.world.random.hex(16),
    tags: [...new Map(tags.map((tag) => [tag.Key, tag])).values()],
  };
  clusterSnapshots(cloud).put(region, identifier, snapshot);
  return snapshot;
}

/** A snapshot that fails says so itself; the cluster goes on. */
export async function takeClusterSnapshot(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const snapshot = clusterSnapshots(cloud).get(region, identifier);
  if (snapshot?.status !== "creating") return;
  const { files } = cloud.world.disk;
  const folder = snapshotFolder(cloud, region, snapshot.folder);
  noteCluster(cloud, region, snapshot.cluster, `Creating ${snapshot.type} cluster snapshot`, "backup");
  try {
    const cluster = clusters(cloud)
      .list(region)
      .find(({ resourceId }) => resourceId === snapshot.resourceId)!;
    await files.mkdir(folder, { recursive: true, mode: 0o711 });
    await files.rm(`${folder}/data`, { recursive: true, force: true });
    await copyClusterData(cloud, region, cluster, `${folder}/data`);
    clusterSnapshots(cloud).put(region, identifier, {
      ...snapshot,
      masterVerifier: cluster.masterVerifier,
      status: "available",
      createdMs: cloud.world.clock.nowMs(),
    });
    noteCluster(
      cloud,
      region,
      snapshot.cluster,
      `${snapshot.type === "automated" ? "Automated" : "Manual"} cluster snapshot created`,
      "backup",
    );
  } catch (error) {
    clusterSnapshots(cloud).put(region, identifier, { ...snapshot, status: "failed" });
    noteCluster(cloud, region, snapshot.cluster, `Creating the cluster snapshot failed: ${(error as Error).message}`, "backup");
  }
}

/** The daily one. One that fails is tried again with the next round. */
export async function takeAutomatedClusterSnapshot(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const name = automatedName(identifier, cloud.world.clock.nowMs());
  const present = clusterSnapshots(cloud).get(region, name);
  if (present) await removeSnapshot(cloud, region, present);
  recordClusterSnapshot(cloud, region, cluster, name, { type: "automated" });
  await takeClusterSnapshot(cloud, region, name);
  const taken = clusterSnapshots(cloud).get(region, name);
  if (taken?.status === "failed") await removeSnapshot(cloud, region, taken);
}
