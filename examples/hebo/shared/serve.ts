/** A small JSON server: a table of routes, bodies of a bounded size, and a quiet end on SIGTERM. */
import { createServer, type IncomingMessage } from "node:http";
import type { Database } from "./database.ts";
import { log } from "./log.ts";

export interface Answer {
  status: number;
  body: unknown;
}

/** By `METHOD /path`. `body` is what JSON the request held. */
export type Routes = Readonly<
  Record<string, (request: { body: unknown; headers: IncomingMessage["headers"] }) => Promise<Answer> | Answer>
>;

const largestBodyBytes = 64 * 1024;

export function serve(name: string, database: Database, routes: Routes): void {
  const port = Number(process.env.PORT);
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(routes, request);
    const allowed = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization, content-type" };
    response.writeHead(status, { "Content-Type": "application/json", ...allowed }).end(JSON.stringify(body));
  });
  server.listen(port, process.env.HOST, () => log("INFO", `${name} listens on port ${port}`));
  process.once("SIGTERM", () => server.close(() => void database.end()));
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Answer> {
  if (request.method === "OPTIONS") return { status: 204, body: null };
  const path = (request.url ?? "/").split("?")[0];
  const route = routes[`${request.method} ${path}`];
  if (!route) return { status: 404, body: { error: `there is no ${request.method} ${path}` } };
  try {
    return await route({ body: await bodyOf(request), headers: request.headers });
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: { error: error.message } };
    log("ERROR", `${request.method} ${path}: ${String(error)}`);
    return { status: 500, body: { error: "it failed; the log says why" } };
  }
}

export class BadRequest extends Error {}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const part of request.setEncoding("utf8") as AsyncIterable<string>) {
    text += part;
    if (text.length > largestBodyBytes) throw new BadRequest("the body is too long");
  }
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest("the body is no JSON");
  }
}
