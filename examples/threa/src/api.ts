/** What threa answers over HTTP: `/health`, `/api/…`, and the page. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Database } from "./database.ts";
import type { FanOut } from "./fan-out.ts";
import { latest, limits, post, search } from "./messages.ts";
import { page } from "./page.ts";

export interface Context {
  database: Database;
  fanOut: FanOut;
  /** What `/api/status` tells; a secret's presence, never its value. */
  status: { task: string; cache: "redis" | "none"; workosApiKey: "present" | "missing" };
}

const bodyLimitBytes = 16_384;

export async function respond(request: IncomingMessage, response: ServerResponse, { database, fanOut, status }: Context): Promise<void> {
  const url = new URL(request.url ?? "/", "http://threa");
  const json = (code: number, body: unknown) => {
    response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(body));
  };
  const count = Math.min(Math.max(Number(url.searchParams.get("limit") ?? 50) || 50, 1), 200);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /health":
      return json(200, { status: "ok" });
    case "GET /api/status":
      return json(200, status);
    case "GET /api/messages":
      return json(200, await latest(database, count));
    case "GET /api/search":
      return json(200, await search(database, url.searchParams.get("q") ?? "", count));
    case "POST /api/messages": {
      const draft = readDraft(await readBody(request));
      if ("error" in draft) return json(400, draft);
      const message = await post(database, draft.author, draft.text);
      await fanOut.publish(message);
      return json(201, message);
    }
  }
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: `${request.method} is not answered here` });
  const file = await page(url.pathname);
  if (!file) return json(404, { error: "not found" });
  response.writeHead(200, { "content-type": file.type, "cache-control": "no-cache", "content-security-policy": "default-src 'self'" });
  response.end(request.method === "HEAD" ? undefined : file.body);
}

function readDraft(body: string | undefined): { author: string; text: string } | { error: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? "");
  } catch {
    return { error: body === undefined ? "the message is too long" : "the body is not JSON" };
  }
  const { author, text } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const fits = (value: unknown, length: number): value is string =>
    typeof value === "string" && value.trim() !== "" && value.length <= length;
  if (!fits(author, limits.authorLength)) return { error: `author must be text of 1 to ${limits.authorLength} characters` };
  if (!fits(text, limits.textLength)) return { error: `text must be text of 1 to ${limits.textLength} characters` };
  return { author, text };
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
