/**
 * Serverless instances that nobody uses stop, and their endpoints stay open (AWS, "Scaling to Zero ACUs with automatic pause and
 * resume for Aurora Serverless v2"). Readers of tiers 2 to 15 pause by themselves; the writer and the readers tied to it together, after
 * all the others. With a provisioned instance, logical replication, secondary clusters in other regions or a proxy the writer never does.
 */
import type { Cloud } from "../../../cloud.ts";
import { note } from "../event.ts";
import { globalOf } from "../global/global-cluster.ts";
import { changeInstance } from "../instance.ts";
import { isProxied } from "../proxy/proxy.ts";
import { runningServer, stopServer } from "../servers.ts";
import { clusterOf, clusterWork } from "../work.ts";
import { type Cluster, clusters } from "./cluster.ts";
import { isServerless, isTied, type Member, membersOf } from "./members.ts";
import { presenceOf } from "./presence.ts";
import { replicatesLogically } from "./servers.ts";

/** After an act of administration nothing pauses for this long. */
const settlingMs = 20 * 60_000;

/** Counts an instance as used until now, or, after an act of administration, for twenty minutes more. */
export function noteAwake(cloud: Cloud, cluster: Cluster, member: Member, reason: "connection" | "administration"): void {
  const presence = presenceOf(cloud, cluster.resourceId);
  if (presence.passages.open(member.resourceId) > 0) return;
  const pauseAfterMs = (cluster.settings.capacity?.pauseAfterSeconds ?? 0) * 1000;
  const extraMs = reason === "administration" ? Math.max(0, settlingMs - pauseAfterMs) : 0;
  presence.idleSinceMs.set(member.resourceId, cloud.world.clock.nowMs() + extraMs);
}

/** Looks again when the first of its instances may have been idle long enough. To be called whenever something has changed. */
export function watchIdleness(cloud: Cloud, region: string, resourceId: string): void {
  const presence = presenceOf(cloud, resourceId);
  presence.cancelLook();
  presence.cancelLook = () => {};
  // As the connections of a cloud that stops end.
  if (cloud.stopping.aborted) return;
  const cluster = clusterOf(cloud, region, resourceId);
  const pauseAfterSeconds = cluster?.settings.capacity?.pauseAfterSeconds;
  if (!cluster || pauseAfterSeconds === undefined) return;
  const nowMs = cloud.world.clock.nowMs();
  const dueMs = membersOf(cloud, region, cluster)
    .filter((member) => isServerless(member) && runningServer(cloud, member))
    .map(({ resourceId: id }) => (presence.idleSinceMs.get(id) ?? Infinity) + pauseAfterSeconds * 1000)
    .filter((atMs) => atMs < Infinity && atMs > nowMs)
    .sort((a, b) => a - b)[0];
  const idleNow = toPause(cloud, region, cluster).length > 0;
  if (dueMs === undefined && !idleNow) return;
  presence.cancelLook = cloud.world.clock.after(idleNow ? 0 : dueMs! - nowMs, () => {
    void lookAndPause(cloud, region, resourceId);
  });
}

async function lookAndPause(cloud: Cloud, region: string, resourceId: string): Promise<void> {
  await clusterWork(cloud, region, resourceId, (identifier) => pauseIdle(cloud, region, identifier));
  if (!cloud.stopping.aborted) watchIdleness(cloud, region, resourceId);
}

/** Which instances may pause now, in the order in which they do. */
function toPause(cloud: Cloud, region: string, cluster: Cluster): Member[] {
  const { capacity } = cluster.settings;
  if (cluster.status !== "available" || capacity?.pauseAfterSeconds === undefined) return [];
  const presence = presenceOf(cloud, cluster.resourceId);
  const idleFromMs = cloud.world.clock.nowMs() - capacity.pauseAfterSeconds * 1000;
  const members = membersOf(cloud, region, cluster);
  const awake = members.filter((member) => runningServer(cloud, member));
  const isIdle = ({ resourceId, status }: Member) =>
    status === "available" && (presence.idleSinceMs.get(resourceId) ?? Infinity) <= idleFromMs;
  const independent = awake.filter((member) => isServerless(member) && !isTied(member, cluster));
  const pausing = independent.filter(isIdle);
  const group = awake.filter((member) => isTied(member, cluster));
  const others = members.filter((member) => !isTied(member, cluster) && !pausing.includes(member));
  const groupMay =
    group.every(isIdle) &&
    others.every((member) => isServerless(member) && member.member.paused) &&
    !replicatesLogically(cloud, region, cluster) &&
    // Who is followed from other regions does not pause; who follows may.
    globalOf(cloud, region, cluster)?.member.writer !== true &&
    !isProxied(cloud, region, cluster.resourceId);
  // The writer last: the others need it for as long as they run.
  return groupMay
    ? [...pausing, ...group.sort((a, b) => Number(a.resourceId === cluster.writer) - Number(b.resourceId === cluster.writer))]
    : pausing;
}

async function pauseIdle(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier);
  if (!cluster || cloud.stopping.aborted) return;
  const { passages } = presenceOf(cloud, cluster.resourceId);
  for (const member of toPause(cloud, region, cluster)) {
    note(cloud, region, member.identifier, "Initiated pause for the DB instance.", "notification", "serverless");
    if (passages.open(member.resourceId) > 0) {
      note(cloud, region, member.identifier, "Pause was canceled for the DB instance.", "notification", "serverless");
      return;
    }
    // Written first: if the cloud is killed now, the instance comes back as what it was about to be.
    changeInstance(cloud, region, member.identifier, (each) => (each.member!.paused = true));
    await stopServer(cloud, member);
    presenceOf(cloud, cluster.resourceId).idleSinceMs.delete(member.resourceId);
    note(cloud, region, member.identifier, "Successfully paused the DB instance.", "notification", "serverless");
  }
}
