/** The cloud's HTTP server, on 127.0.0.1 only: AWS's API, the services' own routes below `/_plinth/`, and the account's reset. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ServiceId } from "../aws.ts";
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";
import { createServer } from "../plain-http.ts";
import { errorAnswer } from "../wire/error-answer.ts";
import { handleAws } from "../wire/handle.ts";
import { callsInFlight } from "./calls.ts";
import { foreignName, foreignPage } from "./gate.ts";
import { version } from "./version.ts";

export interface ServerOptions {
  cloud: Cloud;
  /** Whether `POST /moto-api/reset` empties the account. Default: no. */
  accountReset?: boolean;
  /** Told of errors that are the cloud's own fault. Default: standard error. */
  report?: (error: unknown, where: string) => void;
}

export interface CloudServer {
  readonly port: number;
  /** Ends what is in flight and stops listening. */
  close(): Promise<void>;
  /** Takes the port; throws as Node does (`EADDRINUSE`). Port 0 is the system's choice. Calls wait until `open`. */
  listen(port: number): Promise<number>;
  /** Begins to answer: the services have started. */
  open(): void;
}

/** A client has this long to send its headers, and may be silent this long between requests. */
const headersTimeoutMs = 20_000;
const keepAliveTimeoutMs = 65_000;
/** Between two pieces of a body, or of an answer that the client is slow to read. */
const silenceMs = 300_000;
/** S3's user metadata is up to 2 KB, presigned URLs with session tokens up to 4 KB; AWS takes 16 KB in all. */
const longestHeadersBytes = 32 * 1024;

export function cloudServer({ cloud, accountReset = false, report = reportToStandardError }: ServerOptions): CloudServer {
  const calls = callsInFlight();
  const at = (kind: "routes" | "roots" | "upgrades") =>
    new Map(Object.entries(cloud.services).flatMap(([id, entry]) => (entry[kind] ?? []).map((name) => [name, id as ServiceId] as const)));
  const [routes, roots, upgrades] = [at("routes"), at("roots"), at("upgrades")];
  /** Connections that were handed over: the server no longer knows them. */
  const upgraded = new Set<Duplex>();
  let port = 0;
  const opened = Promise.withResolvers<void>();
  let isOpen = false;

  const server = createServer(
    {
      maxHeaderSize: longestHeadersBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      noDelay: true,
      // Java's clients ask for h2c in passing: they are answered as if they had not.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        report(error, request.url ?? "");
        if (!response.headersSent) answerJson(response, 500, { message: "internal failure" });
        else response.destroy();
      });
    },
  );
  server.setTimeout(silenceMs);
  server.on("clientError", refuseBrokenRequest);
  server.on("upgrade", (request, socket: Duplex, head) => {
    socket.on("error", () => socket.destroy());
    const name = plinthName(request.url);
    const service = upgrades.get(name);
    if ((foreignName(request, port) ?? foreignPage(request, port)) !== undefined || !service || !isOpen) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    (socket as Socket).setTimeout?.(0);
    cloud.activate(service).then(
      ({ upgrades: served }) => served![name]!(request, socket, head, cloud),
      (error: unknown) => {
        report(error, request.url ?? "");
        socket.destroy();
      },
    );
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wrongName = foreignName(request, port);
    if (wrongName !== undefined) return refuse(response, wrongName);
    if (!isOpen) await opened.promise;
    const url = request.url ?? "/";
    const ownRoute = url.startsWith("/_plinth/") || url === "/moto-api/reset";
    if (request.method === "OPTIONS" && !ownRoute) return servePreflight(request, response);
    const wrongPage = foreignPage(request, port);
    if (request.headers.origin !== undefined && !ownRoute) {
      // A bucket's rules may let a page in that is none of the cloud's own.
      const headers = cloud.active("s3")?.pages?.admit(request, cloud);
      if (wrongPage !== undefined && !headers) return refuse(response, wrongPage);
      for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    } else if (wrongPage !== undefined) return refuse(response, wrongPage);
    if (url.startsWith("/_plinth/")) return servePlinth(request, response, url);
    if (url === "/moto-api/reset" && request.method === "POST") return serveReset(request, response);

    const beginning = calls.begin();
    const call = beginning instanceof Promise ? await beginning : beginning;
    response.on("close", () => {
      if (!response.writableFinished) call.abort(hungUp());
    });
    try {
      const root = isSigned(request) ? undefined : roots.get(rootName(url));
      if (root) await (await cloud.activate(root)).roots![rootName(url)]!(request, response, cloud);
      else await handleAws(request, response, cloud, { call, report });
    } finally {
      call.done();
    }
  }

  /** What a browser asks before a page's own request: only S3's buckets have rules that can say yes. */
  async function servePreflight(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Its end, so that what follows it on the connection and is no request is found before the answer.
    for await (const _ of request);
    try {
      const { pages } = await cloud.activate("s3");
      response.writeHead(200, { ...pages?.preflight(request, cloud), "Content-Length": "0" });
      response.end();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { status, headers, body } = errorAnswer(error, "rest-xml", undefined, undefined, cloud.world.random.uuid());
      response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
      response.end(body);
    }
  }

  async function servePlinth(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
    const name = plinthName(url);
    if (name === "health" && request.method === "GET")
      return answerJson(response, 200, { status: "running", version, account: cloud.account });
    const route = routes.get(name);
    if (!route) return answerJson(response, 404, { message: `there is nothing at ${url.split("?")[0]}` });
    await (
      await cloud.activate(route)
    ).routes![name]!(request, response, cloud);
  }

  async function serveReset(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (!accountReset) return answerJson(response, 404, { message: "the embedded cloud was started without --account-reset" });
    await calls.alone(new AwsError("ServiceUnavailable", "The account is being reset.", 503), () => cloud.reset());
    answerJson(response, 200, { status: "ok" });
  }

  return {
    get port() {
      return port;
    },
    async listen(wanted) {
      await new Promise<void>((done, fail) => {
        server.once("error", fail);
        server.listen({ host: "127.0.0.1", port: wanted, exclusive: true }, () => {
          server.removeListener("error", fail);
          done();
        });
      });
      port = (server.address() as AddressInfo).port;
      return port;
    },
    open() {
      isOpen = true;
      opened.resolve();
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((done) => server.close(() => done()));
      await calls.end(new AwsError("ServiceUnavailable", "The embedded cloud is stopping.", 503));
      closeConnections(server);
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

const isSigned = ({ headers, url = "" }: IncomingMessage) =>
  headers.authorization?.startsWith("AWS") === true || /[?&](?:X-Amz-)?Signature=/.test(url);

/** A path's first segment, or what a link at the top asks for: `?Unsubscribe` of `/?Action=Unsubscribe&…`. */
const rootName = (url: string) => /^\/\?Action=\w+/.exec(url)?.[0].replace("/?Action=", "?") ?? /^\/([\w-]+)(?:\/|$)/.exec(url)?.[1] ?? "";

const plinthName = (url: string | undefined) => /^\/_plinth\/([\w-]+)/.exec(url ?? "")?.[1] ?? "";

function closeConnections(server: Server): void {
  server.closeIdleConnections();
  // What is still being answered now had its time.
  server.closeAllConnections();
}

/** What Node's parser refuses never becomes a request; the client still gets an answer that it can read. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const [status, code, message] = tooLarge
    ? [
        "431 Request Header Fields Too Large",
        "RequestHeaderSectionTooLarge",
        "Your request header section exceeds the maximum allowed size.",
      ]
    : late
      ? [
          "408 Request Timeout",
          "RequestTimeout",
          "Your socket connection to the server was not read from or written to within the timeout period.",
        ]
      : ["400 Bad Request", "BadRequest", "The request could not be understood."];
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function refuse(response: ServerResponse, message: string): void {
  response.setHeader("Connection", "close");
  answerJson(response, 403, { message });
}

const hungUp = () => new AwsError("RequestAborted", "The caller closed the connection.", 499);

function answerJson(response: ServerResponse, status: number, content: object): void {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}

function reportToStandardError(error: unknown, where: string): void {
  console.error(`${where} failed:`, error instanceof Error ? (error.stack ?? error.message) : error);
}
