/** An app on Aurora, deployed to an embedded cloud of its own: a writer, a reader, logins and an extension; its backups used. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectAws, type Aws, type DrillResult, type RestoreResult } from "@plinth/deployer";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, aurora, image, service } from "plinth";
export default app("asleep", { region: "eu-central-1" }, () => {
  const source = image();
  const database = aurora({ version: "16", capacity: { min: 0, max: 2 }, readers: 1, extensions: ["pgcrypto"], logs: { retain: "7 days" } });
  const web = service({ image: source, port: 3000, public: true, exec: true, env: { DATABASE_URL: database, READ_URL: database.readOnly } });
  return { database, web };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(3000);\n',
};

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder(files);
  const deployed = await plinth(app.folder, ["deploy"]);
  if (deployed.exit !== 0) throw new Error([deployed.failure?.message, ...deployed.err, ...deployed.out].join("\n"));
});
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

async function clientOf(variable: string, host?: string): Promise<Client> {
  const { out } = await plinth(app.folder, ["exec", "web", "--", "printenv", variable]);
  const url = new URL(out.join("").trim());
  const client = new Client({
    host: host ?? url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  return client;
}

test("the program's logins reach the writer and the reader, and the extension is there", async () => {
  const writer = await clientOf("DATABASE_URL");
  await writer.query("create table t (v int); insert into t values (1)");
  expect((await writer.query("select extname from pg_extension where extname = 'pgcrypto'")).rows).toHaveLength(1);
  const reader = await clientOf("READ_URL");
  expect((await reader.query("select pg_is_in_recovery() as reads")).rows).toEqual([{ reads: true }]);
  await expect.poll(async () => (await reader.query("select v from t").catch(() => ({ rows: [] }))).rows).toEqual([{ v: 1 }]);
  await writer.end();
  await reader.end();
});

test("connect reaches a cluster that sleeps: it says so, and the first connection wakes it and waits", async () => {
  // As after hours in which nobody came: the cloud starts with what it has put to sleep.
  await plinth(app.folder, ["cloud", "stop"]);
  const state = new DatabaseSync(join(app.folder, ".plinth/cloud/state.sqlite"));
  const asleep = "update document set value = json_set(value, '$.member.paused', json('true')) where collection = 'rds.instances'";
  expect(state.prepare(asleep).run().changes).toBe(2);
  state.close();
  await plinth(app.folder, ["cloud", "start"]);
  const events = async () => {
    const { Events = [] } = await withAws((aws) => aws.call("rds", "DescribeEvents", { SourceType: "db-instance", Duration: 600 }));
    return Events.map(({ Message }) => Message).filter((message) => message?.includes("resume"));
  };
  expect(await events()).toEqual([]);
  const program = `new (require(${JSON.stringify(createRequire(import.meta.url).resolve("pg"))}).Client)({ ssl: { rejectUnauthorized: false } })
    .connect().then(() => process.exit(7));`;
  const connected = () => plinth(app.folder, ["connect", "database", "--", process.execPath, "-e", program]);
  // The task through which it goes is started anew as well.
  await expect.poll(async () => (await connected()).exit).toBe(7);
  const ran = await connected();
  expect([ran.failure?.message, ran.exit]).toEqual([undefined, 7]);
  expect(ran.err).toContain("  database sleeps while nobody is connected: the first connection then waits until it is awake.");
  expect(await events()).toEqual(
    expect.arrayContaining(["Initiated resume for the DB instance.", "Successfully resumed the DB instance."]),
  );
});

const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => {
  const { out, failure } = await run(...words, "--json");
  if (failure) throw failure;
  return JSON.parse(out.join("\n")) as T;
};
async function withAws<R>(act: (aws: Aws) => Promise<R>): Promise<R> {
  const aws = connectAws("eu-central-1", (await json<{ endpoint: string }>("cloud", "status")).endpoint);
  try {
    return await act(aws);
  } finally {
    aws.close();
  }
}

test("a cluster comes back beside the one that serves, although the cloud is killed in between", async () => {
  const made = await run("snapshot", "create", "--name", "one-row");
  expect(made.failure?.message).toBeUndefined();
  const writer = await clientOf("DATABASE_URL");
  await writer.query("insert into t values (2)");
  const before = new Date();
  await writer.query("delete from t where pg_sleep(0.02) is not null");
  await writer.end();
  const { pid } = await json<{ pid: number }>("cloud", "status");
  const words = ["restore", "--to", before.toISOString(), "--into", "killed"];
  const first = run(...words);
  await withAws((aws) =>
    expect
      .poll(
        () =>
          aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: "killed" }).then(
            () => true,
            () => false,
          ),
        {
          interval: 5,
          timeout: 60_000,
        },
      )
      .toBe(true),
  );
  process.kill(pid, "SIGKILL");
  expect((await first).exit).not.toBe(0);
  expect((await run("cloud", "start")).failure?.message).toBeUndefined();
  const again = await json<RestoreResult>(...words);
  expect(again).toMatchObject({ identifier: "killed", kind: "cluster", restoredTo: before.toISOString() });
  const restored = await clientOf("DATABASE_URL", again.host);
  expect((await restored.query("select v from t order by v")).rows).toEqual([{ v: 1 }, { v: 2 }]);
  await restored.end();
  const old = await json<RestoreResult>("restore", "database", "--snapshot", "one-row", "--into", "earlier");
  const earlier = await clientOf("DATABASE_URL", old.host);
  expect((await earlier.query("select v from t")).rows).toEqual([{ v: 1 }]);
  await earlier.end();
  for (const name of ["killed", "earlier"]) expect((await run("restore", "--remove", name)).failure?.message).toBeUndefined();
}, 600_000);

test("a drill of a cluster compares it table by table, and leaves nothing behind", async () => {
  const result = await json<DrillResult>("restore", "--drill");
  expect(result).toMatchObject({ same: true, tables: [{ name: "public.t", original: 0, restored: 0 }] });
  const found = await withAws((aws) => aws.call("rds", "DescribeDBClusters", {}));
  expect(found.DBClusters).toHaveLength(1);
}, 600_000);
