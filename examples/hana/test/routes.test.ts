/** What the API answers over HTTP, and the WebSocket service beside it, on a real PostgreSQL with fakes for the rest. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type BareDatabase, startBarePostgres } from "../../../benchmarks/peers/bare-database.ts";
import { type Database, openDatabase } from "../src/database.ts";
import { type Live, openLive } from "../src/live.ts";
import { migrate } from "../src/migrations.ts";
import { respond } from "../src/routes.ts";
import { begin, end, list, type Run } from "../src/runs.ts";

let postgres: BareDatabase;
let database: Database;
let server: Server;
let live: Live;
let origin: string;
const posted: Run[] = [];

beforeAll(async () => {
  postgres = await startBarePostgres();
  database = openDatabase(postgres.url, 5);
  await migrate(database);
  const context = {
    database,
    media: { get: async (key: string) => ({ body: Readable.from([`file ${key}`]), type: "text/markdown", sizeBytes: undefined }) },
    posted: (run: Run) => void posted.push(run),
    status: { task: "t", model: "stand-in", openaiApiKey: "missing", elevenlabsApiKey: "missing" } as const,
  };
  server = createServer((request, response) => void respond(request, response, context));
  live = openLive(server, { task: "t", runs: (conversationId) => list(database, conversationId) });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  live.close();
  server.closeAllConnections();
  server.close();
  await database.end();
  await postgres[Symbol.asyncDispose]();
});

async function ask(path: string, init: RequestInit = {}): Promise<{ code: number; body: unknown }> {
  const response = await fetch(`${origin}${path}`, init);
  return { code: response.status, body: await response.json() };
}
const run = (path: string, prompt: unknown, key?: string) =>
  ask(path, {
    method: "POST",
    headers: key === undefined ? {} : { "idempotency-key": key },
    body: typeof prompt === "string" ? JSON.stringify({ prompt }) : String(prompt),
  });

test("a run is posted, repeated by its key, and refused when the key means something else", async () => {
  const first = await run("/api/v1/conversations/c1/runs", "Hello", "k1");
  expect(first).toMatchObject({ code: 201, body: { state: "queued", position: 1, attempts: 0, attachment: false } });
  expect(await run("/v1/conversations/c1/runs", "Hello", "k1")).toEqual({ ...first, code: 200 });
  expect(await run("/api/v1/conversations/c1/runs", "Goodbye", "k1")).toMatchObject({ code: 422 });
  expect(posted.map(({ id }) => id)).toEqual([(first.body as Run).id]);
  expect(await ask("/api/v1/conversations/c1/runs")).toEqual({ code: 200, body: [first.body] });
  expect(await ask(`/api/v1/runs/${(first.body as Run).id}`)).toEqual({ code: 200, body: first.body });
  expect(await ask("/api/v1/conversations/c1/runs?after=1")).toEqual({ code: 200, body: [] });
});

test.each<[string, number, string, () => Promise<unknown>]>([
  ["no prompt", 400, "prompt must be text of 1 to 8000 characters", () => run("/api/v1/conversations/c/runs", "  ")],
  ["no JSON", 400, "the body is not JSON", () => run("/api/v1/conversations/c/runs", undefined)],
  ["too large a body", 413, "a body has at most 65536 bytes", () => run("/api/v1/conversations/c/runs", "x".repeat(70_000))],
  [
    "too long a key",
    400,
    "idempotency-key must be 1 to 64 printable characters",
    () => run("/api/v1/conversations/c/runs", "x", "k".repeat(65)),
  ],
  [
    "too long a conversation",
    400,
    "a conversation's id has at most 64 characters",
    () => run(`/api/v1/conversations/${"c".repeat(65)}/runs`, "x"),
  ],
  ["no such run", 404, "there is no such run", () => ask("/api/v1/runs/none")],
  ["no such attachment", 404, "there is no such attachment", () => ask("/api/v1/runs/none/attachment")],
  ["no such path", 404, "GET /elsewhere is not answered here", () => ask("/elsewhere")],
  ["another method", 405, "DELETE /api/v1/status is not answered here", () => ask("/api/v1/status", { method: "DELETE" })],
])("%s: %i", async (_what, code, error, asked) => {
  expect(await asked()).toEqual({ code, body: { error } });
});

test("health, status, attachment and page", async () => {
  expect(await ask("/health")).toEqual({ code: 200, body: { status: "ok" } });
  const { body } = await run("/api/v1/conversations/c2/runs", "Hello");
  const begun = (await begin(database, (body as Run).id, "w"))!;
  await end(database, begun, { state: "done", result: "Hi", attachment: "c2/1.md" });
  expect(await ask("/api/v1/status")).toMatchObject({ code: 200, body: { task: "t", model: "stand-in", runs: { done: 1 } } });
  expect(await (await fetch(`${origin}/api/v1/runs/${begun.id}/attachment`)).text()).toBe("file c2/1.md");
  expect(await (await fetch(`${origin}/api/`)).text()).toContain("<title>hana</title>");
  expect((await fetch(`${origin}/api/hana.js`)).headers.get("content-type")).toBe("text/javascript; charset=utf-8");
});

test("a WebSocket gets its conversation as it is, then what happens to it, and nothing of others", async () => {
  const { body } = await run("/api/v1/conversations/c3/runs", "Hello");
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws/?conversation=c3`);
  const events: { type: string }[] = [];
  const came = (count: number) =>
    new Promise<void>((done) => {
      const look = () => events.length >= count && done();
      socket.on("message", look);
      look();
    });
  socket.on("message", (data) => events.push(JSON.parse(String(data)) as { type: string }));
  await came(2);
  live.tell({ type: "progress", conversationId: "other", runId: "x", text: "not for us" });
  live.tell({ type: "run", conversationId: "c3", run: body as Run });
  await came(3);
  expect(events).toEqual([
    { type: "hello", task: "t" },
    { type: "runs", runs: [body] },
    { type: "run", conversationId: "c3", run: body },
  ]);
  const closed = once(socket, "close");
  live.close();
  expect((await closed)[0]).toBe(1001);
});

test("another path is no WebSocket", async () => {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const [error] = (await once(socket, "error")) as [Error];
  expect(error.message).toBe("Unexpected server response: 404");
});
