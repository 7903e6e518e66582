/** A distribution as it runs: its ports, its cache, and what it is told anew whenever its specification changes. */
import type { IncomingMessage } from "node:http";
import { type Duplex, pipeline, Readable } from "node:stream";
import type { Clock } from "../../world.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { RandomSource } from "../load-balancer/random-source.ts";
import { behaviorFor } from "./behaviors.ts";
import { edgeCache } from "./cache.ts";
import { customOrigins } from "./custom-origin.ts";
import { answersTo, exchange, newRequestId } from "./exchange.ts";
import { type AnyRequest, type AnyResponse, type Certificate, type EdgeListener, startEdgeListener } from "./listener.ts";
import { type AskOrigin, type FindHost, OriginFailure } from "./origin.ts";
import { ownAnswer } from "./own-answers.ts";
import type { Place, RequestRecord, Traffic } from "./place.ts";
import { type EdgeAnswer, type Header, headerOf, type ViewerRequest } from "./request.ts";
import { originHead } from "./selection.ts";
import type { EdgeSpec } from "./specification.ts";

export interface EdgeOptions {
  clock: Clock;
  random: RandomSource;
  find: FindHost;
  /** PEM of what origins' certificates are checked by. */
  authority(): Promise<string>;
  bucket: AskOrigin;
  firewall(): Firewall | undefined;
  traffic: Traffic;
}

export interface Edge {
  update(spec: EdgeSpec): void;
  invalidate(patterns: readonly string[]): void;
  /** Nothing listens any more; what was under way is cut off. */
  stop(): Promise<void>;
}

const requestIdHeader = "x-amz-cf-id";

export async function startEdge(options: EdgeOptions, first: EdgeSpec, own: Certificate): Promise<Edge> {
  let spec = first;
  const cache = edgeCache();
  const fetching = new Map<string, Promise<void>>();
  const custom = customOrigins(options);
  const ending = new AbortController();
  const placeNow = (): Place => ({ ...options, spec, cache, fetching, custom });

  const serve = async (incoming: AnyRequest, response: AnyResponse, protocol: "http" | "https"): Promise<void> => {
    const place = placeNow();
    const request = readRequest(incoming, protocol);
    const record: RequestRecord = {
      request,
      requestId: "",
      startedMs: place.clock.nowMs(),
      finishedMs: 0,
      status: 0,
      resultType: "Error",
      receivedBytes: 0,
      sentBytes: 0,
      contentType: undefined,
      contentLength: undefined,
    };
    const length = headerOf(request.headers, "content-length");
    const bodyBytes = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
    record.receivedBytes = bodyBytes ?? 0;
    const gone = new AbortController();
    response.once("close", () => {
      gone.abort();
      record.finishedMs = place.clock.nowMs();
      place.traffic.finished(record);
    });
    let answer: EdgeAnswer;
    try {
      const exchanged = await exchange(place, request, bodyBytes, AbortSignal.any([gone.signal, ending.signal]));
      ({ answer } = exchanged);
      record.requestId = exchanged.requestId;
      record.resultType = exchanged.resultType;
    } catch (error) {
      if (gone.signal.aborted || ending.signal.aborted) return void response.destroy();
      console.error("cloudfront: a request failed:", error);
      answer = ownAnswer(500, newRequestId(place));
    }
    record.status = answer.status;
    record.contentType = headerOf(answer.headers, "content-type");
    const told = headerOf(answer.headers, "content-length");
    record.contentLength = told === undefined ? undefined : Number(told);
    write(response, answer, request.method, (bytes) => (record.sentBytes += bytes));
    // What the origin did not want of the body is of no use.
    if (!incoming.readableEnded && incoming.httpVersionMajor === 1) incoming.resume();
  };

  const upgrade = async (incoming: IncomingMessage, socket: Duplex, early: Buffer, protocol: "http" | "https"): Promise<void> => {
    const place = placeNow();
    const request = readRequest(incoming, protocol);
    const requestId = newRequestId(place);
    socket.on("error", () => {});
    const refuse = ({ status, headers, body }: EdgeAnswer) => {
      socket.end(`${head(status, [...headers, ["connection", "close"]])}${Buffer.isBuffer(body) ? body.toString() : ""}`);
    };
    const behavior = behaviorFor(spec, request.path);
    const origin = spec.origins.find(({ id }) => id === behavior.targetId);
    if (!answersTo(spec, request.host) || !behavior.methods.includes("GET") || origin?.kind.type !== "custom")
      return refuse(ownAnswer(403, requestId));
    try {
      const asked = originHead(request, behavior, origin, { domainName: spec.domainName, requestId });
      const answered = await custom.upgrade(
        { ...asked, origin, edge: spec, method: "GET", body: undefined, bodyBytes: undefined, viewer: request, signal: ending.signal },
        incoming.headers.upgrade!,
      );
      if (!answered.socket) {
        if (answered.body instanceof Readable) answered.body.resume();
        return refuse(ownAnswer(answered.status, requestId));
      }
      socket.write(head(101, [...answered.headers, ["connection", "upgrade"], [requestIdHeader, requestId]]));
      if (answered.early && answered.early.length > 0) socket.write(answered.early);
      if (early.length > 0) answered.socket.write(early);
      pipeline(socket, answered.socket, () => {});
      pipeline(answered.socket, socket, () => {});
    } catch (error) {
      if (!(error instanceof OriginFailure)) throw error;
      refuse(ownAnswer(error.status, requestId, error.message));
    }
  };

  const listener: EdgeListener = await startEdgeListener(first, own, {
    serve: (...given) => void serve(...given),
    upgrade: (...given) => void upgrade(...given).catch((error: unknown) => console.error("cloudfront: an upgrade failed:", error)),
  });
  return {
    update(next) {
      spec = next;
      listener.renew(next);
    },
    invalidate: (patterns) => cache.invalidate(patterns),
    async stop() {
      ending.abort();
      await listener.close();
      custom.close();
      cache.clear();
    },
  };
}

function readRequest(incoming: AnyRequest, protocol: "http" | "https"): ViewerRequest {
  const uri = incoming.url ?? "/";
  const mark = uri.indexOf("?");
  const headers: Header[] = [];
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at]!.toLowerCase();
    if (!name.startsWith(":")) headers.push([name, incoming.rawHeaders[at + 1]!]);
  }
  const authority = incoming.headers[":authority"];
  const named = (typeof authority === "string" ? authority : undefined) ?? incoming.headers.host ?? "";
  if (headerOf(headers, "host") === undefined) headers.push(["host", named]);
  const hasBody =
    incoming.headers["content-length"] !== undefined
      ? incoming.headers["content-length"] !== "0"
      : incoming.headers["transfer-encoding"] !== undefined || isOpen(incoming);
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: mark < 0 ? "" : uri.slice(mark + 1),
    headers,
    host: named.replace(/:\d+$/, "").toLowerCase(),
    protocol,
    httpVersion: incoming.httpVersion,
    client: { address: (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""), port: incoming.socket.remotePort ?? 0 },
    body: hasBody ? incoming : undefined,
  };
}

/** HTTP/2 needs no header to say that a body follows. */
const isOpen = (incoming: AnyRequest) => incoming.httpVersionMajor === 2 && "stream" in incoming && !incoming.stream.endAfterHeaders;

function write(response: AnyResponse, { status, headers, body }: EdgeAnswer, method: string, sent: (bytes: number) => void): void {
  const grouped: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = grouped[name];
    grouped[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  // Without a content of its own nothing is said of its length, but where a HEAD asks for it.
  if (status === 204 || status === 304) delete grouped["content-length"];
  const target = response as unknown as Duplex & { writeHead(status: number, headers: Record<string, string | string[]>): void };
  target.writeHead(status, grouped);
  if (method === "HEAD" || status === 204 || status === 304 || body === undefined) {
    if (body instanceof Readable) body.resume();
    return void target.end();
  }
  if (Buffer.isBuffer(body)) {
    sent(body.length);
    return void target.end(body);
  }
  body.on("data", (chunk: Buffer) => sent(chunk.length));
  body.pause();
  // An answer that breaks off in the middle must not look whole.
  pipeline(body, target, () => {});
}

const reasons: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  403: "Forbidden",
  502: "Bad Gateway",
  504: "Gateway Timeout",
};

const head = (status: number, headers: readonly Header[]) =>
  `HTTP/1.1 ${status} ${reasons[status] ?? ""}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
