/**
 * plue as it is in production, with what goes beyond its source's list of parts: a firewall, a cache, another number of copies by a metric of its own, and
 * another region that has it all. (P…) are rows of that list. Minutes and nights of waiting are skipped, and nothing else is made up.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ClientRequest, IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BackupClient, ListBackupVaultsCommand, ListRecoveryPointsByBackupVaultCommand } from "@aws-sdk/client-backup";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Redis } from "ioredis";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, type Deployed, type Ran } from "../../threa/test/deployed.ts";
import { type HurriedCloud, makePatient, startHurriedCloud } from "../../threa/test/hurried.ts";

const run = promisify(execFile);
const host = "plue.example.com";

let plue: Deployed;
let cloud: HurriedCloud;
/** Of the load balancer. */
let address: string;
let authority: string;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
const work = mkdtempSync(join(tmpdir(), "plue-resilient-"));

const plinth = (args: readonly string[]) => plue.plinth([...args, "--stage", "resilient", "--local"]);
const succeeded = (ran: Ran) => expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });

beforeAll(async () => {
  plue = copyOf("plue");
  // A minute takes less than a second here: so it has some values of the metric.
  plue.edit("src/exchanges.ts", (text) => text.replace("everyMs = 10_000", "everyMs = 100"));
  cloud = await startHurriedCloud(plue);
  settings = { endpoint: cloud.endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const missing = await plinth(["deploy", "--yes"]);
  // The certificate of the config is one of an account on AWS: what to do here is said before anything is made.
  expect(missing.code).not.toBe(0);
  const [, arn] = /plinth cloud certificate NAME --arn (\S+)/.exec(missing.stdout + missing.stderr)!;
  succeeded(await plue.plinth(["cloud", "certificate", host, "--arn", arn!]));
  const deployed = await plinth(["deploy", "--yes"]);
  if (deployed.code !== 0) throw new Error(deployed.stdout + deployed.stderr);
  address = (JSON.parse((await plinth(["outputs", "--json"])).stdout) as { entry: { name: string } }).entry.name;
  authority = (await plue.plinth(["cloud", "certificate"])).stdout.trim();
}, 300_000);
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await plue[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

const git = async (folder: string, ...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: work, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
  const own = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", `http.sslCAInfo=${authority}`];
  const there = ["-c", `http.curloptResolve=${host}:443:${address}`];
  return (await run("git", [...own, ...there, ...args], { cwd: join(work, folder), env, timeout: 60_000 })).stdout.trim();
};
const open = (options: RequestOptions): ClientRequest =>
  request({
    host: address,
    port: 443,
    servername: host,
    ca: readFileSync(authority),
    agent: false,
    ...options,
    headers: { host, ...options.headers },
  });
const ask = (path: string, { method = "GET", body = "" } = {}) =>
  new Promise<{ code: number | undefined; text: string }>((done, fail) => {
    const asked = open({ path, method });
    asked.on("error", fail).on("response", (answer: IncomingMessage) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.on("end", () => done({ code: answer.statusCode, text }));
    });
    asked.end(body);
  });
const services = async () => {
  const described = { cluster: "plue-resilient", services: ["plue-resilient-api", "plue-resilient-web"] };
  return (await new ECSClient(settings).send(new DescribeServicesCommand(described))).services!;
};
const secretOf = async (variable: string) => {
  const { taskDefinition } = await new ECSClient(settings).send(
    new DescribeTaskDefinitionCommand({ taskDefinition: "plue-resilient-api" }),
  );
  const { valueFrom } = taskDefinition!.containerDefinitions![0]!.secrets!.find(({ name }) => name === variable)!;
  const SecretId = valueFrom!.replace(/:url::$/, "");
  const { SecretString } = await new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString!) as Record<string, string>;
};

test("(P1, P3, P9) two copies each over two zones, HTTPS by a certificate that was given, a redirect from HTTP", async () => {
  const redirected = await fetch(`http://${address}/demo`, { redirect: "manual" });
  expect([redirected.status, redirected.headers.get("location")]).toEqual([301, `https://${address}:443/demo`]);
  const { stdout } = await run("curl", ["-sS", "--cacert", authority, "--resolve", `${host}:443:${address}`, `https://${host}/`]);
  expect(stdout).toContain("There is no repository yet.");
  const described = await services();
  expect(described.map(({ runningCount }) => runningCount)).toEqual([2, 2]);
  expect(described.map(({ capacityProviderStrategy }) => capacityProviderStrategy![0]!.capacityProvider)).toEqual(["FARGATE", "FARGATE"]);
});

test("(P13) the firewall lets git through, and not what attackers send", async () => {
  expect((await ask("/api/repositories", { method: "POST", body: '{"name":"demo"}' })).code).toBe(201);
  await git(".", "clone", "--quiet", `https://${host}/api/git/demo.git`, "demo");
  writeFileSync(join(work, "demo", "large"), Buffer.alloc(300_000, "0123456789abcdef").toString("base64"));
  await git("demo", "add", "large");
  await git("demo", "commit", "--quiet", "-m", "Begin");
  await git("demo", "push", "--quiet", "origin", "HEAD:main");
  expect((await ask("/demo")).text).toContain("Begin");
  expect((await ask("/api/repositories?q=${jndi:ldap://example.com/a}")).code).toBe(403);
});

test("(P13) commits come from Redis until somebody pushes", async () => {
  const redis = new Redis((await secretOf("REDIS_URL"))["url"]!, { tls: { rejectUnauthorized: false } });
  try {
    const path = "/api/repositories/demo/commits?limit=3";
    const before = (await ask(path)).text;
    expect(JSON.parse((await redis.hget("commits:demo", "3"))!)).toEqual(JSON.parse(before));
    await redis.hset("commits:demo", "3", JSON.stringify([{ subject: "From the cache" }]));
    expect((await ask(path)).text).toContain("From the cache");
    await git("demo", "commit", "--quiet", "--allow-empty", "-m", "Go on");
    await git("demo", "push", "--quiet", "origin", "HEAD:main");
    expect((await ask(path)).text).toMatch(/Go on.*Begin/s);
  } finally {
    redis.disconnect();
  }
});

test("(P13) more copies of the API while many clone, and fewer afterwards", async () => {
  await makePatient(settings);
  const id = await git("demo", "rev-parse", "HEAD");
  // Clients that have begun to ask, and not ended: more than a firewall looks at before it lets them through.
  const have = `0032have ${"0".repeat(40)}\n`.repeat(200);
  const clones = Array.from({ length: 32 }, () => {
    const headers = { "content-type": "application/x-git-upload-pack-request" };
    const clone = open({ path: "/api/git/demo.git/git-upload-pack", method: "POST", headers });
    clone.on("error", () => {});
    clone.write(`0032want ${id}\n0000${have}`);
    return clone;
  });
  const copies = async () => {
    await new Promise((done) => setTimeout(done, 300));
    await cloud.pass(60_000);
    return (await services())[0]!.desiredCount!;
  };
  try {
    // 32 of them, eight for each copy.
    await expect.poll(copies, { interval: 0, timeout: 120_000 }).toBe(4);
  } finally {
    for (const clone of clones) clone.destroy();
  }
  await expect.poll(copies, { interval: 0, timeout: 120_000 }).toBe(2);
});

test("(P13) each night all data goes into another region, and comes back from there", async () => {
  const there = new BackupClient({ ...settings, region: "us-west-2" });
  const kinds = async () => {
    const { BackupVaultList = [] } = await there.send(new ListBackupVaultsCommand({}));
    const points = await Promise.all(
      BackupVaultList.map(({ BackupVaultName }) => there.send(new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName }))),
    );
    return points
      .flatMap(({ RecoveryPoints = [] }) => RecoveryPoints)
      .filter(({ Status }) => Status === "COMPLETED")
      .map(({ ResourceType }) => ResourceType)
      .sort();
  };
  expect(await kinds()).toEqual([]);
  const day = 24 * 3_600_000;
  const fiveMs = (Math.floor(cloud.nowMs() / day) + 1) * day + 5 * 3_600_000;
  await cloud.pass(fiveMs - cloud.nowMs(), 3_600_000);
  await expect.poll(async () => (await cloud.pass(60_000), kinds()), { timeout: 120_000 }).toEqual(["EFS", "RDS"]);

  const restored = await plinth(["restore", "--from-region", "us-west-2", "--json"]);
  succeeded(restored);
  const { host: second, restoredTo, identifier } = JSON.parse(restored.stdout) as Record<"host" | "restoredTo" | "identifier", string>;
  expect(restoredTo).toMatch(/^awsbackup:copyjob-/);
  const { username: user, password, dbname: database, port } = await secretOf("DATABASE_URL");
  const client = new Client({ host: second, port: Number(port), user, password, database, ssl: { rejectUnauthorized: false } });
  await client.connect();
  expect((await client.query("select name from repository")).rows).toEqual([{ name: "demo" }]);
  await client.end();
  succeeded(await plinth(["restore", "--remove", identifier]));
}, 300_000);
