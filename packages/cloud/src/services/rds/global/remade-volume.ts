/** A secondary's storage follows another primary, or is made anew together with the instances that follow it. */
import type { Cloud } from "../../../cloud.ts";
import { type Cluster, clusters } from "../aurora/cluster.ts";
import { remakeCopy } from "../aurora/copy.ts";
import { membersOf } from "../aurora/members.ts";
import { runningServer, stopServer } from "../servers.ts";
import { clusterWork } from "../work.ts";
import { forgetVolume, onStrayed, runVolume } from "./volume.ts";

type Secondary = Pick<Cluster, "resourceId" | "identifier">;

/** One that can no longer follow is made anew, unless that has happened meanwhile. */
export function superviseVolumes(cloud: Cloud): void {
  onStrayed(cloud).handle = (region, resourceId, server) =>
    void clusterWork(cloud, region, resourceId, async (identifier) => {
      if (runningServer(cloud, { resourceId }) === server) await remakeVolume(cloud, region, identifier);
    });
}

/** Follows the primary that there is now, whoever it was before. What cannot, says so in its log and is made anew. */
export async function turnVolume(cloud: Cloud, region: string, cluster: Secondary): Promise<void> {
  await stopServer(cloud, cluster);
  await runVolume(cloud, region, cluster);
}

/** Takes a new copy of the primary, and gives every instance a new copy of that. To be called in the cluster's queue. */
export async function remakeVolume(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  await forgetVolume(cloud, region, cluster);
  await runVolume(cloud, region, cluster);
  for (const member of membersOf(cloud, region, cluster)) {
    if (member.status !== "creating" && member.status !== "deleting") await remakeCopy(cloud, region, cluster, member);
  }
}
