/** A private database and a private cache, reached from this machine through a task, in an embedded cloud of its own. */
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { connectAws } from "@plinth/deployer";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder, type Ran } from "./app-folder.ts";

const config = (exec: boolean) => `import { app, image, postgres, redis, service } from "plinth";
export default app("shop", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const cache = redis();
  const aside = postgres({ version: "16" });
  const web = service({ image: source, port: 3000, exec: ${exec}, env: { DATABASE_URL: database, REDIS_URL: cache } });
  const worker = service({ image: source, command: ["node", "worker.js"], env: { ASIDE_URL: aside } });
  return { database, cache, aside, web, worker };
});
`;
const files = {
  "plinth.config.ts": config(true),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(3000);\n',
  "worker.js": "setInterval(() => {}, 1000);\n",
};

let app: AppFolder;
const run = (...words: string[]) => plinth(app.folder, words);

beforeAll(async () => {
  app = await appFolder(files);
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

/** Runs it until it has printed `lines` lines, gives them to `then`, and then stops it. */
async function whileOpen(words: string[], lines: number, then: (printed: string[], err: string[]) => Promise<void>): Promise<Ran> {
  const stop = new AbortController();
  const printed: string[] = [];
  const enough = Promise.withResolvers<void>();
  const ran = plinth(app.folder, words, {
    signal: stop.signal,
    printed(line) {
      printed.push(line);
      if (printed.length === lines) enough.resolve();
    },
  });
  const ended = await Promise.race([enough.promise, ran]);
  if (ended) throw new Error(`it ended before: ${ended.failure?.message ?? ended.err.join("\n")}`);
  await then(printed, []);
  stop.abort();
  return ran;
}

const query = async (url: string, sql: string) => {
  const client = new Client({ connectionString: url.replace("?sslmode=require", ""), ssl: { rejectUnauthorized: false } });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows as Record<string, unknown>[];
};

describe("connect", () => {
  test("--print: a connection string that works as long as it is open, and which task it goes through", async () => {
    let url = "";
    const ran = await whileOpen(["connect", "database", "--print"], 1, async ([line]) => {
      url = line!;
      expect(url).toMatch(/^postgresql:\/\/app_a:[^@]+@127\.0\.0\.1:\d+\/shop\?sslmode=require$/);
      expect(await query(url, "select current_user, current_database()")).toEqual([{ current_user: "app", current_database: "shop" }]);
      const many = await Promise.all(Array.from({ length: 10 }, (_, at) => query(url, `select ${at}::int as at, repeat('x', 50000) as x`)));
      expect(many.map(([row]) => row!["at"])).toEqual(Array.from({ length: 10 }, (_, at) => at));
    });
    expect(ran.exit).toBe(0);
    expect(ran.err[0]).toMatch(/^database is reached at 127\.0\.0\.1:\d+, through task [0-9a-f]{8} of web\.$/);
    await expect(query(url, "select 1")).rejects.toThrow("ECONNREFUSED");
  });

  test("several at once; a command finds them in its environment, and its exit code is the answer", async () => {
    const script = `
      const { DATABASE_URL, CACHE_URL, PGPASSWORD, PGHOST, PGUSER, PGDATABASE } = process.env;
      console.log(JSON.stringify([PGHOST, PGUSER, PGDATABASE, DATABASE_URL.includes(PGPASSWORD), CACHE_URL.startsWith("rediss://:")]));
      process.exit(7);`;
    const ran = await run("connect", "database", "cache", "--", process.execPath, "-e", script);
    expect(ran.failure?.message).toBeUndefined();
    expect([ran.exit, ran.out]).toEqual([7, ['["127.0.0.1","app_a","shop",true,true]\n']]);
    expect(ran.err.filter((line) => line.includes("is reached at"))).toHaveLength(2);
  });

  for (const [name, program, input, answer] of [
    ["database", "psql", "select 'in ' || current_database();", "in shop"],
    ["cache", "redis-cli", "ping\n", "PONG"],
  ] as const) {
    const missing = spawnSync(program, ["--version"]).status !== 0;
    test.skipIf(missing)(
      `${name}: without a command ${program} opens${missing ? ` (skipped: ${program} is not installed)` : ""}`,
      async () => {
        const ran = await plinth(app.folder, ["connect", name], { input });
        expect(ran.failure?.message).toBeUndefined();
        expect([ran.exit, ran.out.join("")]).toEqual([0, expect.stringContaining(answer)]);
      },
    );
  }

  test("where this machine has no psql, it says so and stays open", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    const stop = new AbortController();
    const noted = (line: string) => line.startsWith("Ctrl-C") && stop.abort();
    const ran = plinth(app.folder, ["connect", "database"], { signal: stop.signal, noted });
    const { exit, err } = await ran.finally(() => (process.env["PATH"] = path));
    expect(exit).toBe(0);
    expect(err.slice(1)).toEqual([
      "  database as app_a, database shop, sslmode require: --print shows the connection string with its password",
      "  This machine has no psql, which would be opened here.",
      "Ctrl-C closes it.",
    ]);
  });

  test("--json says where, and the password only when it is asked for", async () => {
    const ran = await whileOpen(["connect", "database", "--json"], 1, async ([line]) => {
      const [shown] = JSON.parse(line!) as Record<string, unknown>[];
      expect(shown).toEqual({
        name: "database",
        kind: "postgres",
        host: "127.0.0.1",
        port: expect.any(Number) as number,
        user: "app_a",
        database: "shop",
        through: expect.stringMatching(/^task [0-9a-f]{8} of web$/) as string,
      });
    });
    expect(ran.exit).toBe(0);
  });

  test("a task that is replaced is no end: another way is found", async () => {
    const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out.join("")) as { endpoint: string };
    const aws = connectAws("eu-central-1", endpoint);
    const ran = await whileOpen(["connect", "database", "--print"], 1, async ([url]) => {
      expect(await query(url!, "select 1 as one")).toEqual([{ one: 1 }]);
      const { taskArns } = await aws.call("ecs", "ListTasks", { cluster: "shop-local", serviceName: "shop-local-web" });
      await aws.call("ecs", "StopTask", { cluster: "shop-local", task: taskArns![0]! });
      await expect.poll(() => query(url!, "select 2 as two").catch(() => "not yet")).toEqual([{ two: 2 }]);
    });
    aws.close();
    expect(ran.exit).toBe(0);
    const told = ran.err.join("\n");
    expect(told).toMatch(
      /The way to database through task [0-9a-f]{8} of web has ended: The container has stopped\. Another is looked for\./,
    );
    expect(told).toMatch(/database is reached through task [0-9a-f]{8} of web now\./);
  });
});

describe("no connection", () => {
  test.each([
    [["databse"], 2, "shop has no database or cache called databse.", "It has: database, aside, cache."],
    [["database", "--port", "zero"], 2, '"zero" is no port for database.', "Write a number from 1 to 65535, as --port 15432."],
    [
      ["database", "cache", "--port", "15432"],
      2,
      '"15432" is no port for database and cache.',
      "Write --port NAME=PORT, as --port database=15432.",
    ],
    [
      ["database", "--port", "cache=6379"],
      2,
      '"cache" is not among what is connected to.',
      "Write a number from 1 to 65535, as --port 15432.",
    ],
    [
      ["aside"],
      1,
      "worker reaches aside, and no session can be opened there.",
      "Write exec: true at worker in plinth.config.ts and deploy: plinth deploy. Tasks that run already do not get it.",
    ],
  ])("%j", async (words, exit, message, remedy) => {
    const ran = await run("connect", ...words);
    expect([ran.exit, ran.failure?.message, ran.failure?.remedy]).toEqual([exit, message, remedy]);
  });

  test("where the port that was asked for is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as { port: number };
    const ran = await run("connect", "database", "--port", String(port));
    server.close();
    expect([ran.exit, ran.failure?.message]).toEqual([
      6,
      `Port ${port} of this machine cannot be taken for database: something else listens on it.`,
    ]);
  });

  test("while the stage is stopped", async () => {
    await run("stop", "--yes");
    const ran = await run("connect", "database");
    expect([ran.exit, ran.failure?.message]).toEqual([1, "No task of web runs now, through which database could be reached."]);
    expect(ran.failure?.remedy).toContain("plinth start");
    await run("start");
  });
});
