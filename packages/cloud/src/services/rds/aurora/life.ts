/**
 * The life of a cluster, as work in its queue. Each step is written to the store before it begins, so that `revive` finds after a kill
 * where it stands:
 *
 *     creating → available ⇄ modifying, failing-over;  available → stopping → stopped → starting → available;  any → deleting → gone
 */
import type { Cloud } from "../../../cloud.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { noteCluster } from "../event.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { makeVolume } from "../global/volume.ts";
import { changeInstance, instances } from "../instance.ts";
import { runningServer, stopServer } from "../servers.ts";
import { forgetBackups, restoresFrom } from "../backup/automated-snapshots.ts";
import { takeAutomatedClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { clusterWork, pending } from "../work.ts";
import { changeCluster, type Cluster, clusters } from "./cluster.ts";
import { clusterFolder, makeClusterData } from "./data.ts";
import { claimEndpoints, closeEndpoints, openAgain, openEndpoints, releaseEndpoints, releaseMemberEndpoint } from "./endpoints.ts";
import { failover } from "./failover.ts";
import { membersOf, writerOf } from "./members.ts";
import { watchIdleness } from "./pause.ts";
import { closePresence } from "./presence.ts";
import { giveMasterUser, reloadMembers } from "./servers.ts";
import { wake, wakeAll } from "./wake.ts";

export async function createCluster(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await claimEndpoints(cloud, region, clusters(cloud).get(region, identifier)!);
  const cluster = clusters(cloud).get(region, identifier)!;
  if (isSecondary(cloud, region, cluster)) await makeVolume(cloud, region, cluster);
  else await makeClusterData(cloud, region, cluster);
  await openEndpoints(cloud, region, cluster);
  await takeAutomatedClusterSnapshot(cloud, region, identifier);
  const { recovery, source } = cluster;
  changeCluster(cloud, region, identifier, (made) => {
    made.recovery = undefined;
    made.createdMs = cloud.world.clock.nowMs();
    made.status = "available";
  });
  const words = recovery ? `Restored to ${recovery.targetTime}` : (source?.words ?? "DB cluster created");
  noteCluster(cloud, region, identifier, words, "creation");
}

/** Writes pending changes into the settings, and brings what runs to them. A change wakes a cluster that pauses. */
export async function modifyCluster(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const before = clusters(cloud).get(region, identifier)!;
  const { masterVerifier, identifier: newIdentifier, ...settings } = before.pending;
  const restart = settings.engineVersion !== undefined || settings.port !== undefined;
  if (restart) await stopServers(cloud, region, before);
  const name = newIdentifier ?? identifier;
  cloud.store.transaction(() => {
    const changed = changeCluster(cloud, region, identifier, (each) => {
      Object.assign(each.settings, settings);
      if (masterVerifier) each.masterVerifier = { verifier: masterVerifier, first: each.masterVerifier?.first ?? false };
      each.pending = {};
      each.identifier = name;
    })!;
    for (const member of membersOf(cloud, region, { identifier })) {
      instances(cloud).put(region, member.identifier, {
        ...member,
        settings: { ...member.settings, ...sharedSettings(changed) },
        member: { ...member.member, cluster: name },
      });
    }
    if (name !== identifier) {
      clusters(cloud).delete(region, identifier);
      clusters(cloud).put(region, name, changed);
    }
  });
  if (name !== identifier) noteCluster(cloud, region, name, `Renamed cluster from ${identifier} to ${name}`, "notification");
  if (settings.port !== undefined) {
    await closeEndpoints(cloud, before.resourceId);
    releaseEndpoints(cloud, region, before);
    for (const { resourceId } of membersOf(cloud, region, before)) releaseMemberEndpoint(cloud, region, resourceId);
    await openAgain(cloud, region, name);
  }
  await wakeAll(cloud, region, clusters(cloud).get(region, name)!);
  const cluster = clusters(cloud).get(region, name)!;
  const writer = writerOf(cloud, region, cluster);
  const server = writer && runningServer(cloud, writer);
  if (server) await giveMasterUser(cloud, region, cluster, server);
  if (!restart) await reloadMembers(cloud, region, cluster);
  changeCluster(cloud, region, name, (each) => (each.status = "available"));
  if (masterVerifier) noteCluster(cloud, region, name, "Reset master credentials", "configuration change");
  watchIdleness(cloud, region, cluster.resourceId);
}

/** What an instance has from its cluster. */
export function sharedSettings({ settings }: Pick<Cluster, "settings">) {
  return {
    engineVersion: settings.engineVersion,
    port: settings.port,
    backupRetentionDays: settings.backupRetentionDays,
    backupWindow: settings.backupWindow,
    securityGroups: settings.securityGroups,
    storageType: settings.storageType,
    iamAuthentication: settings.iamAuthentication,
    logExports: settings.logExports,
    networkType: settings.networkType,
  };
}

/** The copies first, so that the writer's last words reach nobody who is not there. */
async function stopServers(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const members = membersOf(cloud, region, cluster);
  await Promise.all(members.filter(({ resourceId }) => resourceId !== cluster.writer).map((member) => stopServer(cloud, member)));
  if (cluster.writer) await stopServer(cloud, { resourceId: cluster.writer });
}

export async function stopCluster(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  await closeEndpoints(cloud, cluster.resourceId);
  await stopServers(cloud, region, cluster);
  cloud.store.transaction(() => {
    changeCluster(cloud, region, identifier, (each) => (each.status = "stopped"));
    for (const member of membersOf(cloud, region, cluster))
      changeInstance(cloud, region, member.identifier, (each) => (each.status = "stopped"));
  });
  noteCluster(cloud, region, identifier, "DB cluster stopped", "notification");
}

export async function startCluster(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  for (const member of membersOf(cloud, region, cluster)) {
    changeInstance(cloud, region, member.identifier, (each) => {
      each.status = "available";
      delete each.member!.paused;
    });
  }
  await openAgain(cloud, region, identifier);
  await wakeAll(cloud, region, clusters(cloud).get(region, identifier)!);
  changeCluster(cloud, region, identifier, (each) => (each.status = "available"));
  noteCluster(cloud, region, identifier, "DB cluster started", "notification");
  watchIdleness(cloud, region, cluster.resourceId);
}

export async function failoverCluster(cloud: Cloud, region: string, identifier: string, to: string | undefined): Promise<void> {
  await wake(cloud, region, identifier, undefined, "administration");
  try {
    await failover(cloud, region, identifier, { to });
  } catch (error) {
    // The former writer still has everything: it takes writes again, and its would-be successor is made anew by `revive` or by hand.
    changeCluster(cloud, region, identifier, (each) => {
      each.failover = undefined;
      each.status = "available";
    });
    await wake(cloud, region, identifier, undefined, "administration");
    const words = "Cluster failover failed, check the health of your cluster instances and try again.";
    noteCluster(cloud, region, identifier, `${words} ${(error as Error).message}`, "failover");
  }
}

export async function removeCluster(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  await closeEndpoints(cloud, cluster.resourceId);
  await closePresence(cloud, cluster.resourceId);
  await Promise.all(restoresFrom(cloud, region, cluster.resourceId).map((each) => pending(cloud, region, each.resourceId)));
  await forgetBackups(cloud, region, cluster.resourceId);
  await cloud.world.disk.files.rm(clusterFolder(cloud, region, cluster), { recursive: true, force: true });
  releaseEndpoints(cloud, region, cluster);
  if (cluster.masterSecret) {
    const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
    await call("secretsmanager", "DeleteSecret", { SecretId: cluster.masterSecret.arn, ForceDeleteWithoutRecovery: true });
  }
  clusters(cloud).delete(region, identifier);
  noteCluster(cloud, region, identifier, "DB cluster deleted", "deletion");
}

/** Queues `remove` for a cluster that waits for its last instance to go. */
export function removeLater(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId">): void {
  void clusterWork(cloud, region, cluster.resourceId, (identifier) => removeCluster(cloud, region, identifier));
}
