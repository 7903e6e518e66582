/** The job table on a real PostgreSQL: queued once, taken by one, taken over when its worker is gone, ended once, given up in the end. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type BareDatabase, startBarePostgres } from "../../../benchmarks/peers/bare-database.ts";
import { type Database, openDatabase } from "../backend/src/database.ts";
import { anyOpen, fail, finish, type Job, keep, queue, take } from "../backend/src/jobs.ts";
import { migrate } from "../backend/src/migrations.ts";
import { announce, find } from "../backend/src/uploads.ts";
import { doJob } from "../backend/src/work.ts";

let server: BareDatabase;
let database: Database;

beforeAll(async () => {
  server = await startBarePostgres();
  database = openDatabase(server.url, 10);
  // API and workers start at once.
  await Promise.all([migrate(database), migrate(database), migrate(database)]);
});
afterAll(async () => {
  await database.end();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => database.query("truncate upload, job"));

const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
async function queued(number: number): Promise<string> {
  const id = idOf(number);
  await announce(database, { id, name: `${number}.txt`, type: "text/plain", sizeBytes: 4 });
  await queue(database, id);
  return id;
}
const expire = () => database.query("update job set leased_until = now() - interval '1 second' where state = 'working'");

test("an upload has one job, however often it is queued", async () => {
  const id = await queued(1);
  await Promise.all([queue(database, id), queue(database, id)]);
  expect((await database.query("select count(*)::int as n from job")).rows).toEqual([{ n: 1 }]);
});

test("workers that take at once get different jobs, the oldest first, and none twice", async () => {
  for (let number = 0; number < 30; number++) await queued(number);
  const taken: Job[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let job = await take(database, `w${worker}`, 60); job; job = await take(database, `w${worker}`, 60)) taken.push(job);
    }),
  );
  expect(taken.map(({ uploadId }) => uploadId).toSorted()).toEqual(Array.from({ length: 30 }, (_, number) => idOf(number)));
});

test("a job whose worker is gone is another's after its lease, and the first one can no longer end it", async () => {
  const id = await queued(1);
  const first = (await take(database, "a", 60))!;
  expect(await take(database, "b", 60)).toBeUndefined();
  await expire();
  const second = (await take(database, "b", 60))!;
  expect([first.attempts, second.attempts]).toEqual([1, 2]);
  expect(await keep(database, first, 60)).toBe(false);
  expect(await finish(database, first, { from: "a" })).toBe(false);
  expect(await finish(database, second, { from: "b" })).toBe(true);
  expect(await find(database, id)).toMatchObject({ state: "done", attempts: 2, result: { from: "b" } });
  expect(await finish(database, second, { from: "b again" })).toBe(false);
});

test("one that is kept is not taken over", async () => {
  await queued(1);
  const job = (await take(database, "a", 60))!;
  await expire();
  expect(await keep(database, job, 60)).toBe(true);
  expect(await take(database, "b", 60)).toBeUndefined();
});

test("a failed one waits, is tried again, and is given up after the third attempt", async () => {
  const id = await queued(1);
  expect(await fail(database, (await take(database, "a", 60))!, "no", 3600)).toBe("queued");
  expect(await take(database, "a", 60)).toBeUndefined();
  expect(await anyOpen(database)).toBe(true);
  await database.query("update job set not_before = now()");
  expect(await fail(database, (await take(database, "a", 60))!, "no", 0)).toBe("queued");
  expect(await fail(database, (await take(database, "a", 60))!, "no, indeed", 0)).toBe("failed");
  expect(await find(database, id)).toMatchObject({ state: "failed", attempts: 3, error: "no, indeed" });
  expect(await anyOpen(database)).toBe(false);
});

test("one that kills its workers is given up, too", async () => {
  const id = await queued(1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect((await take(database, "a", 60))!.attempts).toBe(attempt);
    await expire();
  }
  const work = { database, leaseSeconds: 60, files: { read: () => expect.unreachable(), putOnce: () => expect.unreachable() } };
  await doJob(work, (await take(database, "a", 60))!);
  expect(await find(database, id)).toMatchObject({ state: "failed", error: "given up after 3 attempts" });
});

test("a job reads its file and keeps what it found, in the database and in the bucket", async () => {
  const id = await queued(1);
  const kept: [string, string][] = [];
  async function* parts() {
    yield Buffer.from("one two\nth");
    yield Buffer.from("ree");
  }
  const files = { read: async () => parts() as never, putOnce: async (key: string, body: string) => void kept.push([key, body]) };
  await doJob({ database, files, leaseSeconds: 60 }, (await take(database, "a", 60))!);
  const found = { sizeBytes: 13, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string, lines: 2, words: 3 };
  expect(await find(database, id)).toMatchObject({ state: "done", result: found });
  expect(kept.map(([key, body]) => [key, JSON.parse(body)])).toEqual([[`results/${id}.json`, { name: "1.txt", ...found }]]);
});
