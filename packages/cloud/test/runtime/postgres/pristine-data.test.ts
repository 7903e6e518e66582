/** What databases are copied from is made once for all clouds of a user, also where several make it at once and one was killed on the way. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeDataFolder } from "../../../src/runtime/postgres/data-folder.ts";
import { copySharedData, prepareSharedData } from "../../../src/runtime/postgres/shared-data.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

const major = 16;
const caches = mkdtempSync(join(tmpdir(), "plinth-cache-"));
const shared = join(caches, "plinth", "postgres");

let clouds: TestCloud[];
beforeAll(async () => {
  vi.stubEnv("XDG_CACHE_HOME", caches);
  clouds = await Promise.all([1, 1, 2].map((seed) => startSimulatedCloud(seed)));
});
afterAll(async () => {
  for (const cloud of clouds) await cloud[Symbol.asyncDispose]();
  rmSync(caches, { recursive: true, force: true });
});

/** A data folder of that cloud: what it is made of, and what its roles' passwords are kept in. */
async function dataOf({ cloud, folder }: TestCloud, name: string): Promise<string> {
  await makeDataFolder(cloud, major, join(folder, name));
  return join(folder, name);
}

const madeWhen = (data: string) => readFileSync(join(data, "global", "pg_control")).readBigUInt64LE(0); // the system identifier
const holdsPassword = (data: string) => readFileSync(join(data, "global", "1260"), "latin1").includes("SCRAM-SHA-256$"); // pg_authid

test("two clouds that need it at once both get it, and leave one", async () => {
  mkdirSync(join(shared, "16.0.draft-killed"), { recursive: true });
  utimesSync(join(shared, "16.0.draft-killed"), 0, 0);
  const [one, two] = await Promise.all(clouds.slice(0, 2).map((cloud) => dataOf(cloud, "first")));
  const [left, ...more] = readdirSync(shared);
  expect(more).toEqual([]);
  expect(new Set([one!, two!].map(madeWhen))).toEqual(new Set([madeWhen(join(shared, left!))]));
  expect([one!, two!].map(holdsPassword)).toEqual([true, true]);
  expect(holdsPassword(join(shared, left!))).toBe(false);
});

test("the next cloud of this user copies it, and it may be removed at any time", async () => {
  const [name] = readdirSync(shared);
  const identifier = madeWhen(join(shared, name!));
  expect(madeWhen(await dataOf(clouds[2]!, "first"))).toBe(identifier);
  rmSync(shared, { recursive: true });
  expect(madeWhen(await dataOf(clouds[2]!, "second"))).toBe(identifier);
});

test("a cloud makes it once, however many of its databases ask, and tells all of them when that fails", async () => {
  const [{ cloud, folder }] = clouds as [TestCloud];
  let made = 0;
  let fault: Error | undefined = new Error("initdb failed: no space");
  const data = {
    name: "counted",
    async make(draft: string) {
      if (fault) throw fault;
      writeFileSync(join(draft, "PG_VERSION"), `${(made += 1)}`);
    },
  };
  const targets = ["third", "fourth"].map((name) => join(folder, name));
  const copies = () => [prepareSharedData(cloud, data), ...targets.map((target) => copySharedData(cloud, data, target))];
  for (const { reason } of (await Promise.allSettled(copies())) as PromiseRejectedResult[]) expect(reason).toBe(fault);
  expect(targets.filter((target) => existsSync(target))).toEqual([]);
  fault = undefined;
  await Promise.all(copies());
  expect(targets.map((target) => readFileSync(join(target, "PG_VERSION"), "utf8"))).toEqual(["1", "1"]);
});
