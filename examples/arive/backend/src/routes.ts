/** What the API answers: `/health`, and uploads. Pages of the site may call it, others not. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Database } from "./database.ts";
import type { Doorbell } from "./doorbell.ts";
import type { Files } from "./files.ts";
import { queue } from "./jobs.ts";
import { announce, find, keyOf, limits, list } from "./uploads.ts";

export interface Context {
  database: Database;
  files: Pick<Files, "uploadUrl" | "version">;
  doorbell: Pick<Doorbell, "ring">;
  env: string;
  /** The origin of the pages that may call. */
  site: string;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  context: Context;
  id: string;
}

const bodyLimitBytes = 16 * 1024;
const idPattern = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";

const routes: [method: string, path: RegExp, answer: (exchange: Exchange) => unknown][] = [
  // Nothing of the database: the load balancer asks all the time, and would keep it awake.
  ["GET", /^\/health$/, ({ response, context }) => answer(response, 200, { status: "ok", env: context.env })],
  ["POST", /^\/uploads$/, postUpload],
  ["GET", /^\/uploads$/, async ({ response, context }) => answer(response, 200, await list(context.database, 50))],
  ["POST", new RegExp(`^/uploads/${idPattern}/uploaded$`), postUploaded],
  ["GET", new RegExp(`^/uploads/${idPattern}$`), getUpload],
];

export async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://arive");
  response.setHeader("vary", "origin");
  if (request.headers.origin === context.site) response.setHeader("access-control-allow-origin", context.site);
  const here = routes.filter(([, pattern]) => pattern.test(pathname));
  if (request.method === "OPTIONS" && here.length > 0) return preflight(request, response, context);
  const route = here.find(([method]) => method === request.method);
  if (!route) return answer(response, here.length > 0 ? 405 : 404, { error: `${request.method} ${pathname} is not answered here` });
  await route[2]({ request, response, context, id: route[1].exec(pathname)![1] ?? "" });
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
}

function preflight({ headers }: IncomingMessage, response: ServerResponse, { site }: Context): void {
  if (headers.origin !== site) return answer(response, 403, { error: `pages of ${headers.origin} may not call this` });
  response.writeHead(204, {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "content-type",
    "access-control-max-age": "3000",
  });
  response.end();
}

async function postUpload({ request, response, context }: Exchange): Promise<void> {
  const draft = readDraft(await readBody(request));
  if (typeof draft === "string") return answer(response, 400, { error: draft });
  const id = randomUUID();
  await announce(context.database, { id, ...draft });
  const url = await context.files.uploadUrl(keyOf(id), draft.type, draft.sizeBytes);
  answer(response, 201, { id, method: "PUT", url, headers: { "content-type": draft.type } });
}

async function postUploaded({ response, context, id }: Exchange): Promise<void> {
  const { database, files, doorbell } = context;
  if (!(await find(database, id))) return answer(response, 404, { error: "there is no such upload" });
  if ((await files.version(keyOf(id))) === undefined) return answer(response, 409, { error: "the file is not in the bucket yet" });
  await queue(database, id);
  await doorbell.ring();
  answer(response, 202, await find(database, id));
}

async function getUpload({ response, context, id }: Exchange): Promise<void> {
  const upload = await find(context.database, id);
  // An API that was killed between queueing and ringing: whoever asks for the upload rings again.
  if (upload?.state === "queued") await context.doorbell.ring();
  answer(response, upload ? 200 : 404, upload ?? { error: "there is no such upload" });
}

/** What is wrong with it, or the draft. */
function readDraft(body: string | undefined): string | { name: string; type: string; sizeBytes: number } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? "");
  } catch {
    return `the body must be JSON of at most ${bodyLimitBytes} bytes`;
  }
  const { name, type, sizeBytes } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  if (typeof name !== "string" || name.trim() === "" || name.length > limits.nameLength || name.includes("\0"))
    return `name must be text of 1 to ${limits.nameLength} characters`;
  if (typeof type !== "string" || type.length > limits.typeLength || !/^[\w.+-]+\/[\w.+-]+$/.test(type))
    return "type must be a media type, as text/plain";
  if (!Number.isInteger(sizeBytes) || (sizeBytes as number) < 0 || (sizeBytes as number) > limits.sizeBytes)
    return `sizeBytes must be a whole number up to ${limits.sizeBytes}`;
  return { name, type, sizeBytes: sizeBytes as number };
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
