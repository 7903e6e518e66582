/** PGlite as a server: a process of its own that speaks PostgreSQL's protocol and has pgvector; one session that all connections share. */
import { createInterface } from "node:readline";
import type { Cloud } from "../../cloud.ts";
import { certificateFor } from "../authority.ts";
import { compiledOnce, ownProgram } from "../own-program.ts";
import { copyFolder } from "./data-folder.ts";
import type { PgliteAnswer, PgliteConfiguration, PgliteRequest } from "./pglite/main.ts";
import { runToEnd } from "./run-to-end.ts";
import { type PostgresServer, ServerDidNotStart, type StartPostgres } from "./server.ts";
import { openServerLog } from "./server-log.ts";
import { copySharedData, type PristineData, prepareSharedData } from "./shared-data.ts";

/** The version that is pinned in package.json. */
const pgliteVersion = "0.5.14";
const stopPatienceMs = 20_000;
const program = ownProgram("./pglite/main", import.meta.url);
const dataMaker = ownProgram("./pglite/make-data", import.meta.url);
const quietly = ["--disable-warning=ExperimentalWarning"];

/** Resolves once the server takes connections. */
export const startPglite: StartPostgres = async (cloud, request) => {
  const { processes, clock, disk } = cloud.world;
  const data = `${request.folder}/data`;
  const addresses = [...new Set([request.address, ...(request.alsoAt ?? [])])];
  const certificate = await certificateFor(cloud, { owner: request.owner, names: ["localhost"], addresses });
  const log = openServerLog(cloud, `${request.folder}/log`, (line) => request.onLogLine?.(line));
  const running = processes.spawn({
    command: process.execPath,
    args: [...quietly, program],
    env: { TZ: "UTC", PATH: "/usr/bin:/bin", ...compiledOnce() },
    cwd: disk.root,
    stdin: "pipe",
  });
  running.stderr?.on("data", (bytes: Buffer) => log.append(bytes));
  running.stdin?.on("error", () => {}); // It ended; `exited` says so.
  const waiting = new Map<number, { done: (rows: Record<string, unknown>[]) => void; fail: (error: Error) => void }>();
  const exited = running.exited.then((exit) => {
    log.close();
    for (const { fail } of waiting.values()) fail(new Error("the database server has ended"));
    waiting.clear();
    return exit;
  });
  const ready = Promise.withResolvers<string>();
  if (running.stdout) {
    createInterface({ input: running.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as PgliteAnswer;
      if ("ready" in answer) return ready.resolve(answer.version);
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("error" in answer) asked?.fail(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
      else asked?.done(answer.rows ?? []);
    });
  }
  let nextId = 1;
  const ask = (asked: PgliteRequest extends infer R ? (R extends PgliteRequest ? Omit<R, "id"> : never) : never) =>
    new Promise<Record<string, unknown>[]>((done, fail) => {
      const id = nextId++;
      waiting.set(id, { done, fail });
      running.stdin?.write(`${JSON.stringify({ id, ...asked })}\n`);
    });
  const configuration: PgliteConfiguration = {
    dataFolder: data,
    address: request.address,
    port: request.port,
    ...certificate,
    forceTls: request.forceTls,
    maxConnections: request.maxConnections,
    parameters: { ...request.parameters },
  };
  running.stdin?.write(`${JSON.stringify(configuration)}\n`);
  const version = await Promise.race([ready.promise, exited.then(() => undefined)]);
  if (version === undefined) throw new ServerDidNotStart(`PGlite ${pgliteVersion}`, log.lastLines());

  const server: PostgresServer = {
    servedBy: `pglite ${pgliteVersion} (PostgreSQL ${version})`,
    exited,
    query: (sql, { database, parameters } = {}) =>
      ask({ op: "query", sql, ...(database === undefined ? {} : { database }), ...(parameters ? { parameters: [...parameters] } : {}) }),
    async reload({ parameters, forceTls }) {
      await ask({ op: "settings", forceTls, parameters: { ...parameters } });
    },
    async backup(target) {
      await ask({ op: "pause" });
      try {
        await copyFolder(cloud, data, target);
      } finally {
        await ask({ op: "resume" });
      }
    },
    async stop() {
      ask({ op: "stop" }).catch(() => {}); // It ends before it can answer.
      const giveUp = clock.after(stopPatienceMs, () => running.signal("SIGKILL"));
      await exited;
      giveUp();
    },
    usage: () => running.usage(),
  };
  return server;
};

const pristine = (cloud: Cloud): PristineData => ({
  name: `pglite-${pgliteVersion}`,
  async make(folder) {
    await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
    await runToEnd(cloud, `initdb of PGlite ${pgliteVersion}`, {
      command: process.execPath,
      args: [...quietly, dataMaker, folder],
    });
  },
});

/** Makes `folder`; a crash leaves either nothing or the whole. */
export async function makePgliteFolder(cloud: Cloud, folder: string): Promise<void> {
  const draft = `${folder}.draft`;
  await copySharedData(cloud, pristine(cloud), draft);
  await cloud.world.disk.files.rename(draft, folder);
}

/** Makes what the first data folder is copied from, before a database asks for it: initdb inside PGlite takes some seconds. */
export async function preparePgliteFolder(cloud: Cloud): Promise<void> {
  await prepareSharedData(cloud, pristine(cloud));
}
