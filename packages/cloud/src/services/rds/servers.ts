/** The servers that run now, one for each instance that is up. */
import type { Cloud } from "../../cloud.ts";
import { claimAddress } from "../../runtime/addresses.ts";
import { installation } from "../../runtime/postgres/installation.ts";
import { startNativePostgres } from "../../runtime/postgres/native.ts";
import { startPglite } from "../../runtime/postgres/pglite.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { existsSync } from "node:fs";
import { waitForServerRoom, whenRoom } from "../../disk-full.ts";
import { archiveFolder, ownArchive } from "./backup/archive.ts";
import { majorOf } from "./engine-versions.ts";
import { events } from "./event.ts";
import { changeInstance, findInstance, instanceFolder, type Instance, instances } from "./instance.ts";
import { defaultMaxConnections } from "./instance-classes.ts";
import { staticValues } from "./instance-shape.ts";
import { exportLogLine } from "./log-export.ts";
import { arnOf } from "./names.ts";
import { parameterGroups } from "./parameter-group.ts";
import { serverParameters } from "./parameters.ts";

const memory = Symbol("rds servers");

/** By resource id. */
const running = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, PostgresServer>());

export function runningServer(cloud: Cloud, instance: Pick<Instance, "resourceId">): PostgresServer | undefined {
  return running(cloud).get(instance.resourceId);
}

export function runningServers(cloud: Cloud): ReadonlyMap<string, PostgresServer> {
  return running(cloud);
}

/** Takes note of a server that was started elsewhere, as those of clusters are. */
export function noteRunning(cloud: Cloud, resourceId: string, server: PostgresServer): void {
  running(cloud).set(resourceId, server);
}

/** Forgets a server that has ended; answers whether it was the one that ran. */
export function forgetServer(cloud: Cloud, resourceId: string, server: PostgresServer): boolean {
  return running(cloud).get(resourceId) === server && running(cloud).delete(resourceId);
}

/** What can be changed while it runs. Connections without TLS are turned away (`rds.force_ssl`) unless the group says 0. */
async function settingsOf(
  cloud: Cloud,
  region: string,
  instance: Instance,
): Promise<{ parameters: Record<string, string>; forceTls: boolean; archiveFolder: string | undefined }> {
  const group = parameterGroups(cloud).get(region, instance.settings.parameterGroup);
  const values = Object.fromEntries(Object.entries(group?.values ?? {}).map(([name, { value }]) => [name, value]));
  const { libraryFolder } = await installation(cloud, majorOf(instance.settings.engineVersion));
  const hasLibrary = (name: string) => existsSync(`${libraryFolder}/${name}.so`) || existsSync(`${libraryFolder}/${name}.dylib`);
  return {
    parameters: serverParameters(values, hasLibrary),
    forceTls: !/^(0|off|false)$/i.test(values["rds.force_ssl"] ?? "1"),
    archiveFolder: await ownArchive(cloud, region, instance),
  };
}

/** Starts an instance's server and notes where it listens; one that ends by itself is started again. */
export async function startServer(cloud: Cloud, region: string, identifier: string): Promise<PostgresServer> {
  const instance = findInstance(cloud, region, identifier);
  const { settings, resourceId } = instance;
  const owner = `rds/${region}/${resourceId}`;
  const at = await claimAddress(cloud, owner, settings.port);
  const live = await settingsOf(cloud, region, instance);
  const { parameters } = live;
  const start = instance.server === "pglite" ? startPglite : startNativePostgres;
  const server = await start(cloud, {
    owner,
    folder: instanceFolder(cloud, region, resourceId),
    major: majorOf(settings.engineVersion),
    address: at.address,
    port: at.port,
    ...live,
    maxConnections: Number(parameters.max_connections ?? defaultMaxConnections(settings.instanceClass)),
    recovery: instance.recovery && {
      archiveFolder: archiveFolder(cloud, region, instance.recovery.resourceId),
      targetTime: instance.recovery.targetTime,
    },
    onLogLine: (line) => exportLogLine(cloud, region, resourceId, line),
  });
  running(cloud).set(resourceId, server);
  changeInstance(cloud, region, identifier, (changed) => {
    changed.address = at.address;
    changed.listeningPort = at.port;
    changed.servedBy = server.servedBy;
    changed.startedWith = staticValues(cloud, region, changed);
  });
  void server.exited.then(() => restartIfLost(cloud, region, identifier, server));
  return server;
}

/** What RDS's own supervision does: a server that ended without being asked is started again, and an event says so. */
async function restartIfLost(cloud: Cloud, region: string, identifier: string, server: PostgresServer): Promise<void> {
  const instance = instances(cloud).get(region, identifier);
  if (!instance || running(cloud).get(instance.resourceId) !== server) return;
  running(cloud).delete(instance.resourceId);
  const about = { source: identifier, type: "db-instance" as const, arn: arnOf({ region, account: cloud.account }, "db", identifier) };
  const message = "Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.";
  await whenRoom(cloud, () => events.note(cloud, region, { ...about, message, categories: ["recovery"] }));
  for (;;) {
    try {
      await startServer(cloud, region, identifier);
      break;
    } catch (error) {
      if (cloud.stopping.aborted) return;
      const { message } = error as Error;
      if (await waitForServerRoom(cloud).catch(() => false)) continue;
      return whenRoom(
        cloud,
        () =>
          void changeInstance(cloud, region, identifier, (changed) => {
            changed.status = "failed";
            changed.failure = message;
          }),
      );
    }
  }
  await whenRoom(cloud, () =>
    events.note(cloud, region, { ...about, message: "Recovery of the DB instance is complete.", categories: ["recovery"] }),
  );
}

/** Resolves when it has ended; nothing when none runs. */
export async function stopServer(cloud: Cloud, instance: Pick<Instance, "resourceId">): Promise<void> {
  const server = running(cloud).get(instance.resourceId);
  if (!server) return;
  running(cloud).delete(instance.resourceId);
  await server.stop();
}

/** Gives a running server the settings that it takes without a restart. */
export async function reloadServer(cloud: Cloud, region: string, instance: Instance): Promise<void> {
  await runningServer(cloud, instance)?.reload(await settingsOf(cloud, region, instance));
}

/** Gives the running servers that use `group` its new values. */
export async function reloadServers(cloud: Cloud, region: string, group: string, instances: readonly Instance[]): Promise<void> {
  for (const instance of instances) {
    if (instance.settings.parameterGroup === group) await reloadServer(cloud, region, instance);
  }
}
