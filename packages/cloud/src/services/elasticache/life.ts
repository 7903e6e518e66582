/** The life of a replication group, as work that goes on after a call was answered; what a kill interrupts, the next start takes up. */
import type { Cloud } from "../../cloud.ts";
import { whenRoom } from "../../disk-full.ts";
import { claimAddress, releaseAddress } from "../../runtime/addresses.ts";
import { type RedisServer, startRedis } from "../../runtime/redis/redis.ts";
import { memoryBytesOf } from "./engine.ts";
import { noteEvent } from "./event.ts";
import { findParameterGroup } from "./parameter-group.ts";
import { restoreSnapshot, snapshots, takeSnapshot } from "./snapshot.ts";
import { changeReplicationGroup, findReplicationGroup, type ReplicationGroup, replicationGroups } from "./replication-group.ts";

const memory = Symbol("elasticache");

interface Life {
  /** By region and id. */
  servers: Map<string, RedisServer>;
  underWay: Map<string, Promise<void>>;
}

const life = (cloud: Cloud) => cloud.memory<Life>(memory, () => ({ servers: new Map(), underWay: new Map() }));
const keyOf = (region: string, id: string) => `${region}/${id}`;
const ownerOf = (region: string, id: string) => `elasticache/${region}/${id}`;
const folderOf = (cloud: Cloud, region: string, id: string) => cloud.world.disk.path("elasticache", region, id);

export function runningServer(cloud: Cloud, region: string, id: string): RedisServer | undefined {
  return life(cloud).servers.get(keyOf(region, id));
}

/** Queues work on a group: one thing at a time. Never rejects: what fails is written on the group. */
export function work(cloud: Cloud, region: string, id: string, run: (cloud: Cloud, region: string, id: string) => Promise<void>): void {
  const key = keyOf(region, id);
  const { underWay } = life(cloud);
  const next = after(underWay.get(key), cloud, region, id, run);
  underWay.set(key, next);
  void next.then(() => underWay.get(key) === next && underWay.delete(key));
}

async function after(
  before: Promise<void> | undefined,
  cloud: Cloud,
  region: string,
  id: string,
  run: (cloud: Cloud, region: string, id: string) => Promise<void>,
): Promise<void> {
  await before;
  try {
    await run(cloud, region, id);
  } catch (error) {
    const { message } = error as Error;
    await whenRoom(cloud, () =>
      cloud.store.transaction(() => {
        changeReplicationGroup(cloud, region, id, (group) => {
          group.status = "create-failed";
          group.failure = message;
        });
        noteEvent(cloud, region, id, `The replication group failed: ${message}`);
      }),
    );
  }
}

export async function settled(cloud: Cloud): Promise<void> {
  while (life(cloud).underWay.size > 0) await Promise.all(life(cloud).underWay.values());
}

async function startServer(cloud: Cloud, region: string, id: string): Promise<void> {
  const group = findReplicationGroup(cloud, region, id);
  const at = await claimAddress(cloud, ownerOf(region, id), group.port);
  const { values } = findParameterGroup({ cloud, region }, group.parameterGroup);
  const reserved = Number(values["reserved-memory-percent"] ?? 25);
  const server = await startRedis(cloud, {
    owner: ownerOf(region, id),
    folder: folderOf(cloud, region, id),
    ...at,
    tls: group.tls,
    passwords: group.tokens,
    maxMemoryBytes: Math.floor((memoryBytesOf(group.nodeType) * (100 - reserved)) / 100),
    parameters: values,
  });
  life(cloud).servers.set(keyOf(region, id), server);
  changeReplicationGroup(cloud, region, id, (each) => {
    each.address = at.address;
    each.listeningPort = at.port;
    each.servedBy = server.servedBy;
  });
  void server.exited.then(() => restartIfLost(cloud, region, id, server));
}

/** A server that ended without being asked is started again, with its data. */
async function restartIfLost(cloud: Cloud, region: string, id: string, server: RedisServer): Promise<void> {
  if (life(cloud).servers.get(keyOf(region, id)) !== server) return;
  life(cloud).servers.delete(keyOf(region, id));
  noteEvent(cloud, region, id, `Recovering cache nodes 0001`);
  work(cloud, region, id, startServer);
}

/** Gives the running servers of a parameter group what it says now. */
export function applyParameters(cloud: Cloud, region: string, parameterGroup: string): void {
  const { values } = findParameterGroup({ cloud, region }, parameterGroup);
  for (const group of replicationGroups(cloud).list(region)) {
    if (group.parameterGroup !== parameterGroup || group.status !== "available") continue;
    work(cloud, region, group.id, async () => void (await runningServer(cloud, region, group.id)?.setParameters(values)));
  }
}

export async function stopServer(cloud: Cloud, region: string, id: string): Promise<void> {
  const server = runningServer(cloud, region, id);
  life(cloud).servers.delete(keyOf(region, id));
  await server?.stop();
}

export async function create(cloud: Cloud, region: string, id: string): Promise<void> {
  const { restoredFrom } = findReplicationGroup(cloud, region, id);
  if (restoredFrom !== undefined) await restoreSnapshot(cloud, region, restoredFrom, folderOf(cloud, region, id));
  if (!runningServer(cloud, region, id)) await startServer(cloud, region, id);
  changeReplicationGroup(cloud, region, id, (group) => (group.status = "available"));
  noteEvent(cloud, region, id, `Replication group ${id} created`);
}

/** Gives the server what has changed: passwords while it runs, all else by a restart. */
export function modifyWith(restart: boolean) {
  return async (cloud: Cloud, region: string, id: string): Promise<void> => {
    const group = findReplicationGroup(cloud, region, id);
    if (restart || !runningServer(cloud, region, id)) {
      await stopServer(cloud, region, id);
      await startServer(cloud, region, id);
    } else await runningServer(cloud, region, id)!.setPasswords(group.tokens);
    changeReplicationGroup(cloud, region, id, (each) => (each.status = "available"));
    noteEvent(cloud, region, id, `Replication group ${id} has been modified`);
  };
}

/** Takes the snapshot of that name; a cloud that was killed meanwhile takes it again. */
export function snapshotWork(name: string) {
  return async (cloud: Cloud, region: string, id: string): Promise<void> => {
    if (!runningServer(cloud, region, id)) await startServer(cloud, region, id);
    await takeSnapshot(cloud, region, name, folderOf(cloud, region, id));
    changeReplicationGroup(cloud, region, id, (each) => (each.status = "available"));
    noteEvent(cloud, region, id, `Snapshot succeeded for snapshot with ID '${name}' of replication group with ID '${id}'`);
  };
}

export async function remove(cloud: Cloud, region: string, id: string): Promise<void> {
  await stopServer(cloud, region, id);
  const { finalSnapshot } = findReplicationGroup(cloud, region, id);
  if (finalSnapshot !== undefined) await takeSnapshot(cloud, region, finalSnapshot, folderOf(cloud, region, id));
  await cloud.world.disk.files.rm(folderOf(cloud, region, id), { recursive: true, force: true });
  releaseAddress(cloud, ownerOf(region, id));
  replicationGroups(cloud).delete(region, id);
  noteEvent(cloud, region, id, `Replication group ${id} deleted`);
}

/** Brings every group back to where the last life of the cloud left it. */
export async function resume(cloud: Cloud): Promise<void> {
  for (const { scope: region, value: group } of replicationGroups(cloud).all())
    work(cloud, region, group.id, nextStep(cloud, region, group));
  await settled(cloud);
}

function nextStep(
  cloud: Cloud,
  region: string,
  { id, status }: ReplicationGroup,
): (cloud: Cloud, region: string, id: string) => Promise<void> {
  if (status === "deleting") return remove;
  if (status === "snapshotting") {
    const begun = snapshots(cloud)
      .list(region)
      .find((each) => each.group.id === id && each.status === "creating");
    if (begun) return snapshotWork(begun.name);
  }
  if (status === "modifying") return modifyWith(true);
  return status === "available" ? startServer : create;
}

/** Stops every server; the next start brings them back. */
export async function stopAll(cloud: Cloud): Promise<void> {
  await settled(cloud);
  await Promise.all(
    [...life(cloud).servers.keys()].map((key) => {
      const [region, id] = key.split("/") as [string, string];
      return stopServer(cloud, region, id);
    }),
  );
}
