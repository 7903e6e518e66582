/** Passwords and tokens that change while programs go on, and no request fails. */
import { symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import type { Assembly } from "@plinth/compiler";
import { connectAws, realTime, type Aws } from "@plinth/deployer";
import { takeLease } from "@plinth/deployer/lease";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadApp } from "../src/app/load-app.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, image, loadBalancer, postgres, redis, secret, service, task } from "plinth";
export default app("turns", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const cache = redis();
  const apiKey = secret({ optional: true });
  const web = service({ image: source, port: 3000, health: "/health", env: { DATABASE_URL: database, REDIS_URL: cache, API_KEY: apiKey } });
  const report = task({ image: source, command: ["node", "report.js"], env: { DATABASE_URL: database.readOnly } });
  const idle = service({ image: source, command: ["node", "idle.js"] });
  const entry = loadBalancer({ routes: { "/*": web } });
  return { database, cache, apiKey, web, report, idle, entry };
});
`;

/** Answers with the login that its pool has, after it has spoken to the cache on a connection of its own. */
const server = `import { createServer } from "node:http";
import { connect } from "node:tls";
import { Pool } from "pg";
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 3, idleTimeoutMillis: 200 });
const url = new URL(process.env.REDIS_URL);
const ping = () => new Promise((resolve, reject) => {
  const socket = connect({ host: url.hostname, port: Number(url.port), servername: url.hostname });
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    const lines = answer.split("\\r\\n");
    if (lines.length <= 2) return;
    socket.end();
    if (lines[1] === "+PONG") resolve(); else reject(new Error(answer));
  });
  socket.on("error", reject);
  socket.write("AUTH " + decodeURIComponent(url.password) + "\\r\\nPING\\r\\n");
});
const listening = createServer(async (request, response) => {
  if (request.url === "/health") return response.end();
  try {
    await ping();
    const { rows } = await pool.query("SELECT session_user");
    response.end(rows[0].session_user);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(3000);
process.on("SIGTERM", () => listening.close(() => process.exit(0)));
`;
const report = `import { Client } from "pg";
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
console.log((await client.query("SELECT session_user")).rows[0].session_user);
await client.end();
`;

let app: AppFolder;
let aws: Aws;
let assembly: Assembly;
let url: string;
const run = (...words: string[]) => plinth(app.folder, words);

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config,
    Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
    "server.js": server,
    "report.js": report,
    "idle.js": "setInterval(() => {}, 1000);\n",
  });
  await symlink(fileURLToPath(new URL("../../../node_modules/pg", import.meta.url)), `${app.folder}/node_modules/pg`);
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  aws = connectAws("eu-central-1", (JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string }).endpoint);
  const outputs = JSON.parse((await run("outputs", "--json")).out.join("\n")) as Record<string, Record<string, string>>;
  url = outputs["entry"]!["url"]!;
  assembly = await loadApp({ folder: app.folder, stage: "local", local: true } as never);
});
afterAll(async () => {
  aws?.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

const secretText = async (SecretId: string) => (await aws.call("secretsmanager", "GetSecretValue", { SecretId })).SecretString!;
const output = async (stack: string, name: string) => {
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: stack });
  return Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === name)!.OutputValue!;
};
const rotationOf = (name: string) => assembly.rotations.find((one) => one.name === name)!;
/** What programs get: the text of the connection's secret. */
const connection = async (name: string, index = 0) => {
  const { stack, output: key } = rotationOf(name).connections[index]!;
  return JSON.parse(await secretText(await output(stack, key))) as Record<string, string>;
};

/** Fifty requests a second until `act` has ended: what they said, and what failed. */
async function underLoad<R>(act: () => Promise<R>): Promise<{ result: R; answers: Map<string, number>; failures: string[] }> {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  const ask = async () => {
    try {
      const response = await fetch(url);
      const text = await response.text();
      if (response.ok) answers.set(text, (answers.get(text) ?? 0) + 1);
      else failures.push(text);
    } catch (error) {
      failures.push(String(error));
    }
  };
  const timer = setInterval(() => {
    const one: Promise<void> = ask().finally(() => pending.delete(one));
    pending.add(one);
  }, 20);
  try {
    return { result: await act(), answers, failures };
  } finally {
    clearInterval(timer);
    await Promise.all(pending);
  }
}

test("a database's login changes under load, and no request fails", async () => {
  const before = await connection("database");
  const { result, answers, failures } = await underLoad(() => run("secrets", "rotate", "database", "--json"));
  expect(result.failure?.message).toBeUndefined();
  expect(failures).toEqual([]);
  expect(JSON.parse(result.out.join("\n"))).toEqual({
    name: "database",
    kind: "login",
    rotated: true,
    from: "a",
    to: "b",
    programs: ["web", "report"],
    resumed: false,
  });
  expect([...answers.keys()].toSorted()).toEqual(["app_a", "app_b"]);
  expect(await (await fetch(url)).text()).toBe("app_b");
  // Whoever still has the login of before goes on until the next rotation.
  expect(await canLogIn(before["url"]!)).toBe(true);
  const after = await connection("database");
  expect(after).toMatchObject({ username: "app_b", host: before["host"], port: before["port"] });
  expect(result.err.join("\n")).not.toContain(after["password"]);
  expect((await run("run", "report")).out.at(-1)).toBe("app_read_b");
  // Nobody but their users was rolled, and a deploy finds everything as it is to be.
  expect((await run("deploy")).err.join("\n")).toContain("Nothing had to change.");
});

test("and changes back; the password of two turns ago opens nothing", async () => {
  const first = (await connection("database"))["url"]!;
  const { result, failures } = await underLoad(async () => [
    await run("secrets", "rotate", "database"),
    await run("secrets", "rotate", "database"),
  ]);
  expect(result.map(({ exit, failure }) => [exit, failure?.message])).toEqual([
    [0, undefined],
    [0, undefined],
  ]);
  expect(failures).toEqual([]);
  expect(result[0]!.err.slice(-2)).toEqual([
    "database is used with the login a, which has a new password; the login b stays valid until the next rotation.",
    "web, report run with it now.",
  ]);
  expect(await canLogIn(first)).toBe(false);
  expect(await canLogIn((await connection("database"))["url"]!)).toBe(true);
});

test("a cache's token changes under load; the one before ends", async () => {
  const before = await connection("cache");
  const { result, failures } = await underLoad(() => run("secrets", "rotate", "cache"));
  expect(result.failure?.message).toBeUndefined();
  expect(failures).toEqual([]);
  expect(result.err.slice(-2)).toEqual(["cache has a new token, and takes no other.", "web runs with it now."]);
  const after = await connection("cache");
  expect(after["token"]).not.toBe(before["token"]);
  expect(after["url"]).toBe(before["url"]!.replace(before["token"]!, after["token"]!));
  const { ReplicationGroups } = await aws.call("elasticache", "DescribeReplicationGroups", {});
  expect(ReplicationGroups![0]!.PendingModifiedValues?.AuthTokenStatus).toBeUndefined();
  expect((await run("deploy")).err.join("\n")).toContain("Nothing had to change.");
});

test("with --older-than a young one is left as it is", async () => {
  const before = await connection("cache");
  for (const [name, ...more] of [["database"], ["database", "--master"], ["cache"]] as const) {
    const left = await run("secrets", "rotate", name, ...more, "--older-than", "1d", "--json");
    const result = JSON.parse(left.out.join("\n")) as { rotated: boolean; usedSince: string };
    expect([left.exit, result.rotated, Date.now() - Date.parse(result.usedSince) < 600_000]).toEqual([0, false, true]);
  }
  expect((await run("secrets", "rotate", "cache", "--older-than", "1d")).err.at(-1)).toMatch(
    /^cache is as it was: its token is in use since 20/,
  );
  expect(await connection("cache")).toEqual(before);
  expect((await run("secrets", "rotate", "cache", "--older-than", "0s")).exit).toBe(0);
  expect((await connection("cache"))["token"]).not.toBe(before["token"]);
  expect((await run("secrets", "rotate", "cache", "--older-than", "monthly")).exit).toBe(2);
});

test("the administrator's password: only the next administration needs it", async () => {
  const rotation = rotationOf("database");
  if (rotation.kind !== "database") throw new Error("no database");
  const secretId = await output(rotation.master.secret.stack, rotation.master.secret.output);
  const master = async () => JSON.parse(await secretText(secretId)) as Record<string, string>;
  const before = await master();
  const { result, failures } = await underLoad(() => run("secrets", "rotate", "database", "--master"));
  expect([result.exit, result.err.at(-1), failures]).toEqual([0, "The administrator of database has a new password.", []]);
  const after = await master();
  expect({ ...after, password: "" }).toEqual({ ...before, password: "" });
  const { host, port, dbname } = await connection("database");
  const as = ({ username, password }: Record<string, string>) =>
    `postgresql://${username}:${password}@${host}:${port}/${dbname}?sslmode=require`;
  expect([await canLogIn(as(before)), await canLogIn(as(after))]).toEqual([false, true]);
});

test("what cannot be rotated is said, with what would be right", async () => {
  expect(await run("secrets", "rotate", "apiKey")).toMatchObject({
    exit: 1,
    failure: {
      message: "apiKey is a secret that you set: nothing can make up its next value.",
      remedy: expect.stringContaining("plinth secrets set apiKey"),
    },
  });
  expect((await run("secrets", "rotate", "web")).failure).toMatchObject({
    message: "web has no login or token that turns could rotate.",
    remedy: "These have: database, cache.",
  });
  expect((await run("secrets", "rotate", "cache", "--master")).failure?.message).toBe(
    "cache is a cache: it has one token, and no administrator.",
  );
});

test("while a deploy holds the stage, nothing is touched", async () => {
  const before = await connection("database");
  const lease = await takeLease(aws, realTime, "turns", "local", "deploy");
  try {
    const refused = await run("secrets", "rotate", "database");
    expect([refused.exit, refused.failure?.message]).toEqual([
      5,
      expect.stringMatching(/^turns local is held by .* \(process \d+, deploy\)/),
    ]);
  } finally {
    await lease.release();
  }
  expect(await connection("database")).toEqual(before);
});

async function canLogIn(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString: connectionString.replace("sslmode=require", "sslmode=no-verify") });
  try {
    await client.connect();
    return true;
  } catch (error) {
    expect(String(error)).toContain("password authentication failed");
    return false;
  } finally {
    await client.end();
  }
}
