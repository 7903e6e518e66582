/**
 * arive as its operators have it: the dev stage in the embedded cloud, deployed by the `plinth` command, used by pages of another origin,
 * its workers killed meanwhile, looked into, taken out, and destroyed. (A…) are the rows of its list of parts that a test shows.
 */
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBarePostgres } from "../../../benchmarks/peers/bare-database.ts";
import { copyOf, type Deployed, eventually, type Ran } from "../../threa/test/deployed.ts";
import { openDisturbance } from "../../hana/test/disturbance.ts";
import { fetchFrom } from "./browser.ts";
import { serveSite, type Site } from "./site.ts";

let arive: Deployed;
let site: Site;
let url: string;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string }; forcePathStyle: true };
let bucket: string;

const stage = ["--stage", "dev", "--local"];
const plinth = (args: readonly string[], input?: string) => {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return arive.plinth([...args.slice(0, end), ...stage, ...args.slice(end)], input);
};
const succeeded = (ran: Ran) => expect(ran, ran.stderr + ran.stdout).toMatchObject({ code: 0 });

interface Upload {
  id: string;
  name: string;
  state: string;
  attempts: number;
  result?: { sizeBytes: number; sha256: string; lines?: number; words?: number };
}

beforeAll(async () => {
  arive = copyOf("arive");
  site = await serveSite();
  arive.edit("plinth.config.ts", (text) => text.replace("http://localhost:5173", site.origin));
  const deployed = await plinth(["deploy", "--yes"]);
  // Nothing else can be told of an arive that is not there.
  if (deployed.code !== 0) throw new Error(deployed.stdout + deployed.stderr);
  const outputs = JSON.parse((await plinth(["outputs", "--json"])).stdout) as { entry: { url: string }; uploads: { name: string } };
  [url, bucket] = [outputs.entry.url, outputs.uploads.name];
  const { endpoint } = JSON.parse((await arive.plinth(["cloud", "status", "--json"])).stdout) as { endpoint: string };
  settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" }, forcePathStyle: true };
}, 300_000);
afterAll(async () => {
  await arive[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

const json = { "content-type": "application/json" };
const announce = (name: string, type: string, content: string, origin = site.origin) =>
  fetchFrom(origin, `${url}/uploads`, { method: "POST", headers: json, body: JSON.stringify({ name, type, sizeBytes: content.length }) });

/** As the page does it. */
async function upload(name: string, content: string, type = "text/plain"): Promise<string> {
  const announced = (await (await announce(name, type, content)).json()) as { id: string; url: string; headers: Record<string, string> };
  const put = await fetchFrom(site.origin, announced.url, { method: "PUT", headers: announced.headers, body: content });
  expect(put.status).toBe(200);
  const told = await fetchFrom(site.origin, `${url}/uploads/${announced.id}/uploaded`, { method: "POST" });
  expect(told.status).toBe(202);
  return announced.id;
}
const look = async (id: string) => (await (await fetchFrom(site.origin, `${url}/uploads/${id}`)).json()) as Upload;
const done = (id: string) =>
  eventually(
    () => look(id),
    ({ state }) => state === "done",
  );

test("the stage is up, by its load balancer, and nothing is wrong with it", async () => {
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", env: "dev" });
  const doctor = await plinth(["doctor"]);
  succeeded(doctor);
  expect(doctor.stdout + doctor.stderr).toContain("Nothing is wrong");
});

test("(A4) a page of the site uploads straight into the bucket, and a worker reads the file", async () => {
  const content = "one two\nthree\n";
  const found = await done(await upload("words.txt", content));
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect(found).toMatchObject({ attempts: 1, result: { sizeBytes: 14, sha256, lines: 2, words: 3 } });
  const results = `results/${found.id}.json`;
  const s3 = new S3Client(settings);
  const kept = await eventually(
    async () => (await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: results }))).KeyCount,
    (count) => count === 1,
  );
  expect(kept).toBe(1);
});

test("(A4) pages of other sites may neither call nor upload, and nobody may upload something else", async () => {
  await expect(announce("x", "text/plain", "x", "https://elsewhere.example")).rejects.toThrow("the preflight is refused");
  const announced = (await (await announce("x.txt", "text/plain", "12345")).json()) as { url: string; headers: Record<string, string> };
  const put = (origin: string, body: string) => fetchFrom(origin, announced.url, { method: "PUT", headers: announced.headers, body });
  await expect(put("https://elsewhere.example", "12345")).rejects.toThrow("the preflight is refused");
  expect((await put(site.origin, "123456")).status).toBe(403); // another size than was signed
  expect((await put(site.origin, "12345")).status).toBe(200);
  const { PublicAccessBlockConfiguration: block } = await new S3Client(settings).send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
  expect(Object.values(block!)).toEqual([true, true, true, true]);
});

test("(A4, A19) an object that was deleted is restored from its version", async () => {
  const id = await upload("kept.txt", "to keep");
  const s3 = new S3Client(settings);
  const Key = `uploads/${id}`;
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).rejects.toThrow();
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: Key }));
  await s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${Key}?versionId=${Versions![0]!.VersionId}` }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  expect(await Body!.transformToString()).toBe("to keep");
  // Beside arive's stands that of the account, in which Plinth keeps what releases were made of.
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  expect(Buckets!.filter(({ Name }) => Name!.startsWith("arive-dev-"))).toHaveLength(1);
});

test("(A1) three workers by command; one is stopped and one killed while they work, nothing is lost and nothing done twice", async () => {
  const ecs = new ECSClient(settings);
  const place = { cluster: "arive-dev", service: "arive-dev-worker" };
  await ecs.send(new UpdateServiceCommand({ ...place, desiredCount: 3 }));
  const running = async () =>
    (await ecs.send(new DescribeServicesCommand({ cluster: place.cluster, services: [place.service] }))).services![0]!.runningCount;
  await eventually(running, (count) => count === 3);
  const ids = await Promise.all(Array.from({ length: 40 }, (_, at) => upload(`${at}.txt`, `file ${at}\n`.repeat(2_000))));
  const { killWorker, stopWorker } = openDisturbance({ ...settings, cluster: place.cluster });
  await Promise.all([killWorker(), stopWorker()]);
  // One after the other: forty that ask at once would take the processor time that the workers want.
  const all: Upload[] = [];
  for (const id of ids) all.push(await done(id));
  expect(all.map(({ result }) => result!.lines)).toEqual(ids.map(() => 2_000));
  const s3 = new S3Client(settings);
  for (const id of ids) {
    // Written once: one version.
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `results/${id}.json` }));
    expect(Versions).toHaveLength(1);
  }
  await eventually(running, (count) => count === 3);
  await ecs.send(new UpdateServiceCommand({ ...place, desiredCount: 1 }));
});

test("(A5, A9) the database is looked into from this machine, through the API's task", async () => {
  const script = `
    const { Client } = require(process.cwd() + "/node_modules/pg");
    const client = new Client({ ssl: { rejectUnauthorized: false } });
    client.connect().then(() => client.query("select count(*)::int as n from job where state = 'done'"))
      .then(({ rows }) => { console.log(rows[0].n); return client.end(); });`;
  const ran = await plinth([
    "connect",
    "database",
    "--",
    process.execPath,
    "-e",
    `process.chdir(${JSON.stringify(arive.folder)});${script}`,
  ]);
  succeeded(ran);
  expect(ran.stderr).toMatch(/database is reached at 127\.0\.0\.1:\d+, through task [0-9a-f]{8} of api\./);
  expect(Number(ran.stdout)).toBeGreaterThanOrEqual(42);
});

test("(A8) logs by service, and the metrics of tasks and requests", async () => {
  expect((await plinth(["logs", "api"])).stdout).toContain("arive's API listens on port 8000");
  expect((await plinth(["logs", "worker"])).stdout).toContain("a file is read");
  const watch = new CloudWatchClient(settings);
  const named = async (Namespace: string) =>
    (await watch.send(new ListMetricsCommand({ Namespace }))).Metrics!.map(({ MetricName }) => MetricName!);
  await eventually(
    () => named("AWS/ApplicationELB"),
    (names) => names.includes("RequestCount"),
    90_000,
    500, // up to a minute
  );
  await eventually(
    () => named("AWS/ECS"),
    (names) => names.includes("CPUUtilization") && names.includes("MemoryUtilization"),
    90_000,
    500, // up to a minute
  );
});

const tools = ["psql", "pg_dump"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const why = tools.length > 0 ? ` (skipped: ${tools.join(" and ")} not installed)` : "";
test.skipIf(why !== "")(
  `(A17) everything is taken out by one command, and restored elsewhere by plain psql${why}`,
  async () => {
    const out = join(arive.folder, "out");
    const taken = await plinth(["export", "--to", out]);
    succeeded(taken);
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as {
      databases: { file: string; major: string }[];
      buckets: { name: string; objects: number }[];
    };
    expect(manifest.databases).toMatchObject([{ file: "databases/database.sql", major: "15" }]);
    await using empty = await startBarePostgres();
    execFileSync("psql", ["-Xqv", "ON_ERROR_STOP=1", "-f", join(out, manifest.databases[0]!.file), empty.url]);
    const count = "select count(*) from job where state = 'done'";
    const here = await plinth(["connect", "database", "--", "psql", "-XAtc", count]);
    expect(execFileSync("psql", ["-XAtc", count, empty.url], { encoding: "utf8" })).toBe(here.stdout);
    // Each upload, its result, and the doorbell.
    const { KeyCount } = await new S3Client(settings).send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(manifest.buckets).toMatchObject([{ name: "uploads", objects: KeyCount }]);
  },
  300_000,
);

test("after a stop and a start everything is as it was, and uploads go on", async () => {
  succeeded(await arive.plinth(["cloud", "stop"]));
  succeeded(await arive.plinth(["cloud", "start"]));
  await eventually(
    () => fetch(`${url}/health`),
    ({ status }) => status === 200,
  );
  expect((await done(await upload("again.txt", "once more"))).result).toMatchObject({ words: 2 });
});

test("(P11) destroy keeps a last snapshot, and leaves nothing that runs", async () => {
  const destroyed = await plinth(["destroy", "--yes"]);
  succeeded(destroyed);
  // By its policy: only what passes, local and previews, goes without one.
  expect(destroyed.stderr).toMatch(/the snapshot arive-dev-database-\S+ of \S+/i);
  await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
});
