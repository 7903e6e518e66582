/** The models: which one a key chooses, what the stand-in says, and Anthropic's stream as its API sends it. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { anthropic } from "../src/anthropic.ts";
import { chooseModel } from "../src/model-choice.ts";
import { ModelRefusal } from "../src/model.ts";
import { standIn, standInAnswer } from "../src/stand-in.ts";

let server: ReturnType<typeof createServer> | undefined;
afterEach(() => new Promise((done) => (server ? server.close(done) : done(undefined))));

test.each([
  [`sk-ant-api03-${"x".repeat(93)}AA`, "claude-sonnet-4-5"],
  ["sk-ant-api03-YOUR-KEY-HERE", "stand-in"],
  ["anything", "stand-in"],
])("the key %s is answered by %s", (key, name) => {
  expect(chooseModel(key).name).toBe(name);
});

test("the stand-in tells word by word what it answers, and each answer hangs on the one before", async () => {
  const told: string[] = [];
  const first = await standIn(async () => {}).answer([], "What is the longest word?", (text) => told.push(text));
  expect(first).toMatch(/^You said 5 words, the longest is "longest"\. Thread [0-9a-f]{16}\.$/);
  expect(told.join("")).toBe(first);
  expect(told.length).toBeGreaterThan(5);
  expect(standInAnswer("", "What is the longest word?")).toBe(first);
  expect(standInAnswer("something else", "What is the longest word?")).not.toBe(first);
});

test("the stand-in thinks as long as it is asked to", async () => {
  const pauses: number[] = [];
  await standIn(async (ms) => void pauses.push(ms)).answer([], "/wait 2000 and then answer", () => {});
  expect(pauses[0]).toBe(2000);
});

/** A server that answers so, once. */
async function api(status: number, body: string): Promise<{ endpoint: string; seen: { headers: IncomingHttpHeaders; body: unknown }[] }> {
  const seen: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    seen.push({ headers: request.headers, body: JSON.parse(text) });
    response.writeHead(status).end(body);
  });
  await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const text = (piece: string) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: piece } });

test("Anthropic is given the whole conversation, and its stream is put together", async () => {
  const { endpoint, seen } = await api(200, event("message_start", {}) + text("Good ") + text("evening") + event("message_stop", {}));
  const told: string[] = [];
  const answer = await anthropic({ key: "k", endpoint }).answer([{ prompt: "Hello", result: "Hi" }], "And now?", (piece) =>
    told.push(piece),
  );
  expect({ answer, told }).toEqual({ answer: "Good evening", told: ["Good ", "evening"] });
  expect(seen[0]).toMatchObject({
    headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
    body: {
      stream: true,
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi" },
        { role: "user", content: "And now?" },
      ],
    },
  });
});

test("what it refuses is told apart from what is worth another attempt", async () => {
  const ask = async (status: number, body: string) => {
    const { endpoint } = await api(status, body);
    const fault: unknown = await anthropic({ key: "k", endpoint })
      .answer([], "x", () => {})
      .catch((error: unknown) => error);
    await new Promise((done) => server!.close(done));
    return { message: (fault as Error).message, refusal: fault instanceof ModelRefusal };
  };
  const error = (type: string, message: string) => JSON.stringify({ type: "error", error: { type, message } });
  expect(await ask(401, error("authentication_error", "invalid x-api-key"))).toEqual({
    message: "the model answered 401: invalid x-api-key",
    refusal: true,
  });
  expect(await ask(529, error("overloaded_error", "Overloaded"))).toEqual({
    message: "the model answered 529: Overloaded",
    refusal: false,
  });
  expect(await ask(200, text("half"))).toEqual({ message: "the model's answer broke off", refusal: false });
  expect(await ask(200, text("half") + event("error", { error: { type: "overloaded_error", message: "Overloaded" } }))).toEqual({
    message: "the model broke off: Overloaded",
    refusal: false,
  });
});
