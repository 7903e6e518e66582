/** Passwords and tokens that the clock changes while programs go on, and no request fails. */
import { symlink } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Assembly } from "@plinth/compiler";
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadApp } from "../src/app/load-app.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, image, loadBalancer, postgres, redis, service, task } from "plinth";
export default app("timely", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16", rotate: "30 days" });
  const cache = redis({ rotate: "12 hours" });
  const web = service({ image: source, port: 3000, health: "/health", env: { DATABASE_URL: database, REDIS_URL: cache } });
  const report = task({ image: source, command: ["node", "--version"], env: { DATABASE_URL: database.readOnly } });
  const entry = loadBalancer({ routes: { "/*": web } });
  return { database, cache, web, report, entry };
});
`;

/** Answers with the login that it has: a new connection for each request, to the database and to the cache. */
const server = `import { createServer } from "node:http";
import { connect } from "node:tls";
import { Client } from "pg";
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
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  try {
    await ping();
    await client.connect();
    response.end((await client.query("SELECT session_user")).rows[0].session_user);
  } catch (error) {
    response.writeHead(500).end(String(error));
  } finally {
    await client.end().catch(() => {});
  }
}).listen(3000);
process.on("SIGTERM", () => listening.close(() => process.exit(0)));
`;

let app: AppFolder;
let aws: Aws;
let assembly: Assembly;
let url: string;
let state: string;
const run = (...words: string[]) => plinth(app.folder, words);

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config,
    Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
    "server.js": server,
  });
  await symlink(fileURLToPath(new URL("../../../node_modules/pg", import.meta.url)), `${app.folder}/node_modules/pg`);
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  const cloud = JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string; folder: string };
  ({ folder: state } = cloud);
  aws = connectAws("eu-central-1", cloud.endpoint);
  const outputs = JSON.parse((await run("outputs", "--json")).out.join("\n")) as Record<string, Record<string, string>>;
  url = outputs["entry"]!["url"]!;
  assembly = await loadApp({ folder: app.folder, stage: "local", local: true });
});
afterAll(async () => {
  aws?.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

async function secretOf(name: string, index = 0): Promise<string> {
  const { stack, output } = assembly.rotations.find((one) => one.name === name)!.connections[index]!;
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: stack });
  return Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === output)!.OutputValue!;
}
const connection = async (name: string, index = 0) => {
  const { SecretString } = await aws.call("secretsmanager", "GetSecretValue", { SecretId: await secretOf(name, index) });
  return JSON.parse(SecretString!) as Record<string, string>;
};
const described = async (name: string) => aws.call("secretsmanager", "DescribeSecret", { SecretId: await secretOf(name) });
const deploymentOfWeb = async () => {
  const { services } = await aws.call("ecs", "DescribeServices", { cluster: "timely-local", services: ["timely-local-web"] });
  return services![0]!.deployments!.map(({ id }) => id);
};

/**
 * As if its window had opened now: the cloud's clock cannot be moved from here, its memory of the next window can. Not while a rotation
 * is under way, which the one is that tries the function after a deploy: its end would be written over this.
 */
async function fallDue(name: string): Promise<void> {
  const { Name = "" } = await described(name);
  const store = new DatabaseSync(`${state}/state.sqlite`);
  store.exec("pragma busy_timeout = 10000");
  const change = store.prepare(
    `update document set value = json_set(value, '$.rotation.nextMs', 0)
     where collection = 'secrets' and key = ? and json_extract(value, '$.rotation.underWay') is null`,
  );
  await expect.poll(() => change.run(Name).changes, { timeout: 60_000, interval: 100 }).toBe(1);
  store.close();
}

/** Until `act` has ended, request upon request: what they said, and what failed. */
async function underLoad<R>(act: () => Promise<R>): Promise<{ result: R; answers: Set<string>; failures: string[] }> {
  const answers = new Set<string>();
  const failures: string[] = [];
  const over = new AbortController();
  const ask = async () => {
    while (!over.signal.aborted) {
      await new Promise((done) => setTimeout(done, 20));
      try {
        const response = await fetch(url);
        const text = await response.text();
        if (response.ok) answers.add(text);
        else failures.push(text);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const asking = [ask(), ask()];
  try {
    return { result: await act(), answers, failures };
  } finally {
    over.abort();
    await Promise.all(asking);
  }
}

const untilTurned = (name: string, username: string) =>
  expect
    .poll(async () => (await described(name)).LastRotatedDate !== undefined && (await connection(name))["username"], {
      timeout: 150_000,
      interval: 500,
    })
    .toBe(username);

test("the clock changes a login while requests run: none fails, and programs run with it; a deploy then rolls nobody", async () => {
  expect(await described("database")).toMatchObject({ RotationEnabled: true, RotationRules: { ScheduleExpression: "rate(30 days)" } });
  const before = await connection("database");
  expect(before["username"]).toBe("app_a");
  await fallDue("database");
  const { answers, failures } = await underLoad(async () => {
    await untilTurned("database", "app_b");
    await expect.poll(async () => (await fetch(url)).text(), { timeout: 60_000 }).toBe("app_b");
  });
  expect(failures).toEqual([]);
  expect([...answers].toSorted()).toEqual(["app_a", "app_b"]);
  const after = await connection("database");
  expect(after["url"]).toBe(before["url"]!.replace(`app_a:${before["password"]}@`, `app_b:${after["password"]}@`));
  const web = await deploymentOfWeb();
  expect((await run("deploy")).exit).toBe(0);
  expect(await deploymentOfWeb()).toEqual(web);
});

test("by hand it is the same rotation: the login turns back, of both connections", async () => {
  const { result, failures } = await underLoad(() => run("secrets", "rotate", "database", "--json"));
  expect(result.failure?.message).toBeUndefined();
  expect(failures).toEqual([]);
  expect(JSON.parse(result.out.join("\n"))).toMatchObject({
    kind: "login",
    rotated: true,
    from: "b",
    to: "a",
    programs: ["web", "report"],
  });
  expect((await connection("database", 1))["username"]).toBe("app_read_b");
  expect(await (await fetch(url)).text()).toBe("app_a");
});

test("a cache's token, while requests run", async () => {
  const before = await connection("cache");
  const { failures } = await underLoad(async () => {
    await fallDue("cache");
    await expect.poll(async () => (await described("cache")).LastRotatedDate, { timeout: 150_000, interval: 500 }).toBeDefined();
  });
  expect(failures).toEqual([]);
  const after = await connection("cache");
  expect(after["token"]).not.toBe(before["token"]);
  expect(after["url"]).toBe(before["url"]!.replace(before["token"]!, after["token"]!));
  expect(await (await fetch(url)).text()).toBe("app_a");
});
