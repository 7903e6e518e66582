/** The API: repositories and commits as JSON, and the repositories themselves for git, all below `/api/`. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createGunzip } from "node:zlib";
import type { CommitCache } from "./commit-cache.ts";
import { addRepository, type Database, hasRepository, listRepositories, notePush } from "./database.ts";
import type { Exchanges } from "./exchanges.ts";
import { announcement, createRepository, exchange, type GitService, listCommits, namePattern } from "./git.ts";
import { log, reasonOf } from "./log.ts";

export interface ApiOptions {
  database: Database;
  /** The folder of the repositories. */
  folder: string;
  port: number;
  commits: CommitCache;
  exchanges: Exchanges;
}

const longestBodyBytes = 64 * 1024;
const mostCommits = 100;

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function serveApi(options: ApiOptions): void {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      if (!(error instanceof Refused)) log("ERROR", reasonOf(error), { path: request.url });
      if (response.headersSent) return void response.destroy();
      send(response, error instanceof Refused ? error.status : 500, {
        error: error instanceof Refused ? error.message : "that went wrong",
      });
    });
  });
  server.listen(options.port, () => log("INFO", `serving ${options.folder} on port ${options.port}`));
  process.once("SIGTERM", () => {
    log("INFO", "SIGTERM: finishing what is under way");
    server.close(() => {
      options.commits.end();
      void options.database.end().then(() => process.exit(0));
    });
    server.closeIdleConnections();
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ApiOptions): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://plue");
  const route = `${request.method} ${pathname}`;
  const git = /^\/api\/git\/([^/]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(pathname);
  if (git) {
    const ended = options.exchanges();
    try {
      return await serveGit(request, response, options, named(git[1]!), git[2]!, searchParams.get("service"));
    } finally {
      ended();
    }
  }
  if (route === "GET /api/health") return send(response, 200, { status: "ok" });
  if (route === "GET /api/repositories") return send(response, 200, await listRepositories(options.database));
  if (route === "POST /api/repositories") return await create(request, response, options);
  const commits = /^\/api\/repositories\/([^/]+)\/commits$/.exec(pathname);
  if (commits && request.method === "GET") {
    const name = await known(options, named(commits[1]!));
    const limit = Number(searchParams.get("limit") ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > mostCommits) throw new Refused(400, `limit is a number from 1 to ${mostCommits}`);
    return send(response, 200, await options.commits.of(name, limit, () => listCommits(options.folder, name, limit)));
  }
  throw new Refused(404, "there is nothing here");
}

async function create(request: IncomingMessage, response: ServerResponse, { database, folder }: ApiOptions): Promise<void> {
  const { name } = await readJson(request);
  if (typeof name !== "string") throw new Refused(400, "name is missing");
  named(name);
  // First the files, which may be there from an attempt that did not end: git leaves what is there as it is.
  await createRepository(folder, name);
  const isNew = await addRepository(database, name);
  send(response, isNew ? 201 : 200, { name });
}

async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { database, folder, commits }: ApiOptions,
  name: string,
  what: string,
  asked: string | null,
): Promise<void> {
  await known({ database }, name);
  const service = (what === "info/refs" ? asked : what) as GitService;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") throw new Refused(403, "git's dumb protocol is not spoken");
  if (request.method !== (what === "info/refs" ? "GET" : "POST")) throw new Refused(405, "git does not ask so");
  const header = request.headers["git-protocol"];
  const protocol = typeof header === "string" && /^[\w=:]{1,64}$/.test(header) ? header : undefined;
  const advertised = what === "info/refs";
  response.writeHead(200, {
    "content-type": `application/x-${service}-${advertised ? "advertisement" : "result"}`,
    "cache-control": "no-cache",
  });
  if (advertised && !protocol?.includes("version=2")) response.write(announcement(service));
  const body = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
  body.on("error", () => response.destroy());
  const code = await exchange({ folder, name, service, protocol, output: response, ...(!advertised && { input: body }) });
  // Before a large push git asks with an empty one whether it may.
  const isEmpty = request.headers["content-length"] === "4";
  if (code === 0 && what === "git-receive-pack" && !isEmpty) {
    await notePush(database, name);
    await commits.forget(name);
  }
  if (code !== 0) log("WARN", `git ${service} of ${name} ended with ${code}`);
  response.end();
}

function named(name: string): string {
  if (!namePattern.test(name))
    throw new Refused(400, 'a name has 1 to 63 lower-case letters, digits, "-" and "_", a letter or digit first');
  return name;
}

async function known({ database }: Pick<ApiOptions, "database">, name: string): Promise<string> {
  if (!(await hasRepository(database, name))) throw new Refused(404, `there is no repository ${name}`);
  return name;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > longestBodyBytes) throw new Refused(413, `a body has at most ${longestBodyBytes} bytes`);
    pieces.push(piece);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new Refused(400, "the body is no JSON object");
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}
