/** An app on Aurora, deployed to an embedded cloud of its own: a writer, a reader, logins and an extension. */
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

async function clientOf(variable: string): Promise<Client> {
  const { out } = await plinth(app.folder, ["exec", "web", "--", "printenv", variable]);
  const url = new URL(out.join("").trim());
  const client = new Client({
    host: url.hostname,
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
