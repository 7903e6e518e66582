/** Runs and their outbox on a real PostgreSQL: posted once, begun again after a worker's end, ended once, handed over in order. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type BareDatabase, startBarePostgres } from "../../../benchmarks/peers/bare-database.ts";
import { type Database, openDatabase } from "../src/database.ts";
import { migrate } from "../src/migrations.ts";
import { ModelRefusal } from "../src/model.ts";
import { record } from "../src/notifications.ts";
import { handOver, sendInOrder } from "../src/outbox.ts";
import { begin, counts, end, find, history, list, post } from "../src/runs.ts";
import { standInAnswer } from "../src/stand-in.ts";
import { doRun, type Work } from "../src/work.ts";
import { memoryQueue } from "./memory-queue.ts";

let server: BareDatabase;
let database: Database;

beforeAll(async () => {
  server = await startBarePostgres();
  database = openDatabase(server.url, 10);
  // Three programs start at once.
  await Promise.all([migrate(database), migrate(database), migrate(database)]);
});
afterAll(async () => {
  await database.end();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => database.query("truncate conversation, run, outbox"));

const draft = (key: string, conversationId = "c", prompt = `prompt ${key}`) => ({ conversationId, key, prompt });
const queues = () => ({ runs: memoryQueue(), notifications: memoryQueue() });

test("a key posts one run, however often and however much at once it is sent", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => post(database, draft("k"))));
  expect(all.map(({ outcome }) => outcome).toSorted()).toEqual(["posted", ...Array.from({ length: 7 }, () => "repeated")]);
  expect(new Set(all.map(({ run }) => run.id)).size).toBe(1);
  expect(await post(database, { ...draft("k"), prompt: "another" })).toMatchObject({ outcome: "conflict" });
  expect(await post(database, draft("k", "d"))).toMatchObject({ outcome: "posted", run: { position: 1, conversationId: "d" } });
});

test("posts at once get positions without a gap, and are handed over in that order", async () => {
  await Promise.all(Array.from({ length: 25 }, (_, index) => post(database, draft(`k${index}`, `c${index % 2}`))));
  const to = queues();
  // Two tasks hand over at once.
  while ((await Promise.all([handOver(database, to), handOver(database, to)])).some((count) => count > 0));
  expect(to.runs.left).toHaveLength(25);
  const ids = to.runs.left.map((body) => (JSON.parse(body) as { runId: string }).runId);
  for (const conversation of ["c0", "c1"]) {
    const runs = await list(database, conversation);
    expect(runs.map(({ position }) => position)).toEqual(runs.map((_, index) => index + 1));
    const own = new Set(runs.map(({ id }) => id));
    expect(ids.filter((id) => own.has(id))).toEqual(runs.map(({ id }) => id));
  }
});

test("a letter does not pass one of its group that the queue refused", async () => {
  const letters = ["a1", "b1", "a2", "b2", "a3"].map((id) => ({
    id,
    queue: "runs" as const,
    body: id,
    group: id[0]!,
    deduplicationId: id,
  }));
  const batches: string[][] = [];
  const sent = await sendInOrder(letters, {
    async send(messages) {
      batches.push(messages.map(({ id }) => id));
      return messages.some(({ id }) => id === "a2") ? ["a2"] : [];
    },
  });
  expect({ batches, sent }).toEqual({
    batches: [
      ["a1", "b1"],
      ["a2", "b2"],
    ],
    sent: ["a1", "b1", "b2"],
  });
});

test("a worker that comes too late writes nothing", async () => {
  const { run } = await post(database, draft("k"));
  const first = (await begin(database, run.id, "w1"))!;
  const second = (await begin(database, run.id, "w2"))!;
  expect([first.attempts, second.attempts]).toEqual([1, 2]);
  expect(await end(database, first, { state: "done", result: "late" })).toBeUndefined();
  expect(await end(database, second, { state: "done", result: "right" })).toMatchObject({ state: "done", result: "right", worker: "w2" });
  expect(await begin(database, run.id, "w3")).toBeUndefined();
  expect(await find(database, run.id)).toMatchObject({ result: "right", attempts: 2 });
});

test("runs before one that is begun have ended, or were given up", async () => {
  const [one, two] = [await post(database, draft("1")), await post(database, draft("2"))];
  await begin(database, one.run.id, "w1");
  await begin(database, two.run.id, "w2");
  expect(await find(database, one.run.id)).toMatchObject({ state: "failed", result: "it was given up: its workers ended before it did" });
  expect(await counts(database)).toEqual({ queued: 0, running: 1, done: 0, failed: 1 });
});

const message = (runId: string, deliveries = 1) => ({ body: JSON.stringify({ runId }), group: "c", receipt: "r", deliveries });

function work(answer: Work["model"]["answer"]): { work: Work; files: Map<string, string>; events: string[] } {
  const files = new Map<string, string>();
  const events: string[] = [];
  const media = {
    put: async (key: string, body: string) => void files.set(key, body),
    get: () => Promise.reject(new Error("not read here")),
  };
  const publish = async (event: Parameters<Work["events"]["publish"]>[0]) =>
    void events.push(event.type === "run" ? event.run.state : event.text);
  return {
    work: { database, worker: "w", media, model: { name: "test", answer }, events: { publish, close: async () => {} } },
    files,
    events,
  };
}

test("a run is answered with what was said before, told live, and kept with its attachment and its notification", async () => {
  const {
    work: of,
    files,
    events,
  } = work(async (turns, prompt, told) => {
    told("…");
    return standInAnswer(turns.at(-1)?.result ?? "", prompt);
  });
  for (const key of ["1", "2"]) {
    const { run } = await post(database, draft(key));
    expect(await doRun(of, message(run.id))).toBe("handled");
    expect(await doRun(of, message(run.id, 2))).toBe("handled");
  }
  const [one, two] = await list(database, "c");
  expect(one!.result).toBe(standInAnswer("", "prompt 1"));
  expect(two!.result).toBe(standInAnswer(one!.result!, "prompt 2"));
  expect(await history(database, two!)).toEqual([{ prompt: "prompt 1", result: one!.result }]);
  expect(events).toEqual(["running", "…", "done", "running", "…", "done"]);
  expect([...files.keys()]).toEqual(["conversations/c/1-1.md", "conversations/c/2-1.md"]);

  const to = queues();
  await handOver(database, to);
  expect(to.notifications.left.map((body) => JSON.parse(body) as unknown)).toEqual([
    { runId: one!.id, conversationId: "c", state: "done", attempts: 1, finishedAt: one!.finishedAt },
    { runId: two!.id, conversationId: "c", state: "done", attempts: 1, finishedAt: two!.finishedAt },
  ]);
  await record({ database, logs: of.media, backups: of.media }, { ...message(""), body: to.notifications.left[1]! });
  expect(files.get(`runs/${two!.finishedAt!.slice(0, 10)}/${two!.id}-1.json`)).toBe(`${to.notifications.left[1]}\n`);
  expect(files.get("conversations/c.jsonl")!.trim().split("\n")).toHaveLength(2);
});

test("a fault is tried again and fails the run at the last delivery; a refusal fails it at once", async () => {
  const { run } = await post(database, draft("1"));
  const overloaded = work(() => Promise.reject(new Error("overloaded"))).work;
  await expect(doRun(overloaded, message(run.id, 1))).rejects.toThrow("overloaded");
  expect(await find(database, run.id)).toMatchObject({ state: "running" });
  await expect(doRun(overloaded, message(run.id, 3))).rejects.toThrow("overloaded");
  expect(await find(database, run.id)).toMatchObject({ state: "failed", result: "overloaded", attempts: 2 });

  const refused = await post(database, draft("2"));
  const refusing = work(() => Promise.reject(new ModelRefusal("the model answered 400: too long"))).work;
  expect(await doRun(refusing, message(refused.run.id))).toBe("handled");
  expect(await find(database, refused.run.id)).toMatchObject({ state: "failed", result: "the model answered 400: too long", attempts: 1 });
});
