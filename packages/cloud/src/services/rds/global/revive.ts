/** Continues every global cluster where the last life of the cloud left it, after its clusters are up again. */
import type { Cloud } from "../../../cloud.ts";
import { changeCluster, clusters } from "../aurora/cluster.ts";
import { clusterOf, clusterWork } from "../work.ts";
import { changeGlobal, everywhere, globalClusters, isSecondary, type PrimaryChange, samePlace } from "./global-cluster.ts";
import { forgetMember, leave, leaving } from "./membership.ts";
import { settleGlobal } from "./primary-change.ts";
import { forgetVolume, runVolume } from "./volume.ts";
import { openGlobalEndpoint } from "./writer-endpoint.ts";

export async function openGlobalEndpoints(cloud: Cloud): Promise<void> {
  for (const { resourceId } of globalClusters(cloud).list(everywhere)) await openGlobalEndpoint(cloud, resourceId);
}

export async function reviveGlobals(cloud: Cloud): Promise<void> {
  for (const { resourceId, change, members } of globalClusters(cloud).list(everywhere)) {
    for (const place of members) {
      if (!clusterOf(cloud, place.region, place.resourceId)) forgetMember(cloud, resourceId, place);
    }
    const handedOver = change && members.some((member) => member.writer && samePlace(member, change.to));
    // One that had not come so far has not happened.
    if (change && !handedOver) giveUp(cloud, resourceId, change);
    if (handedOver) await settleGlobal(cloud, resourceId);
    for (const place of leaving(cloud, resourceId)) await leave(cloud, resourceId, place);
  }
  for (const { scope: region, value: cluster } of clusters(cloud).all()) {
    await clusterWork(cloud, region, cluster.resourceId, async () => {
      if (isSecondary(cloud, region, cluster)) await runVolume(cloud, region, cluster);
      else if (cluster.writer !== undefined) await forgetVolume(cloud, region, cluster);
    });
  }
}

function giveUp(cloud: Cloud, resourceId: string, { to }: PrimaryChange): void {
  cloud.store.transaction(() => {
    changeGlobal(cloud, resourceId, (each) => (each.change = undefined));
    const cluster = clusterOf(cloud, to.region, to.resourceId);
    if (cluster) changeCluster(cloud, to.region, cluster.identifier, (each) => (each.status = "available"));
  });
}
