/**
 * A change of the writer, asked for or after its end. The order is such that at every moment one instance has all that was committed,
 * and the record names it: intent noted → nobody writes any more → the reader takes what it lacks from the former writer's log, and
 * takes writes → it is the writer → the former one becomes a copy of it.
 */
import type { Cloud } from "../../../cloud.ts";
import { waitForServerRoom } from "../../../disk-full.ts";
import type { PostgresServer } from "../../../runtime/postgres/server.ts";
import { invalidClusterState } from "../errors.ts";
import { archiveFinished } from "../../../runtime/postgres/log-archive.ts";
import { archiveFolder, isArchived } from "../backup/archive.ts";
import { note, noteCluster } from "../event.ts";
import { changeInstance, instanceFolder } from "../instance.ts";
import { forgetServer, runningServer, stopServer } from "../servers.ts";
import { clusterWork, work } from "../work.ts";
import { changeCluster, type Cluster, clusters } from "./cluster.ts";
import { remakeCopy } from "./copy.ts";
import { byPromotion, type Member, membersOf, readersOf, writerOf } from "./members.ts";
import { watchIdleness } from "./pause.ts";
import { presenceOf } from "./presence.ts";
import { followWriter, type MemberEvents } from "./servers.ts";
import { bringUp } from "./wake.ts";

/** Who takes over: the one named, else the first in order of promotion. */
export function successorOf(cloud: Cloud, region: string, cluster: Cluster, named?: string): Member {
  const readers = readersOf(cloud, region, cluster);
  const found = named === undefined ? readers.toSorted(byPromotion)[0] : readers.find(({ identifier }) => identifier === named);
  if (!found) {
    throw invalidClusterState(
      named === undefined
        ? `The DB cluster ${cluster.identifier} has no DB instance to which it can fail over.`
        : `The DB instance ${named} isn't a reader of the DB cluster ${cluster.identifier} that is available for a failover.`,
    );
  }
  return found;
}

/** To be called in the cluster's queue. `keepsFormer`: whether the former writer becomes a reader, as it does unless it is being deleted. */
export async function failover(
  cloud: Cloud,
  region: string,
  identifier: string,
  { to, keepsFormer = true }: { to?: string | undefined; keepsFormer?: boolean },
): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const former = writerOf(cloud, region, cluster)!;
  const successor = successorOf(cloud, region, cluster, to);
  changeCluster(cloud, region, identifier, (each) => {
    each.status = "failing-over";
    each.failover = { to: successor.resourceId };
  });
  const where = former.availabilityZone === successor.availabilityZone ? "same" : "cross";
  noteCluster(cloud, region, identifier, `Started ${where} AZ failover to DB instance: ${successor.identifier}`, "failover");
  // A paused one first follows the writer again, or at least has its own data ready.
  await bringUp(cloud, region, identifier, successor, "administration");
  presenceOf(cloud, cluster.resourceId).passages.cut(former.resourceId);
  await stopServer(cloud, former);
  await runningServer(cloud, successor)!.promote!({ catchUpFrom: `${instanceFolder(cloud, region, former.resourceId)}/data` });
  await archiveLeft(cloud, region, cluster, former);
  const now = cloud.store.transaction(() => {
    if (keepsFormer) changeInstance(cloud, region, former.identifier, (each) => (each.status = "rebooting"));
    return changeCluster(cloud, region, identifier, (each) => {
      each.writer = successor.resourceId;
      each.failover = undefined;
      each.status = "available";
    })!;
  });
  noteCluster(cloud, region, identifier, `Completed failover to DB instance: ${successor.identifier}`, "failover");
  for (const reader of readersOf(cloud, region, now)) {
    const server = runningServer(cloud, reader);
    if (server) await followWriter(cloud, region, now, reader, server);
  }
  // Behind the connections that wait by now.
  if (keepsFormer) void work(cloud, region, former.resourceId, (name) => comeBack(cloud, region, name));
  watchIdleness(cloud, region, cluster.resourceId);
}

/** What the former writer had finished of its log and not archived yet. */
async function archiveLeft(cloud: Cloud, region: string, cluster: Cluster, former: Member): Promise<void> {
  if (!isArchived(cluster)) return;
  const data = `${instanceFolder(cloud, region, former.resourceId)}/data`;
  await archiveFinished(cloud, data, archiveFolder(cloud, region, cluster.resourceId));
}

/** Makes an instance a fresh copy of the writer. */
export async function comeBack(cloud: Cloud, region: string, instance: string): Promise<void> {
  const found = memberNamed(cloud, region, instance);
  if (!found) return;
  await remakeCopy(cloud, region, found.cluster, found.member);
  changeInstance(cloud, region, instance, (each) => (each.status = "available"));
  note(cloud, region, instance, "DB instance restarted", "availability");
  watchIdleness(cloud, region, found.cluster.resourceId);
}

/** What is done about servers that end or lose their way by themselves. */
export function supervisor(cloud: Cloud): (region: string, clusterResourceId: string) => MemberEvents {
  return (region, clusterResourceId) => ({
    lost(member, server) {
      if (!forgetServer(cloud, member.resourceId, server) || cloud.stopping.aborted) return;
      presenceOf(cloud, clusterResourceId).passages.cut(member.resourceId);
      void clusterWork(cloud, region, clusterResourceId, (identifier) => recover(cloud, region, identifier, member.resourceId));
    },
    strayed(member, server) {
      void clusterWork(cloud, region, clusterResourceId, (identifier) => lead(cloud, region, identifier, member.resourceId, server));
    },
  });
}

async function recover(cloud: Cloud, region: string, identifier: string, resourceId: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const member = membersOf(cloud, region, cluster).find((each) => each.resourceId === resourceId);
  if (!member || runningServer(cloud, member) || !["available", "rebooting"].includes(member.status)) return;
  const words = "Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.";
  note(cloud, region, member.identifier, words, "recovery");
  if (cluster.writer !== resourceId) {
    await bringUp(cloud, region, identifier, member, "administration").catch(() => remakeCopy(cloud, region, cluster, member));
  } else if (readersOf(cloud, region, cluster).length > 0) await failover(cloud, region, identifier, {});
  else await restart(cloud, region, identifier, member);
  note(cloud, region, member.identifier, "Recovery of the DB instance is complete.", "recovery");
}

/** Where it was a full disk that ended it, it is started when there is room. */
async function restart(cloud: Cloud, region: string, identifier: string, member: Member): Promise<void> {
  for (;;) {
    try {
      return await bringUp(cloud, region, identifier, member, "administration");
    } catch (error) {
      if (!(await waitForServerRoom(cloud))) throw error;
    }
  }
}

/** A copy that cannot follow is made anew, unless that has happened meanwhile. */
async function lead(cloud: Cloud, region: string, identifier: string, resourceId: string, server: PostgresServer): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const member = membersOf(cloud, region, cluster).find((each) => each.resourceId === resourceId);
  if (!member || cluster.writer === resourceId || runningServer(cloud, member) !== server) return;
  await remakeCopy(cloud, region, cluster, member);
}

function memberNamed(cloud: Cloud, region: string, instance: string): { cluster: Cluster; member: Member } | undefined {
  for (const cluster of clusters(cloud).list(region)) {
    const member = membersOf(cloud, region, cluster).find(({ identifier }) => identifier === instance);
    if (member) return { cluster, member };
  }
  return undefined;
}
