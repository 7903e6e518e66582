/** The servers that run now, one for each instance that is up. */
import type { Cloud } from "../../cloud.ts";
import { claimAddress } from "../../runtime/addresses.ts";
import { installation } from "../../runtime/postgres/installation.ts";
import { startNativePostgres } from "../../runtime/postgres/native.ts";
import { startPglite } from "../../runtime/postgres/pglite.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { existsSync } from "node:fs";
import { archiveFolder, ownArchive } from "./backup/archive.ts";
import { majorOf } from "./engine-versions.ts";
import { changeInstance, findInstance, instanceFolder, type Instance, instances } from "./instance.ts";
import { defaultMaxConnections } from "./instance-classes.ts";
import { staticValues } from "./instance-shape.ts";
import { closeInstanceEntrance, openInstanceEntrance } from "./instance-entrance.ts";
import { exportLogLine } from "./log-export.ts";
import { parameterGroups } from "./parameter-group.ts";
import { forcesTls, serverParameters } from "./parameters.ts";

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
export async function settingsOf(
  cloud: Cloud,
  region: string,
  instance: Instance,
): Promise<{ parameters: Record<string, string>; forceTls: boolean; gated: boolean; archiveFolder: string | undefined }> {
  const values = groupValues(cloud, region, instance);
  const { libraryFolder } = await installation(cloud, majorOf(instance.settings.engineVersion));
  const hasLibrary = (name: string) => existsSync(`${libraryFolder}/${name}.so`) || existsSync(`${libraryFolder}/${name}.dylib`);
  return {
    parameters: serverParameters(values, hasLibrary),
    forceTls: forcesTls(values),
    gated: isGated(instance),
    archiveFolder: await ownArchive(cloud, region, instance),
  };
}

function groupValues(cloud: Cloud, region: string, { settings }: Pick<Instance, "settings">): Record<string, string> {
  const group = parameterGroups(cloud).get(region, settings.parameterGroup);
  return Object.fromEntries(Object.entries(group?.values ?? {}).map(([name, { value }]) => [name, value]));
}

/** Whether clients log in at a gate before its server: PGlite knows no other way in than its own. */
const isGated = ({ settings, server }: Instance) => settings.iamAuthentication && server === "native";

/** Starts an instance's server and notes where it listens; one that ends by itself is started again. */
export async function startServer(cloud: Cloud, region: string, identifier: string): Promise<PostgresServer> {
  const instance = findInstance(cloud, region, identifier);
  const { settings, resourceId } = instance;
  const owner = `rds/${region}/${resourceId}`;
  await closeInstanceEntrance(cloud, resourceId);
  const at = await claimAddress(cloud, owner, settings.port);
  const gated = isGated(instance);
  const serverAt = gated ? await claimAddress(cloud, `rds-server/${region}/${resourceId}`, settings.port) : at;
  const live = await settingsOf(cloud, region, instance);
  const { parameters } = live;
  const start = instance.server === "pglite" ? startPglite : startNativePostgres;
  const server = await start(cloud, {
    owner,
    folder: instanceFolder(cloud, region, resourceId),
    major: majorOf(settings.engineVersion),
    ...serverAt,
    alsoAt: [at.address],
    ...live,
    maxConnections: Number(parameters.max_connections ?? defaultMaxConnections(settings.instanceClass)),
    followed: settings.multiAz,
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
    changed.serverAt = gated ? serverAt : undefined;
    changed.servedBy = server.servedBy;
    changed.startedWith = staticValues(cloud, region, changed);
  });
  if (gated) {
    // As the instance's group says by then.
    const forceTls = () =>
      forcesTls(
        groupValues(
          cloud,
          region,
          instances(cloud)
            .list(region)
            .find((each) => each.resourceId === resourceId) ?? instance,
        ),
      );
    await openInstanceEntrance(cloud, { region, resourceId, at, serverAt, owner, forceTls }, server);
  }
  void server.exited.then(() => lossHandler(cloud).handle(region, resourceId, server));
  return server;
}

const supervision = Symbol("rds supervision");

/** Who is told of a server that has ended, asked or not; said once at the start of the cloud. */
export function lossHandler(cloud: Cloud): { handle(region: string, resourceId: string, server: PostgresServer): void } {
  return cloud.memory(supervision, () => ({ handle() {} }));
}

/** Resolves when it has ended; nothing when none runs. */
export async function stopServer(cloud: Cloud, instance: Pick<Instance, "resourceId">): Promise<void> {
  const server = running(cloud).get(instance.resourceId);
  if (!server) return;
  running(cloud).delete(instance.resourceId);
  await closeInstanceEntrance(cloud, instance.resourceId);
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
