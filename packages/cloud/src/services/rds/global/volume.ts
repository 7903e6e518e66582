/**
 * The storage of a secondary cluster: a server that nobody is told of, which follows the primary cluster of another region, whether the
 * secondary has instances or none ("headless"). Its instances follow it in turn. It reaches the primary by the primary's own endpoint, so
 * that it stays connected when another instance there becomes the writer.
 */
import { existsSync } from "node:fs";
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, releaseAddress } from "../../../runtime/addresses.ts";
import { saysItCannotFollow } from "../../../runtime/postgres/following.ts";
import { startNativePostgres } from "../../../runtime/postgres/native.ts";
import type { PostgresServer } from "../../../runtime/postgres/server.ts";
import { type Cluster, clusters } from "../aurora/cluster.ts";
import { copyClusterData, volumeFolder } from "../aurora/data.ts";
import { writerOf } from "../aurora/members.ts";
import { memberSettings } from "../aurora/member-settings.ts";
import { majorOf } from "../engine-versions.ts";
import { forgetServer, noteRunning, runningServer, stopServer } from "../servers.ts";
import { clusterWork } from "../work.ts";
import { isSecondary, primaryFor } from "./global-cluster.ts";

type Secondary = Pick<Cluster, "resourceId" | "identifier">;

/** The settings in which whoever follows must not have less than the one that it follows (PostgreSQL, "Hot Standby"). */
const atLeastThePrimarys = ["max_worker_processes", "max_wal_senders", "max_prepared_transactions", "max_locks_per_transaction"];

/** What the server of a follower needs to take at least, since its primary does. */
export async function primarysNeeds(
  cloud: Cloud,
  region: string,
  cluster: Pick<Cluster, "resourceId">,
): Promise<{ maxConnections: number; parameters: Record<string, string> }> {
  const primary = primaryFor(cloud, region, cluster);
  const writer = writerOf(cloud, primary.region, primary.cluster);
  const parameters = writer ? (await memberSettings(cloud, primary.region, primary.cluster, writer)).parameters : {};
  return {
    maxConnections: writer?.member.maxConnections ?? 0,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => atLeastThePrimarys.includes(name))),
  };
}

/** Takes a copy of the primary's data, unless it has one. Safe to repeat. */
export async function makeVolume(cloud: Cloud, region: string, cluster: Secondary): Promise<void> {
  const folder = volumeFolder(cloud, region, cluster);
  if (existsSync(`${folder}/data/PG_VERSION`)) return;
  const primary = primaryFor(cloud, region, cluster);
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o711 });
  await copyClusterData(cloud, primary.region, primary.cluster, `${folder}/data`);
}

/** Starts it unless it runs. To be called in the cluster's queue. */
export async function runVolume(cloud: Cloud, region: string, cluster: Secondary): Promise<PostgresServer> {
  const present = runningServer(cloud, cluster);
  if (present) return present;
  await makeVolume(cloud, region, cluster);
  const { resourceId } = cluster;
  const { settings } = clusters(cloud).get(region, cluster.identifier)!;
  const at = await claimAddress(cloud, ownerOf(region, cluster), settings.port);
  const { maxConnections, parameters } = await primarysNeeds(cloud, region, cluster);
  const started: { server?: PostgresServer } = {};
  const server = await startNativePostgres(cloud, {
    owner: ownerOf(region, cluster),
    folder: volumeFolder(cloud, region, cluster),
    major: majorOf(settings.engineVersion),
    ...at,
    forceTls: true,
    maxConnections: Math.max(maxConnections, leastConnections),
    parameters,
    follows: primaryFor(cloud, region, cluster).cluster.endpoint,
    followed: true,
    onLogLine(line) {
      if (started.server && saysItCannotFollow(line)) onStrayed(cloud).handle(region, resourceId, started.server);
    },
  });
  started.server = server;
  noteRunning(cloud, resourceId, server);
  addresses(cloud).set(resourceId, at);
  void server.exited.then(() => lost(cloud, region, resourceId, server));
  return server;
}

const straying = Symbol("aurora volumes that stray");

/** Who is told of one that can no longer follow; said once at the start of the cloud. */
export function onStrayed(cloud: Cloud): { handle(region: string, resourceId: string, server: PostgresServer): void } {
  return cloud.memory(straying, () => ({ handle() {} }));
}

/** One that ended without being asked is started again. */
function lost(cloud: Cloud, region: string, resourceId: string, server: PostgresServer): void {
  if (!forgetServer(cloud, resourceId, server) || cloud.stopping.aborted) return;
  void clusterWork(cloud, region, resourceId, async (identifier) => {
    if (isSecondary(cloud, region, { resourceId })) await runVolume(cloud, region, { resourceId, identifier });
  });
}

const leastConnections = 100;

/** Where it listens; it runs. */
export function volumeAddress(cloud: Cloud, cluster: Pick<Cluster, "resourceId">): { address: string; port: number } {
  return addresses(cloud).get(cluster.resourceId)!;
}

const memory = Symbol("aurora volumes");
const addresses = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, { address: string; port: number }>());

const ownerOf = (region: string, { resourceId }: Pick<Cluster, "resourceId">) => `rds-volume/${region}/${resourceId}`;

/** Ends it, and removes its data. */
export async function forgetVolume(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId">): Promise<void> {
  await stopServer(cloud, cluster);
  releaseAddress(cloud, ownerOf(region, cluster));
  await cloud.world.disk.files.rm(volumeFolder(cloud, region, cluster), { recursive: true, force: true });
}
