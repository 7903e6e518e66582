/**
 * The standby of a Multi-AZ instance: a second server with a copy of the data that follows the first, at an address that nobody is told.
 * When the first one ends, the standby takes what it lacks from its log, and its data takes the place of the first one's: it is started
 * where the first one was, so the endpoint stays. Then there is a new standby.
 */
import { existsSync } from "node:fs";
import type { Cloud } from "../../cloud.ts";
import { archiveFinished } from "../../runtime/postgres/log-archive.ts";
import { claimAddress, releaseAddress } from "../../runtime/addresses.ts";
import { saysItCannotFollow } from "../../runtime/postgres/following.ts";
import { startNativePostgres } from "../../runtime/postgres/native.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { archiveFolder, isArchived } from "./backup/archive.ts";
import { majorOf } from "./engine-versions.ts";
import { note } from "./event.ts";
import { changeInstance, findInstance, instanceFolder, type Instance } from "./instance.ts";
import { defaultMaxConnections } from "./instance-classes.ts";
import { otherZone } from "./instance-shape.ts";
import { forgetServer, noteRunning, runningServer, settingsOf, startServer, stopServer } from "./servers.ts";
import { work } from "./work.ts";

/** What its server goes by among those that run. */
const idOf = ({ resourceId }: Pick<Instance, "resourceId">) => `${resourceId}/standby`;
const ownerOf = (region: string, { resourceId }: Pick<Instance, "resourceId">) => `rds-standby/${region}/${resourceId}`;

/** PGlite has one session and nothing to follow: there Multi-AZ is only recorded. */
export const hasStandby = ({ settings, server, member }: Instance) => settings.multiAz && server === "native" && !member;

export function standbyOf(cloud: Cloud, instance: Pick<Instance, "resourceId">): PostgresServer | undefined {
  return runningServer(cloud, { resourceId: idOf(instance) });
}

/**
 * Starts the standby of an instance that runs; makes its copy of the data where there is none that can follow. To be called in its queue.
 * Where the first server ends meanwhile there is none: its recovery (recovery.ts), which waits in the queue by then, makes one.
 */
export async function startStandby(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  const first = runningServer(cloud, instance);
  if (!hasStandby(instance) || !first || standbyOf(cloud, instance)) return;
  try {
    await follow(cloud, region, instance, first);
  } catch (error) {
    if (await answers(first)) throw error;
  }
}

const answers = (server: PostgresServer): Promise<boolean> => server.query("select 1").then(...outcome);

const outcome = [() => true, () => false] as const;

async function follow(cloud: Cloud, region: string, instance: Instance, first: PostgresServer): Promise<void> {
  await first.reload({ ...(await settingsOf(cloud, region, instance)), followed: true });
  if (existsSync(`${folderOf(cloud, region, instance)}/data/PG_VERSION`)) {
    try {
      return await start(cloud, region, instance);
    } catch {
      // What it has is of no use any more: a new copy.
    }
  }
  await makeAnew(cloud, region, instance, first);
}

async function makeAnew(cloud: Cloud, region: string, instance: Instance, first: PostgresServer): Promise<void> {
  const folder = folderOf(cloud, region, instance);
  await stopStandby(cloud, instance);
  await cloud.world.disk.files.rm(folder, { recursive: true, force: true });
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o711 });
  await first.backup(`${folder}/data`);
  await start(cloud, region, instance);
}

async function start(cloud: Cloud, region: string, instance: Instance): Promise<void> {
  const { settings, resourceId } = instance;
  const live = await settingsOf(cloud, region, instance);
  const started: { server?: PostgresServer } = {};
  const server = await startNativePostgres(cloud, {
    owner: ownerOf(region, instance),
    folder: folderOf(cloud, region, instance),
    major: majorOf(settings.engineVersion),
    ...(await claimAddress(cloud, ownerOf(region, instance), settings.port)),
    ...live,
    maxConnections: Number(live.parameters.max_connections ?? defaultMaxConnections(settings.instanceClass)),
    follows: instance.serverAt ?? { address: instance.address!, port: instance.listeningPort ?? settings.port },
    followed: true,
    onLogLine(line) {
      const strayed = started.server;
      if (strayed && saysItCannotFollow(line)) void work(cloud, region, resourceId, (name) => replace(cloud, region, name, strayed));
    },
  });
  started.server = server;
  noteRunning(cloud, idOf(instance), server);
  void server.exited.then(() => {
    if (!forgetServer(cloud, idOf(instance), server) || cloud.stopping.aborted) return undefined;
    return work(cloud, region, resourceId, (name) => startStandby(cloud, region, name));
  });
}

/** One that cannot follow is made anew, unless that has happened meanwhile. */
async function replace(cloud: Cloud, region: string, identifier: string, strayed: PostgresServer): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  const first = runningServer(cloud, instance);
  if (first && standbyOf(cloud, instance) === strayed) await makeAnew(cloud, region, instance, first);
}

export async function stopStandby(cloud: Cloud, instance: Pick<Instance, "resourceId">): Promise<void> {
  await stopServer(cloud, { resourceId: idOf(instance) });
}

/** Ends it and forgets its copy, as when an instance is Multi-AZ no longer. */
export async function removeStandby(cloud: Cloud, region: string, instance: Instance): Promise<void> {
  await stopStandby(cloud, instance);
  await cloud.world.disk.files.rm(folderOf(cloud, region, instance), { recursive: true, force: true });
  releaseAddress(cloud, ownerOf(region, instance));
}

/**
 * The standby takes over; to be called in the instance's queue while it runs. Until its data has the first one's place the first one's is
 * the truth, and all that a kill in between leaves to do is in `settleFolders`.
 */
export async function failOver(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const { files } = cloud.world.disk;
  const instance = findInstance(cloud, region, identifier);
  const folder = instanceFolder(cloud, region, instance.resourceId);
  note(cloud, region, identifier, "Multi-AZ instance failover started.", "failover");
  await stopServer(cloud, instance);
  await standbyOf(cloud, instance)!.promote!({ catchUpFrom: `${folder}/data` });
  await stopStandby(cloud, instance);
  await files.rm(`${folder}/former`, { recursive: true, force: true });
  await files.rename(`${folder}/data`, `${folder}/former`);
  await settleFolders(cloud, region, instance);
  changeInstance(cloud, region, identifier, (each) => (each.availabilityZone = otherZone(each) ?? each.availabilityZone));
  await startServer(cloud, region, identifier);
  note(cloud, region, identifier, "Multi-AZ instance failover completed", "failover");
  // What the former one had not yet put into the archive still belongs there.
  if (isArchived(instance)) {
    await archiveFinished(cloud, `${folder}/former`, archiveFolder(cloud, region, instance.resourceId));
  }
  await files.rm(`${folder}/former`, { recursive: true, force: true });
}

/** Where the first one's data has been put away, the standby's takes its place. Nothing elsewhere. */
export async function settleFolders(cloud: Cloud, region: string, instance: Pick<Instance, "resourceId">): Promise<void> {
  const data = `${instanceFolder(cloud, region, instance.resourceId)}/data`;
  const standby = `${folderOf(cloud, region, instance)}/data`;
  if (!existsSync(data) && existsSync(standby)) await cloud.world.disk.files.rename(standby, data);
}

function folderOf(cloud: Cloud, region: string, { resourceId }: Pick<Instance, "resourceId">): string {
  return `${instanceFolder(cloud, region, resourceId)}/standby`;
}
