/** What the API answers: `/health`, `/api/v1/…` (also without `/api`), and the page at `/api/`. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Database } from "./database.ts";
import type { Files } from "./files.ts";
import { page } from "./page.ts";
import { attachmentOf, counts, find, limits, list, post, type Run } from "./runs.ts";

export interface Context {
  database: Database;
  media: Pick<Files, "get">;
  /** A run was posted. */
  posted(run: Run): void;
  /** What `/api/v1/status` tells beside the counts; a secret's presence, never its value. */
  status: { task: string; model: string; openaiApiKey: "present" | "missing"; elevenlabsApiKey: "present" | "missing" };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  context: Context;
  query: URLSearchParams;
  id: string;
}

const bodyLimitBytes = 64 * 1024;
const json = { "content-type": "application/json", "cache-control": "no-store" };

const routes: [method: string, path: RegExp, answer: (exchange: Exchange) => unknown][] = [
  ["GET", /^\/health$/, ({ response }) => answer(response, 200, { status: "ok" })],
  ["GET", /^\/v1\/status$/, getStatus],
  ["POST", /^\/v1\/conversations\/([\w-]+)\/runs$/, postRun],
  ["GET", /^\/v1\/conversations\/([\w-]+)\/runs$/, listRuns],
  ["GET", /^\/v1\/runs\/([\w-]+)$/, getRun],
  ["GET", /^\/v1\/runs\/([\w-]+)\/attachment$/, getAttachment],
  ["GET", /^\/api\/([\w.]*)$/, getPage],
];

export async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://hana");
  const path = pathname.replace(/^\/api(?=\/v1\/)/, "");
  const here = routes.filter(([, pattern]) => pattern.test(path));
  const route = here.find(([method]) => method === request.method || (method === "GET" && request.method === "HEAD"));
  if (!route) return answer(response, here.length > 0 ? 405 : 404, { error: `${request.method} ${pathname} is not answered here` });
  await route[2]({ request, response, context, query, id: route[1].exec(path)![1] ?? "" });
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, json).end(JSON.stringify(body));
}

async function getStatus({ response, context }: Exchange): Promise<void> {
  answer(response, 200, { ...context.status, runs: await counts(context.database) });
}

async function postRun({ request, response, context, id }: Exchange): Promise<void> {
  const draft = readDraft(request, await readBody(request));
  if (id.length > limits.conversationIdLength)
    return answer(response, 400, { error: `a conversation's id has at most ${limits.conversationIdLength} characters` });
  if ("error" in draft) return answer(response, draft.code, { error: draft.error });
  const { outcome, run } = await post(context.database, { conversationId: id, ...draft });
  if (outcome === "conflict")
    return answer(response, 422, { error: "the idempotency key was used before in this conversation, with another prompt" });
  if (outcome === "posted") context.posted(run);
  answer(response, outcome === "posted" ? 201 : 200, run);
}

async function listRuns({ response, context, query, id }: Exchange): Promise<void> {
  answer(response, 200, await list(context.database, id, Math.trunc(Number(query.get("after"))) || 0));
}

async function getRun({ response, context, id }: Exchange): Promise<void> {
  const run = await find(context.database, id);
  answer(response, run ? 200 : 404, run ?? { error: "there is no such run" });
}

async function getAttachment({ response, context, id }: Exchange): Promise<void> {
  const key = await attachmentOf(context.database, id);
  if (key === undefined) return answer(response, 404, { error: "there is no such attachment" });
  const { body, type, sizeBytes } = await context.media.get(key);
  response.writeHead(200, { "content-type": type, ...(sizeBytes !== undefined && { "content-length": sizeBytes }) });
  await pipeline(body, response);
}

async function getPage({ request, response, id }: Exchange): Promise<void> {
  const file = await page(id);
  if (!file) return answer(response, 404, { error: "not found" });
  response.writeHead(200, { "content-type": file.type, "cache-control": "no-cache", "content-security-policy": "default-src 'self'" });
  response.end(request.method === "HEAD" ? undefined : file.body);
}

function readDraft(
  { headers }: IncomingMessage,
  body: string | undefined,
): { key: string; prompt: string } | { code: number; error: string } {
  if (body === undefined) return { code: 413, error: `a body has at most ${bodyLimitBytes} bytes` };
  const key = headers["idempotency-key"] ?? randomUUID();
  if (typeof key !== "string" || !/^[!-~]+$/.test(key) || key.length > limits.keyLength)
    return { code: 400, error: `idempotency-key must be 1 to ${limits.keyLength} printable characters` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { code: 400, error: "the body is not JSON" };
  }
  const prompt = typeof parsed === "object" && parsed !== null && "prompt" in parsed ? parsed.prompt : undefined;
  // PostgreSQL keeps every character but this one.
  if (typeof prompt !== "string" || prompt.trim() === "" || prompt.length > limits.promptLength || prompt.includes("\0"))
    return { code: 400, error: `prompt must be text of 1 to ${limits.promptLength} characters` };
  return { key, prompt };
}

/** The body as text, or `undefined` when it is larger than it may be. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= bodyLimitBytes) chunks.push(chunk);
  }
  return sizeBytes > bodyLimitBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}
