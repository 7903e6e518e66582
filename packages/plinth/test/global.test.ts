/** An app with a database over two regions and one behind a proxy, deployed to an embedded cloud of its own; then the other region writes. */
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, aurora, image, service } from "plinth";
export default app("wide", { region: "eu-central-1" }, () => {
  const source = image();
  const capacity = { min: 0.5, max: 1 };
  const database = aurora({ version: "16", capacity, globalRegions: ["us-east-1"] });
  const shared = aurora({ version: "16", capacity, proxy: true });
  const web = service({ image: source, port: 3000, public: true, exec: true, env: { DATABASE_URL: database, SHARED_URL: shared } });
  return { database, shared, web };
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
}, 600_000);
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
}, 120_000);

/** With the login that the program has; `host` where it is another than the program's. */
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

test("the other region takes the writes, at the global endpoint", { timeout: 300_000 }, async () => {
  const before = await clientOf("DATABASE_URL");
  await before.query("create table t (v int); insert into t values (1)");
  await before.end();
  const { databases } = JSON.parse((await plinth(app.folder, ["status", "--json"])).out.join("\n")) as {
    databases: { name: string; status: string; region?: string }[];
  };
  expect(databases).toContainEqual(expect.objectContaining({ name: "database", status: "available", region: "us-east-1" }));

  const wrong = await plinth(app.folder, ["failover", "database", "--to", "ap-south-1"]);
  expect(wrong.failure).toMatchObject({ code: "not-found", remedy: "--to takes us-east-1." });
  const changed = await plinth(app.folder, ["failover", "--json"]);
  const result = JSON.parse(changed.out.join("\n")) as { endpoint: string };
  expect(result).toMatchObject({ database: "database", from: "eu-central-1", to: "us-east-1", lossAllowed: false });
  const after = await clientOf("DATABASE_URL", result.endpoint);
  await after.query("insert into t values (2)");
  expect((await after.query("select v from t order by v")).rows).toEqual([{ v: 1 }, { v: 2 }]);
  await after.end();
  // The app's own region follows, and takes the writes back.
  expect((await plinth(app.folder, ["failover", "--to", "eu-central-1"])).exit).toBe(0);
  const back = await clientOf("DATABASE_URL");
  await back.query("insert into t values (3)");
  await back.end();
});

test("a program reaches the proxied database by the proxy", async () => {
  const shared = await clientOf("SHARED_URL");
  await shared.query("create table s (v int); insert into s values (7)");
  expect((await shared.query("select v from s")).rows).toEqual([{ v: 7 }]);
  await shared.end();
});

test("destroy takes the copy out of the global cluster first, and leaves nothing in either region", { timeout: 300_000 }, async () => {
  const destroyed = await plinth(app.folder, ["destroy", "--yes"]);
  expect([destroyed.failure?.message, destroyed.exit]).toEqual([undefined, 0]);
  const { stacks } = JSON.parse((await plinth(app.folder, ["status", "--json"])).out.join("\n")) as { stacks: unknown[] };
  expect(stacks).toEqual([]);
});
