/** Continues every cluster where the last life of the cloud left it. */
import type { Cloud } from "../../../cloud.ts";
import { clusterSnapshots } from "../backup/cluster-snapshot.ts";
import { takeClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { clusterWork, work } from "../work.ts";
import { changeCluster, type Cluster, clusters } from "./cluster.ts";
import { claimEndpoints, claimMemberEndpoint, openEndpoints } from "./endpoints.ts";
import { supervisor } from "./failover.ts";
import { createCluster, modifyCluster, removeCluster, startCluster, stopCluster } from "./life.ts";
import { inOrder, reviveMember } from "./member-life.ts";
import { membersOf } from "./members.ts";
import { watchIdleness } from "./pause.ts";
import { superviseBy } from "./presence.ts";

/** Resolves when those that were up are up again, and those that paused can be woken. */
export async function reviveClusters(cloud: Cloud): Promise<void> {
  superviseBy(cloud, supervisor(cloud));
  await Promise.all(
    clusters(cloud)
      .all()
      .map(({ scope: region, value }) => revive(cloud, region, value)),
  );
}

async function revive(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const { resourceId } = cluster;
  const queue = (run: (cloud: Cloud, region: string, identifier: string) => Promise<void>) =>
    clusterWork(cloud, region, resourceId, (identifier) => run(cloud, region, identifier));
  if (cluster.status === "creating") await queue(createCluster);
  if (cluster.status === "stopped") return;
  if (cluster.status === "stopping") return queue(stopCluster);
  await queue(openAgain);
  if (cluster.status === "starting") return queue(startCluster);
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

/** Its addresses, which others may have taken meanwhile, and its endpoints. */
async function openAgain(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await claimEndpoints(cloud, region, clusters(cloud).get(region, identifier)!);
  const cluster = clusters(cloud).get(region, identifier)!;
  for (const member of membersOf(cloud, region, cluster)) {
    if (member.status !== "creating") await claimMemberEndpoint(cloud, region, cluster, member);
  }
  await openEndpoints(cloud, region, cluster);
}
