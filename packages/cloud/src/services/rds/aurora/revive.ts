/** Continues every cluster where the last life of the cloud left it. */
import type { Cloud } from "../../../cloud.ts";
import { clusterSnapshots } from "../backup/cluster-snapshot.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { superviseVolumes } from "../global/remade-volume.ts";
import { openGlobalEndpoints, reviveGlobals } from "../global/revive.ts";
import { takeClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { clusterWork, work } from "../work.ts";
import { changeCluster, type Cluster, clusters } from "./cluster.ts";
import { openAgain } from "./endpoints.ts";
import { supervisor } from "./failover.ts";
import { createCluster, modifyCluster, removeCluster, startCluster, stopCluster } from "./life.ts";
import { inOrder, reviveMember } from "./member-life.ts";
import { watchIdleness } from "./pause.ts";
import { superviseBy } from "./presence.ts";

/** Resolves when those that were up are up again, and those that paused can be woken. */
export async function reviveClusters(cloud: Cloud): Promise<void> {
  superviseBy(cloud, supervisor(cloud));
  superviseVolumes(cloud);
  await openGlobalEndpoints(cloud);
  // Those that follow a cluster of another region after the one that they follow.
  for (const following of [false, true]) {
    const all = clusters(cloud).all();
    const these = all.filter(({ scope: region, value }) => isSecondary(cloud, region, value) === following);
    await Promise.all(these.map(({ scope: region, value }) => revive(cloud, region, value)));
  }
  await reviveGlobals(cloud);
}

async function revive(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const { resourceId } = cluster;
  const queue = (run: (cloud: Cloud, region: string, identifier: string) => Promise<void>) =>
    clusterWork(cloud, region, resourceId, (identifier) => run(cloud, region, identifier));
  if (cluster.status === "stopped") return;
  if (cluster.status === "stopping") return queue(stopCluster);
  if (cluster.status === "starting") return queue(startCluster);
  await queue(cluster.status === "creating" ? createCluster : openAgain);
  // A failover that was under way has not happened: the former writer is the one that has everything, the other is made anew.
  const { failover } = cluster;
  if (failover) {
    changeCluster(cloud, region, cluster.identifier, (each) => {
      each.failover = undefined;
      each.status = "available";
    });
  }
  const members = inOrder(cloud, region, cluster.identifier);
  await Promise.all(
    members.map((member) =>
      work(cloud, region, member.resourceId, (name) => reviveMember(cloud, region, name, member.resourceId === failover?.to)),
    ),
  );
  if (cluster.status === "modifying") await queue(modifyCluster);
  for (const snapshot of clusterSnapshots(cloud).list(region)) {
    if (snapshot.resourceId === resourceId && snapshot.status === "creating") {
      await queue(() => takeClusterSnapshot(cloud, region, snapshot.identifier));
    }
  }
  if (cluster.status === "deleting") return queue(removeCluster);
  watchIdleness(cloud, region, resourceId);
}
