/**
 * An app with databases over two regions, one of them behind a proxy, deployed to an embedded cloud of its own; then the other region writes.
 * Programs go on with the URL that they have: a loop of writes here stands for one, with what its environment says.
 */
import { execFileSync } from "node:child_process";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, aurora, image, service } from "plinth";
export default app("wide", { region: "eu-central-1" }, () => {
  const source = image();
  const options = { version: "16", capacity: { min: 0.5, max: 1 }, globalRegions: ["us-east-1"] } as const;
  const database = aurora(options);
  const shared = aurora({ ...options, proxy: true });
  const web = service({ image: source, port: 3000, public: true, exec: true, env: { DATABASE_URL: database, SHARED_URL: shared } });
  return { database, shared, web };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(3000);\n',
};
const stage = ["--stage", "trial", "--local"];

let app: AppFolder;
const run = async (...words: string[]) => {
  const ran = await plinth(app.folder, [...words, ...stage]);
  if (ran.exit !== 0) throw new Error([words.join(" "), ran.failure?.message, ...(ran.failure?.evidence ?? []), ...ran.err].join("\n"));
  return ran;
};
beforeAll(async () => {
  app = await appFolder(files);
  await run("deploy");
}, 600_000);
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

/** What the program has in its environment. */
async function urlOf(variable: string): Promise<URL> {
  const { out } = await plinth(app.folder, ["exec", "web", ...stage, "--", "printenv", variable]);
  return new URL(out.join("").trim());
}

async function clientOf(url: URL): Promise<Client> {
  const client = new Client({
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
    ssl: { rejectUnauthorized: false },
    connectionTimeoutMillis: 20_000,
  });
  client.on("error", () => undefined); // the connection ends with the server that it was to
  await client.connect();
  return client;
}

/** A program that writes one number after the other, and connects again when it is cut off. */
function writing(url: URL) {
  const acknowledged: number[] = [];
  const ended = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => ended.abort());
  const loop = (async () => {
    let client: Client | undefined;
    for (let next = 1; !ended.signal.aborted; next += 1) {
      try {
        client ??= await clientOf(url);
        await client.query("insert into t values ($1)", [next]);
        acknowledged.push(next);
      } catch {
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      // One upon the other would take the processor time that the failover wants.
      await new Promise((done) => setTimeout(done, 5));
    }
    await client?.end();
  })();
  return {
    acknowledged,
    /** Resolves when one more has been written. */
    more: () => {
      const before = acknowledged.length;
      return expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(before);
    },
    async end() {
      ended.abort();
      await loop;
    },
  };
}

async function rowsOf(url: URL): Promise<number[]> {
  const client = await clientOf(url);
  const { rows } = await client.query<{ v: number }>("select v from t order by v");
  await client.end();
  return rows.map(({ v }) => v);
}

const failover = async (...words: string[]) => JSON.parse((await run("failover", ...words, "--json")).out.join("\n")) as object;

test(
  "the other region takes the writes: a program goes on with its URL, and nothing acknowledged is lost",
  { timeout: 300_000 },
  async () => {
    const url = await urlOf("DATABASE_URL");
    const client = await clientOf(url);
    await client.query("create table t (v int)");
    await client.end();
    const { databases } = JSON.parse((await run("status", "--json")).out.join("\n")) as { databases: object[] };
    expect(databases).toContainEqual(expect.objectContaining({ name: "database", status: "available", region: "us-east-1" }));
    const wrong = await plinth(app.folder, ["failover", "database", "--to", "ap-south-1", ...stage]);
    expect(wrong.failure).toMatchObject({ code: "not-found", remedy: "--to takes us-east-1." });

    const writer = writing(url);
    await writer.more();
    expect(await failover("database")).toMatchObject({
      from: "eu-central-1",
      to: "us-east-1",
      endpoint: url.hostname,
      lossAllowed: false,
      programs: "follow",
    });
    await writer.more();
    await writer.end();
    expect(await rowsOf(url)).toEqual(expect.arrayContaining(writer.acknowledged));
    expect(await urlOf("DATABASE_URL")).toEqual(url);
  },
);

test("a deploy while another region writes changes nothing", { timeout: 300_000 }, async () => {
  const url = await urlOf("DATABASE_URL");
  expect((await run("plan")).out.join("\n")).toContain("Nothing");
  await run("deploy");
  expect(await urlOf("DATABASE_URL")).toEqual(url);
});

test("the region that writes is gone: the command needs the other one alone", { timeout: 300_000 }, async () => {
  const url = await urlOf("DATABASE_URL");
  await failover("database", "--to", "eu-central-1");
  const writer = writing(url);
  await writer.more();
  await using gone = await withoutRegion("eu-central-1", await endpointOfCloud());
  process.kill(await postmasterOf(url), "SIGKILL");
  vi.stubEnv("AWS_ENDPOINT_URL", gone.endpoint);
  const ran = await plinth(app.folder, ["failover", "database", "--allow-data-loss", "--stage", "trial", "--json"]);
  vi.unstubAllEnvs();
  expect([ran.failure?.message, ran.exit]).toEqual([undefined, 0]);
  expect(JSON.parse(ran.out.join("\n"))).toMatchObject({ to: "us-east-1", lossAllowed: true, programs: "follow" });
  expect(gone.refused).toBeGreaterThan(0);
  await writer.more();
  await writer.end();
  // What was there before is kept in a snapshot, and the former writer follows.
  const statuses = async () => {
    const { databases } = JSON.parse((await run("status", "--json")).out.join("\n")) as { databases: { status: string }[] };
    return databases.map(({ status }) => status);
  };
  await expect.poll(statuses, { timeout: 120_000, interval: 500 }).toEqual(["available", "available", "available", "available"]);
  expect((await rowsOf(url)).length).toBeGreaterThan(0);
});

test("a program that names a proxy goes past it while another region writes, and back to it", { timeout: 300_000 }, async () => {
  const proxy = await urlOf("SHARED_URL");
  const before = await clientOf(proxy);
  await before.query("create table s (v int); insert into s values (1)");
  await before.end();
  expect(await failover("shared")).toMatchObject({ to: "us-east-1", programs: "rolled" });
  const past = await urlOf("SHARED_URL");
  expect(past.hostname).not.toBe(proxy.hostname);
  const client = await clientOf(past);
  await client.query("insert into s values (2)");
  await client.end();
  expect(await failover("shared")).toMatchObject({ to: "eu-central-1", programs: "rolled" });
  expect(await urlOf("SHARED_URL")).toEqual(proxy);
  const back = await clientOf(proxy);
  expect((await back.query("select v from s order by v")).rows).toEqual([{ v: 1 }, { v: 2 }]);
  await back.end();
});

test(
  "destroy takes what follows out of the global cluster first, whichever region writes, and leaves nothing in either region",
  { timeout: 300_000 },
  async () => {
    await run("destroy", "--yes");
    const { stacks } = JSON.parse((await run("status", "--json")).out.join("\n")) as { stacks: unknown[] };
    expect(stacks).toEqual([]);
  },
);

async function endpointOfCloud(): Promise<string> {
  const { out } = await plinth(app.folder, ["cloud", "status", "--json"]);
  return (JSON.parse(out.join("\n")) as { endpoint: string }).endpoint;
}

/** The process that all servers of a connection belong to. */
async function postmasterOf(url: URL): Promise<number> {
  const client = await clientOf(url);
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const parent = execFileSync("ps", ["-o", "ppid=", "-p", String(rows[0]!.pid)], { encoding: "utf8" });
  await client.end();
  return Number(parent);
}

/** The same cloud, but that nobody answers for one region: who asks it is cut off. */
async function withoutRegion(region: string, endpoint: string) {
  let refused = 0;
  const server: Server = createServer((incoming, response) => {
    if (incoming.headers.authorization?.includes(`/${region}/`)) {
      refused += 1;
      incoming.socket.destroy();
      return;
    }
    const { method, url } = incoming;
    const headers = { ...incoming.headers, host: new URL(endpoint).host }; // it answers to its own name alone
    const handedOn = request(new URL(url ?? "/", endpoint), { method: method ?? "GET", headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    handedOn.on("error", () => response.destroy());
    incoming.pipe(handedOn);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refused() {
      return refused;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
