/** A client that speaks HTTP/2: each stream is a request of its own. Targets get HTTP/1.1. */
import type { Http2Server, Http2Session, ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Answer } from "./answers.ts";
import type { Framing } from "./body-framing.ts";
import type { ClientConnection } from "./client-connection.ts";
import { beginExchange, type ClientSide, type Exchange } from "./exchange.ts";
import { type Header, headLimits, headerOf } from "./http-head.ts";
import type { Place } from "./place.ts";
import { isReplaced } from "./response-headers.ts";
import type { ClientRequest } from "./request.ts";

/** AWS: 128 requests at once on one connection. */
const maxStreams = 128;
/** Of one connection only: HTTP/2 has none of them (RFC 9113, 8.2.2). */
const notInHttp2 = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

export interface Http2Options {
  place(): Place;
  client: ClientRequest["client"];
  tls: ClientRequest["tls"];
  closed(connection: ClientConnection): void;
}

interface Session {
  options: Http2Options;
  touch(): void;
  exchanges: Set<Exchange>;
}

export interface Http2 {
  serve(socket: TLSSocket, options: Http2Options): ClientConnection;
  close(): void;
}

export function http2Service(): Http2 {
  // Loaded where the first client speaks it.
  const server: Http2Server = process.getBuiltinModule("node:http2").createServer({
    settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: headLimits.requestBytes },
    maxSessionRejectedStreams: 100,
  });
  const bySocket = new WeakMap<object, Session>();
  const bySession = new WeakMap<object, Session>();
  const sessions = new WeakMap<object, Http2Session>();
  const awaited = { socket: undefined as TLSSocket | undefined };
  server.on("session", (session) => {
    const { socket } = awaited;
    const held = socket && bySocket.get(socket);
    if (!held) return void session.destroy();
    bySession.set(session, held);
    sessions.set(socket, session);
    session.on("error", () => {});
  });
  server.on("sessionError", () => {});
  server.on("stream", (stream, _headers, flags, rawHeaders) => {
    const held = stream.session && bySession.get(stream.session);
    if (!held) return void stream.destroy();
    serveStream(stream, rawHeaders, (flags & 1) === 1, held);
  });
  return {
    serve(socket, options) {
      const { clock } = options.place();
      let lastMs = clock.nowMs();
      const bornMs = lastMs;
      const held: Session = { options, exchanges: new Set(), touch: () => (lastMs = clock.nowMs()) };
      bySocket.set(socket, held);
      awaited.socket = socket;
      server.emit("connection", socket);
      awaited.socket = undefined;
      const session = sessions.get(socket);
      const connection: ClientConnection = {
        sweep(nowMs) {
          const { idleTimeoutMs, clientKeepAliveMs } = options.place().settings;
          if (nowMs - bornMs >= clientKeepAliveMs) session?.close();
          if (nowMs - lastMs < idleTimeoutMs) return;
          for (const exchange of held.exchanges) exchange.timedOut();
          session?.close();
        },
        close: () => session?.close(),
        destroy: () => void socket.destroy(),
      };
      socket.on("error", () => {});
      socket.on("close", () => options.closed(connection));
      return connection;
    },
    close: () => void server.close(),
  };
}

function serveStream(stream: ServerHttp2Stream, raw: readonly string[], noBody: boolean, session: Session): void {
  const { options } = session;
  const here = options.place();
  const read = readHeaders(raw);
  stream.on("error", () => {});
  if (!read) return void stream.close(1);
  const { pseudo, headers } = read;
  const uri = pseudo.get(":path") ?? "";
  const mark = uri.indexOf("?");
  const request: ClientRequest = {
    method: pseudo.get(":method") ?? "",
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: mark < 0 ? "" : uri.slice(mark + 1),
    version: "HTTP/2.0",
    headers,
    host: pseudo.get(":authority") ?? headerOf(headers, "host") ?? "",
    client: options.client,
    tls: options.tls,
  };
  const length = headerOf(headers, "content-length");
  const framing: Framing = noBody
    ? { kind: "none" }
    : length !== undefined && /^[1-9]\d{0,14}$/.test(length)
      ? { kind: "length", bytes: Number(length) }
      : { kind: "chunked" };
  let exchange: Exchange | undefined;
  let over = false;
  const done = () => {
    over = true;
    if (exchange) session.exchanges.delete(exchange);
  };
  const side: ClientSide = {
    payloadOnly: true,
    answer(answer: Answer) {
      if (over) return;
      done();
      session.touch();
      if (stream.destroyed || stream.headersSent) return void stream.close(2);
      const own: Record<string, string | number | string[]> = { ":status": answer.status, server: here.manner.serverName };
      for (const [name, value] of answer.headers) own[name.toLowerCase()] = value;
      own["content-length"] = answer.body.length;
      stream.respond(own, { endStream: request.method === "HEAD" || answer.body.length === 0 });
      if (request.method !== "HEAD" && answer.body.length > 0) stream.end(answer.body);
    },
    head(head, extra) {
      session.touch();
      if (stream.destroyed) return;
      const { listener } = options.place();
      const all: Record<string, string | number | string[]> = { ":status": head.status };
      const put = (name: string, value: string) => {
        const lower = name.toLowerCase();
        if (notInHttp2.has(lower)) return;
        const before = all[lower];
        all[lower] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [String(before), value];
      };
      for (const [name, value] of head.headers) if (!isReplaced(listener, name)) put(name, value);
      for (const [name, value] of extra) put(name, value);
      for (const [name, value] of listener.responseHeaders) if (value !== "") put(name, value);
      stream.respond(all, { endStream: head.framing.kind === "none" });
    },
    data(bytes) {
      session.touch();
      return stream.destroyed || stream.write(bytes);
    },
    flush: () => {},
    end() {
      done();
      if (!stream.destroyed && !stream.writableEnded) stream.end();
    },
    cut() {
      done();
      stream.close(2);
    },
    resumeBody: () => void stream.resume(),
  };
  const started = beginExchange(here, request, framing, side);
  stream.on("close", () => {
    if (over) return;
    done();
    started.gone();
  });
  if (over) return void stream.resume();
  exchange = started;
  session.exchanges.add(started);
  if (noBody) return started.bodyEnded();
  stream.on("data", (bytes: Buffer) => {
    session.touch();
    if (started.inspects) started.inspected(bytes);
    const sent =
      framing.kind === "chunked" ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]) : bytes;
    if (!started.body(sent)) stream.pause();
  });
  stream.on("drain", () => started.drain());
  stream.on("end", () => {
    if (framing.kind === "chunked") started.body(Buffer.from("0\r\n\r\n"));
    started.bodyEnded();
  });
}

/** Pseudo headers apart; cookies, which may come in pieces, put together again (RFC 9113, 8.2.3). */
function readHeaders(raw: readonly string[]): { pseudo: Map<string, string>; headers: Header[] } | undefined {
  const pseudo = new Map<string, string>();
  const headers: Header[] = [];
  const cookies: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at]!, raw[at + 1]!];
    // Node has checked them; a line break would be another header for the target.
    if (/[\r\n\0]/.test(value)) return undefined;
    if (name.startsWith(":")) pseudo.set(name, value);
    else if (name === "cookie") cookies.push(value);
    else if (!notInHttp2.has(name)) headers.push([name, value]);
  }
  if (cookies.length > 0) headers.push(["cookie", cookies.join("; ")]);
  const path = pseudo.get(":path");
  if (path === undefined || !/^(?:\/|\*$)[\x21-\x7e\x80-\xff]*$/.test(path) || !/^[A-Za-z-]{1,64}$/.test(pseudo.get(":method") ?? ""))
    return undefined;
  return { pseudo, headers };
}
