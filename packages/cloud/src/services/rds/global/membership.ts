/** Clusters join a global cluster and leave it. */
import type { Cloud } from "../../../cloud.ts";
import { changeCluster, type Cluster } from "../aurora/cluster.ts";
import { reloadMembers } from "../aurora/servers.ts";
import { noteCluster } from "../event.ts";
import { clusterOf, clusterWork } from "../work.ts";
import { changeGlobal, globalByResource, type Place, samePlace } from "./global-cluster.ts";
import { promoteSecondary } from "./promotion.ts";

/** A cluster that stands alone becomes the primary. Its servers then name the global endpoint in their certificates. */
export async function joinAsPrimary(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  await clusterWork(cloud, region, cluster.resourceId, () => reloadMembers(cloud, region, cluster));
}

/** Takes a secondary out: it goes on by itself with what it has got. */
export async function leave(cloud: Cloud, resourceId: string, place: Place): Promise<void> {
  await clusterWork(cloud, place.region, place.resourceId, async (identifier) => {
    const also = () => forgetMember(cloud, resourceId, place);
    await promoteSecondary(cloud, place.region, identifier, { also });
    noteCluster(cloud, place.region, identifier, `Promoted the DB cluster ${identifier} to a standalone DB cluster`, "notification");
  });
}

export function forgetMember(cloud: Cloud, resourceId: string, place: Place): void {
  changeGlobal(cloud, resourceId, (each) => (each.members = each.members.filter((member) => !samePlace(member, place))));
}

/** Notes that a secondary is leaving, so that a kill does not keep it. */
export function beginLeaving(cloud: Cloud, resourceId: string, place: Place): void {
  cloud.store.transaction(() => {
    changeGlobal(cloud, resourceId, (each) => {
      for (const member of each.members) if (samePlace(member, place)) member.leaving = true;
    });
    const { identifier } = clusterOf(cloud, place.region, place.resourceId)!;
    changeCluster(cloud, place.region, identifier, (each) => (each.status = "promoting"));
  });
}

/** Those that were leaving when the cloud ended. */
export function leaving(cloud: Cloud, resourceId: string): Place[] {
  return globalByResource(cloud, resourceId)?.members.filter((member) => member.leaving) ?? [];
}
