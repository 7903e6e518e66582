/** Brings up an instance that does not run, and those that have to run with it: the writer first, and the readers tied to it. */
import type { Cloud } from "../../../cloud.ts";
import { note } from "../event.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { changeInstance } from "../instance.ts";
import { runningServer } from "../servers.ts";
import { type Cluster, clusters } from "./cluster.ts";
import { isTied, type Member, membersOf } from "./members.ts";
import { noteAwake, watchIdleness } from "./pause.ts";
import { supervisorOf } from "./presence.ts";
import { startMember } from "./servers.ts";

export type WakeReason = "connection" | "administration";

/** Resolves when all of them take connections. To be called in the cluster's queue. Those that have no data yet are left to whoever makes it. */
export async function wake(
  cloud: Cloud,
  region: string,
  identifier: string,
  resourceId: string | undefined,
  reason: WakeReason,
): Promise<void> {
  const found = clusters(cloud).get(region, identifier);
  if (!found || (found.writer === undefined && !isSecondary(cloud, region, found))) return;
  const members = membersOf(cloud, region, found);
  const writer = members.find((member) => member.resourceId === found.writer);
  const named = members.find((member) => member.resourceId === resourceId);
  const tied = members.filter((member) => isTied(member, found) && member.status === "available");
  for (const member of new Set([writer, named, ...tied])) {
    if (member) await bringUp(cloud, region, identifier, member, reason);
  }
  watchIdleness(cloud, region, found.resourceId);
}

/** All of them, as at a start of the cluster. */
export async function wakeAll(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  for (const { resourceId } of membersOf(cloud, region, cluster))
    await wake(cloud, region, cluster.identifier, resourceId, "administration");
}

/** Starts one whose writer runs, unless it runs already. */
export async function bringUp(cloud: Cloud, region: string, identifier: string, member: Member, reason: WakeReason): Promise<void> {
  // As it is by now: the start of the writer has written where it listens, and whether it has its master user.
  const cluster = clusters(cloud).get(region, identifier)!;
  if (runningServer(cloud, member)) return;
  const { paused } = member.member;
  if (paused) note(cloud, region, member.identifier, "Initiated resume for the DB instance.", "notification", "serverless");
  await startMember(cloud, region, cluster, member, supervisorOf(cloud, region, cluster.resourceId));
  changeInstance(cloud, region, member.identifier, (each) => delete each.member!.paused);
  noteAwake(cloud, cluster, member, reason);
  if (paused) note(cloud, region, member.identifier, "Successfully resumed the DB instance.", "notification", "serverless");
}
