/** The life of an instance of a cluster, as work in the cluster's queue. */
import { existsSync } from "node:fs";
import type { Cloud } from "../../../cloud.ts";
import { note } from "../event.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { changeInstance, findInstance, instanceFolder, instances, type PendingChanges } from "../instance.ts";
import { stopServer } from "../servers.ts";
import { changeCluster, clusters } from "./cluster.ts";
import { remakeCopy } from "./copy.ts";
import { giveData, takeDataBack } from "./data.ts";
import { claimMemberEndpoint, closeEndpoints, openEndpoints, releaseMemberEndpoint } from "./endpoints.ts";
import { failover } from "./failover.ts";
import { type Member, membersOf, readersOf } from "./members.ts";
import { watchIdleness } from "./pause.ts";
import { presenceOf } from "./presence.ts";
import { bringUp, wake } from "./wake.ts";

export function memberOf(cloud: Cloud, region: string, identifier: string): Member {
  return findInstance(cloud, region, identifier) as Member;
}

/** The first instance of a cluster takes its data and writes; each later one, and each of a secondary cluster, is a copy that follows. */
export async function createMember(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const { cluster: name } = memberOf(cloud, region, identifier).member;
  await claimMemberEndpoint(cloud, region, clusters(cloud).get(region, name)!, memberOf(cloud, region, identifier));
  const cluster = clusters(cloud).get(region, name)!;
  const member = memberOf(cloud, region, identifier);
  const { resourceId } = member;
  const writes = cluster.writer === resourceId || (cluster.writer === undefined && !isSecondary(cloud, region, cluster));
  if (writes) {
    changeCluster(cloud, region, name, (each) => (each.writer = resourceId));
    await giveData(cloud, region, cluster, resourceId);
    await bringUp(cloud, region, name, member, "administration");
  } else await remakeCopy(cloud, region, cluster, member);
  changeInstance(cloud, region, identifier, (made) => {
    made.createdMs ??= cloud.world.clock.nowMs();
    made.status = "available";
  });
  await openEndpoints(cloud, region, cluster);
  note(cloud, region, identifier, "DB instance created", "creation");
  watchIdleness(cloud, region, cluster.resourceId);
}

/** A class has another number of connections, and a name another endpoint stays. */
export async function modifyMember(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const member = memberOf(cloud, region, identifier);
  const { masterVerifier: _, identifier: newIdentifier, ...settings }: PendingChanges = member.pending;
  const name = newIdentifier ?? identifier;
  if (settings.instanceClass !== undefined) await stopAlone(cloud, region, member);
  cloud.store.transaction(() => {
    const changed = changeInstance(cloud, region, identifier, (each) => {
      Object.assign(each.settings, settings);
      each.pending = {};
      each.identifier = name;
    })!;
    if (name !== identifier) {
      instances(cloud).delete(region, identifier);
      instances(cloud).put(region, name, changed);
    }
  });
  if (name !== identifier) note(cloud, region, name, `Renamed instance from ${identifier} to ${name}`, "configuration change");
  await wake(cloud, region, member.member.cluster, member.resourceId, "administration");
  changeInstance(cloud, region, name, (each) => (each.status = "available"));
  note(cloud, region, name, "Finished applying modification to DB instance", "configuration change");
}

export async function rebootMember(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const member = memberOf(cloud, region, identifier);
  await stopAlone(cloud, region, member);
  note(cloud, region, identifier, "DB instance shutdown", "availability");
  await wake(cloud, region, member.member.cluster, member.resourceId, "administration");
  changeInstance(cloud, region, identifier, (each) => (each.status = "available"));
  note(cloud, region, identifier, "DB instance restarted", "availability");
}

async function stopAlone(cloud: Cloud, region: string, member: Member): Promise<void> {
  const cluster = clusters(cloud).get(region, member.member.cluster)!;
  presenceOf(cloud, cluster.resourceId).passages.cut(member.resourceId);
  await stopServer(cloud, member);
}

/** A writer first hands over to a reader; the last instance leaves the data to the cluster. */
export async function removeMember(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const member = memberOf(cloud, region, identifier);
  const { resourceId } = member;
  const { cluster: name } = member.member;
  const before = clusters(cloud).get(region, name)!;
  if (before.writer === resourceId && readersOf(cloud, region, before).length > 0) {
    await wake(cloud, region, name, undefined, "administration");
    await failover(cloud, region, name, { keepsFormer: false });
  }
  await closeEndpoints(cloud, before.resourceId, [resourceId]);
  await stopServer(cloud, member);
  const cluster = clusters(cloud).get(region, name)!;
  if (cluster.writer === resourceId) {
    await takeDataBack(cloud, region, cluster, resourceId);
    changeCluster(cloud, region, name, (each) => (each.writer = undefined));
  }
  await cloud.world.disk.files.rm(instanceFolder(cloud, region, resourceId), { recursive: true, force: true });
  releaseMemberEndpoint(cloud, region, resourceId);
  instances(cloud).delete(region, identifier);
  note(cloud, region, identifier, "DB instance deleted", "deletion");
  watchIdleness(cloud, region, cluster.resourceId);
}

/** Whether it has a copy that it can be started with; a kill may have come before there was one. */
export function hasData(cloud: Cloud, region: string, { resourceId }: Pick<Member, "resourceId">): boolean {
  return existsSync(`${instanceFolder(cloud, region, resourceId)}/data/PG_VERSION`);
}

/** Continues an instance where the last life of the cloud left it: one that paused goes on pausing. */
export async function reviveMember(cloud: Cloud, region: string, identifier: string, forget: boolean): Promise<void> {
  const member = memberOf(cloud, region, identifier);
  const cluster = clusters(cloud).get(region, member.member.cluster)!;
  const writes = cluster.writer === member.resourceId;
  switch (member.status) {
    case "creating":
      return createMember(cloud, region, identifier);
    case "deleting":
      return removeMember(cloud, region, identifier);
    case "stopped":
      return;
    case "modifying":
      return modifyMember(cloud, region, identifier);
    default:
      if (member.member.paused && !forget && (writes || hasData(cloud, region, member))) return;
      if (writes || (hasData(cloud, region, member) && !forget && member.status !== "rebooting")) {
        const up = bringUp(cloud, region, cluster.identifier, member, "administration");
        await (writes ? up : up.catch(() => remakeCopy(cloud, region, cluster, member)));
      } else await remakeCopy(cloud, region, cluster, member);
      changeInstance(cloud, region, identifier, (each) => (each.status = "available"));
  }
}

/** The order in which instances come up: who writes before who follows. */
export function inOrder(cloud: Cloud, region: string, identifier: string): Member[] {
  const cluster = clusters(cloud).get(region, identifier)!;
  return membersOf(cloud, region, cluster).toSorted(
    (a, b) => Number(b.resourceId === cluster.writer) - Number(a.resourceId === cluster.writer) || (a.identifier < b.identifier ? -1 : 1),
  );
}
