/** The global cluster's own endpoint: it leads to the writer of whichever cluster is the primary, and waits while that changes. */
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, releaseAddress } from "../../../runtime/addresses.ts";
import { type EntranceTarget, openEntrance } from "../../../runtime/postgres/entrance.ts";
import { serving } from "../aurora/endpoints.ts";
import { writerOf } from "../aurora/members.ts";
import { closePresence, presenceOf } from "../aurora/presence.ts";
import { clusterOf } from "../work.ts";
import { changeGlobal, type GlobalCluster, globalByResource, primaryOfGlobal } from "./global-cluster.ts";

const pollMs = 50;
const ownerOf = ({ resourceId }: Pick<GlobalCluster, "resourceId">) => `rds-global/${resourceId}`;

/** Finds its address (on the primary's port, once there is a primary) and listens there. */
export async function openGlobalEndpoint(cloud: Cloud, resourceId: string): Promise<void> {
  const global = globalByResource(cloud, resourceId)!;
  const primary = primaryOfGlobal(global);
  const port = (primary && clusterOf(cloud, primary.region, primary.resourceId)?.settings.port) ?? 5432;
  const presence = presenceOf(cloud, resourceId);
  if (presence.entrances.has("writer")) return;
  const endpoint = await claimAddress(cloud, ownerOf(global), port);
  changeGlobal(cloud, resourceId, (each) => (each.endpoint = endpoint));
  const target = () => primarysWriter(cloud, resourceId);
  presence.entrances.set("writer", await openEntrance(cloud, { ...endpoint, target, passages: presence.passages }));
}

export async function closeGlobalEndpoint(cloud: Cloud, global: Pick<GlobalCluster, "resourceId">): Promise<void> {
  await closePresence(cloud, global.resourceId);
  releaseAddress(cloud, ownerOf(global));
}

async function primarysWriter(cloud: Cloud, resourceId: string): Promise<EntranceTarget> {
  for (;;) {
    const global = globalByResource(cloud, resourceId);
    const primary = global && primaryOfGlobal(global);
    if (!primary) throw new Error("the global cluster has no primary DB cluster");
    // The new primary takes writes as soon as it is named, also while the former one is made anew.
    const { change } = global;
    if (!change || change.to.resourceId === primary.resourceId) {
      const { passages } = presenceOf(cloud, primary.resourceId);
      return { ...(await serving(cloud, primary.region, primary.resourceId, (now) => writerOf(cloud, primary.region, now))), passages };
    }
    await cloud.world.clock.sleep(pollMs, cloud.stopping);
  }
}
