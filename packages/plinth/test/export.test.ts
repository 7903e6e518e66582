/** A stage taken out: its database restored by plain psql into an empty server, its objects byte for byte, its secrets by name only. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBarePostgres } from "../../../benchmarks/peers/bare-database.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, bucket, image, postgres, redis, secret, service } from "plinth";
export default app("store", { region: "us-east-1" }, () => {
  const source = image();
  const database = postgres({ version: "15" });
  const cache = redis();
  const media = bucket({ versioned: true });
  const apiKey = secret({ optional: true });
  const unset = secret({ optional: true });
  const web = service({ image: source, port: 3000, exec: true, env: { DATABASE_URL: database, REDIS_URL: cache, MEDIA: media.readWrite, KEY: apiKey, UNSET: unset } });
  return { database, cache, media, apiKey, unset, web };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(3000);\n',
};

const sql = `
create type mood as enum ('good', 'bad');
create table customer (id bigint generated always as identity primary key, name text not null unique, mood mood, born date, bytes bytea, notes jsonb);
create table purchase (id uuid primary key, customer_id bigint not null references customer on delete cascade, cents int check (cents > 0), at timestamptz default now());
create index on purchase (customer_id, at desc);
create view rich as select customer_id, sum(cents) as cents from purchase group by 1;
create function double(x int) returns int language sql immutable as 'select x * 2';
insert into customer (name, mood, born, bytes, notes) select 'näme ' || i, case when i % 2 = 0 then 'good' else 'bad' end::mood, date '2000-01-01' + i, decode(md5(i::text), 'hex'), jsonb_build_object('i', i, 'quote', '''\\"') from generate_series(1, 5000) i;
insert into purchase (id, customer_id, cents) select gen_random_uuid(), 1 + i % 5000, i from generate_series(1, 20000) i;
create materialized view total as select count(*) as n from purchase;
`;
const question = `select (select md5(string_agg(c::text, '|' order by id)) from customer c), (select md5(string_agg(p::text, '|' order by id)) from purchase p),
  (select sum(cents) from rich), (select n from total), double(21), (select max(id) from customer)`;

const tools = ["psql", "pg_dump"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const why = tools.length > 0 ? ` (skipped: ${tools.join(" and ")} not installed)` : "";

let app: AppFolder;
let aws: Aws;
let bucket: string;
const folder = () => join(app.folder, "out");
const run = (...words: string[]) => plinth(app.folder, words);
const objects = { "a.txt": "plain", "deep/er/käse.bin": "\u0000\u0001", "A.txt": "another case", "../up": "no way up", "folder/": "" };

beforeAll(async () => {
  app = await appFolder(files);
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  await plinth(app.folder, ["secrets", "set", "apiKey"], { input: "sk-very-private" });
  const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out.join("")) as { endpoint: string };
  aws = connectAws("us-east-1", endpoint);
  ({ name: bucket } = (JSON.parse((await run("outputs", "--json")).out.join("")) as { media: { name: string } }).media);
  for (const [Key, Body] of Object.entries(objects)) {
    const more =
      Key === "a.txt" ? { ContentType: "text/plain", CacheControl: "max-age=60", Metadata: { by: "ann" }, Tagging: "kind=note" } : {};
    await aws.call("s3", "PutObject", { Bucket: bucket, Key, Body: Buffer.from(Body), ...more });
  }
  await aws.call("s3", "PutObject", { Bucket: bucket, Key: "gone.txt", Body: "old" });
  await aws.call("s3", "DeleteObject", { Bucket: bucket, Key: "gone.txt" });
});
afterAll(async () => {
  aws.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

interface Line {
  key: string;
  file?: string;
  sha256?: string;
  [other: string]: unknown;
}
const lines = (): Line[] =>
  readFileSync(join(folder(), "buckets/media/objects.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe.skipIf(why !== "")(`a database${why}`, () => {
  test("is restored by plain psql into an empty server, the same in all", async () => {
    const filled = await plinth(app.folder, ["connect", "database", "--", "psql", "-Xqv", "ON_ERROR_STOP=1"], { input: sql });
    expect([filled.exit, filled.err.slice(1)]).toEqual([0, []]);
    const before = await run("connect", "database", "--", "psql", "-XAtc", question);
    const taken = await run("export", "--to", folder(), "--json");
    expect(taken.failure?.message).toBeUndefined();
    const manifest = JSON.parse(taken.out.join("")) as {
      databases: object[];
      buckets: object[];
      secrets: object;
      notTaken: string[];
      finishedAt: string;
    };
    expect(manifest).toMatchObject({
      databases: [
        {
          name: "database",
          file: "databases/database.sql",
          major: "15",
          by: expect.stringMatching(/^pg_dump \(PostgreSQL\) \d/) as string,
        },
      ],
      buckets: [{ name: "media", bucket, objects: 5 }],
      secrets: { count: 2, values: false },
      notTaken: ["cache: what a cache holds is made again."],
    });
    await using empty = await startBarePostgres();
    execFileSync("psql", ["-Xqv", "ON_ERROR_STOP=1", "-f", join(folder(), "databases/database.sql"), empty.url]);
    const after = execFileSync("psql", ["-XAtc", question, empty.url], { encoding: "utf8" });
    expect(after).toBe(before.out.join(""));
    expect(after).toMatch(/^[0-9a-f]{32}\|[0-9a-f]{32}\|200010000\|20000\|42\|5000\n$/);
    // And goes on from there.
    expect(
      execFileSync("psql", ["-XAtqc", "insert into customer (name) values ('next') returning id", empty.url], { encoding: "utf8" }),
    ).toBe("5001\n");
    for (const text of [taken.out.join(""), taken.err.join("")]) expect(text).not.toContain("sk-very-private");
  });

  test("checksums hold for everything, and one that was finished is taken anew", async () => {
    const checked = spawnSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder(), encoding: "utf8" });
    expect([checked.status, checked.stdout]).toEqual([0, ""]);
    const again = await run("export", "--to", folder());
    expect(again.err.join("\n")).toMatch(/media: 5 objects, 1 kB, 5 of them had before/);
    expect(again.err.join("\n")).toMatch(/database: dumping through task [0-9a-f]{8} of web/);
  });
});

describe("objects", () => {
  test("lie as files under their keys, or where that cannot be, elsewhere; with all that S3 knows of them", async () => {
    const taken = await run("export", "--to", folder(), "--only", "media");
    expect(taken.failure?.message).toBeUndefined();
    const all = lines();
    expect(Object.fromEntries(all.map(({ key, file }) => [key, readFileSync(join(folder(), "buckets/media", file!), "utf8")]))).toEqual(
      objects,
    );
    expect(all.find(({ key }) => key === "a.txt")).toMatchObject({
      file: expect.stringMatching(/^objects\/(?:a\.txt|_\/.*a\.txt)$/) as string,
      sha256: createHash("sha256").update("plain").digest("hex"),
      contentType: "text/plain",
      cacheControl: "max-age=60",
      metadata: { by: "ann" },
      tags: { kind: "note" },
    });
    expect(existsSync(join(app.folder, "up"))).toBe(false);
  });

  test("an interrupted copy goes on: what is whole is not fetched again, what is not is", async () => {
    const [one, other] = lines() as [Line, Line];
    const path = (line: Line) => join(folder(), "buckets/media", line.file!);
    const list = join(folder(), "buckets/media/objects.jsonl");
    writeFileSync(`${list}.part`, `${JSON.stringify(one)}\n${JSON.stringify(other).slice(0, 30)}`);
    rmSync(list);
    writeFileSync(path(other), "torn");
    const before = statSync(path(one)).mtimeMs;
    const again = await run("export", "--to", folder(), "--only", "media");
    expect(again.err.join("\n")).toContain("media: 5 objects, 1 kB, 1 of them had before");
    expect(statSync(path(one)).mtimeMs).toBe(before);
    expect(readFileSync(path(other), "utf8")).toBe(objects[other.key as keyof typeof objects]);
  });

  test("--versions: old ones and delete markers, too", async () => {
    await run("export", "--to", folder(), "--only", "media", "--versions");
    expect(lines().filter(({ key }) => key === "gone.txt")).toMatchObject([
      { latest: false, file: expect.stringMatching(/^objects\/_\//) as string, sizeBytes: 3 },
      { latest: true, deleteMarker: true, sizeBytes: 0 },
    ]);
  });
});

test("the values of secrets are not written without consent", async () => {
  const ran = await run("export", "--to", join(app.folder, "nothing"), "--with-secrets");
  expect([ran.exit, ran.failure?.code, existsSync(join(app.folder, "nothing"))]).toEqual([4, "not-consented", false]);
});

test.skipIf(why !== "")(`secrets are named, with consent with their values${why}`, async () => {
  const secrets = () => JSON.parse(readFileSync(join(folder(), "secrets.json"), "utf8")) as object[];
  await run("export", "--to", folder());
  expect(secrets()).toMatchObject([
    { name: "apiKey", hasValue: true },
    { name: "unset", hasValue: false },
  ]);
  expect(JSON.stringify(secrets())).not.toContain("sk-very-private");
  const asked = await plinth(app.folder, ["export", "--to", folder(), "--with-secrets"], { answers: ["yes"] });
  expect(asked.exit).toBe(0);
  expect(secrets()).toMatchObject([
    { name: "apiKey", value: "sk-very-private" },
    { name: "unset", hasValue: false },
  ]);
  expect(statSync(join(folder(), "secrets.json")).mode & 0o777).toBe(0o600);
  expect(asked.err.join("")).not.toContain("sk-very-private");
});

describe("refused", () => {
  test.each([
    [[], 2, "Where to?"],
    [["--to", "x", "--only", "nothing"], 2, "store has nothing called nothing."],
  ])("%j", async (words, exit, message) => {
    const ran = await run("export", ...words);
    expect([ran.exit, ran.failure?.message]).toEqual([exit, message]);
  });

  test("where this machine has no pg_dump that fits: before anything is fetched, with what to install", async () => {
    const { findPgDump } = await import("@plinth/deployer/export/database-dump");
    await expect(findPgDump("database", 99, process.env["PATH"] ?? "")).rejects.toMatchObject({
      code: "environment",
      remedy: expect.stringContaining("apt install postgresql-client-99") as string,
    });
  });

  test("a folder with another stage's take-out", async () => {
    const other = join(app.folder, "other");
    await run("export", "--to", other, "--only", "media");
    writeFileSync(join(other, "manifest.json"), JSON.stringify({ app: "shop", stage: "prod", databases: [] }));
    const ran = await run("export", "--to", other, "--only", "media");
    expect([ran.exit, ran.failure?.message]).toEqual([6, `${other} holds a take-out of shop prod.`]);
  });
});
