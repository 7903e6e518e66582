/** The life of the cloud's process in small stages: folder, lock, leftovers, store, services, port, the note that says where it is. */
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { assembleCloud } from "./assemble.ts";
import type { Cloud } from "./cloud.ts";
import { isDiskFull } from "./disk-full.ts";
import { claimFolder } from "./folder-lock.ts";
import type { ExpectedDatabase } from "./runtime/postgres/prepared-data.ts";
import { type CloudServer, cloudServer } from "./server/server.ts";
import { version } from "./server/version.ts";
import { StartFailure } from "./start-failure.ts";
import { NewerStateError, openStore, type Store } from "./store.ts";
import type { World } from "./world.ts";
import { realWorld } from "./world/real.ts";

export interface StartOptions {
  /** The state folder; made when it is missing. */
  state: string;
  /** 0 is the system's choice. Default: the one used last in this folder if it is free, else 4566 if that is, else the system's choice. */
  port: number | undefined;
  accountReset: boolean;
  /** See `Disk.outlivesPowerCut`. Default: true. */
  outlivesPowerCut?: boolean;
  /** Where names are answered; 0 is the system's choice. Default: the port used last in this folder, else the system's choice. */
  dnsPort?: number | undefined;
  /** Databases that will be asked for: what the first ones are made from is made while other things are still asked for. */
  preparePostgres?: readonly ExpectedDatabase[];
  /** What it runs in. Default: the real world. */
  world?: (folder: string) => World;
}

/** What `DIR/cloud.json` says while the cloud runs. */
export interface CloudDescription {
  pid: number;
  port: number;
  endpoint: string;
  state: string;
  /** ISO 8601. */
  startedAt: string;
  version: string;
}

export interface RunningCloud {
  description: CloudDescription;
  stop(): Promise<void>;
}

const customaryPort = 4566;

/** Most stacks of test suites are made in a few milliseconds. */
const suitePatienceMs = 2000;

export async function startCloud({
  state,
  port,
  accountReset,
  outlivesPowerCut = true,
  dnsPort,
  preparePostgres = [],
  world: makeWorld = (folder) => realWorld(folder, { outlivesPowerCut }),
}: StartOptions): Promise<RunningCloud> {
  const folder = resolve(state);
  const lock = claim(folder);
  let store: Store | undefined;
  let server: CloudServer | undefined;
  try {
    const world = makeWorld(folder);
    await world.processes.reapLeftovers();
    store = openStore(folder, { outlivesPowerCut });
    let endpoint = "http://127.0.0.1:1";
    const cloud = assembleCloud({ world, store, endpoint: () => endpoint, patienceMs: accountReset ? suitePatienceMs : 0, dnsPort });
    server = cloudServer({ cloud, accountReset });
    const bound = await bind(server, port, lastPort(folder));
    endpoint = `http://127.0.0.1:${bound}`;
    await cloud.start();
    server.open();
    const description: CloudDescription = {
      pid: process.pid,
      port: bound,
      endpoint,
      state: folder,
      startedAt: new Date(world.clock.nowMs()).toISOString(),
      version,
    };
    await world.disk.replaceFile(join(folder, "cloud.json"), `${JSON.stringify(description, undefined, 2)}\n`);
    await world.disk.replaceFile(join(folder, "last-port"), String(bound));
    const running = { store, server };
    const preparing = preparePostgres.length > 0 ? prepare(cloud, preparePostgres) : undefined;
    return {
      description,
      async stop() {
        await running.server.close();
        await preparing;
        await cloud.stop();
        running.store.close();
        rmSync(join(folder, "cloud.json"), { force: true });
        lock.release();
      },
    };
  } catch (error) {
    await server?.close().catch(() => {});
    store?.close();
    lock.release();
    throw asStartFailure(error, folder);
  }
}

async function prepare(cloud: Cloud, databases: readonly ExpectedDatabase[]): Promise<void> {
  const { prepareData } = await import("./runtime/postgres/prepared-data.ts");
  await prepareData(cloud, databases);
}

/**
 * Ends the programs that a killed cloud has left running, without starting it. Returns how many.
 * @throws StartFailure `state-in-use` when it runs.
 */
export async function endLeftovers(state: string): Promise<number> {
  const folder = resolve(state);
  const lock = claim(folder);
  try {
    return await realWorld(folder).processes.reapLeftovers();
  } catch (error) {
    throw asStartFailure(error, folder);
  } finally {
    lock.release();
  }
}

function claim(folder: string): { release(): void } {
  try {
    return claimFolder(folder);
  } catch (error) {
    throw asStartFailure(error, folder);
  }
}

function lastPort(folder: string): number | undefined {
  try {
    const port = Number(readFileSync(join(folder, "last-port"), "utf8"));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

async function bind(server: CloudServer, wanted: number | undefined, last: number | undefined): Promise<number> {
  const choices = wanted === undefined ? [...new Set([last ?? customaryPort, customaryPort, 0])] : [wanted];
  for (const choice of choices) {
    try {
      return await server.listen(choice);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EACCES") throw new StartFailure("port-taken", `port ${choice} is not allowed to this user`);
      if (code !== "EADDRINUSE") throw error;
      if (wanted !== undefined)
        throw new StartFailure("port-taken", `port ${wanted} is taken by another program; choose another with --port`);
    }
  }
  throw new StartFailure("port-taken", "no port is free");
}

function asStartFailure(error: unknown, folder: string): StartFailure {
  if (error instanceof StartFailure) return error;
  if (error instanceof NewerStateError) return new StartFailure("state-newer", `${folder}: ${error.message}`);
  const { code, message, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  if (isDiskFull(error)) return new StartFailure("disk-full", `the disk that holds ${folder} is full`);
  // SQLite's primary result codes: 11 is SQLITE_CORRUPT, 26 SQLITE_NOTADB, 8 SQLITE_READONLY, 14 SQLITE_CANTOPEN.
  if (errcode === 11 || errcode === 26) return new StartFailure("state-damaged", `the state in ${folder} is damaged (${message})`);
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "") || errcode === 8 || errcode === 14) {
    return new StartFailure("state-not-writable", `the state folder ${folder} cannot be written to (${message})`);
  }
  return new StartFailure("internal", error instanceof Error ? (error.stack ?? message) : String(error));
}
