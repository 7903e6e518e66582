/** A client that speaks HTTP/1: one request after another on one connection, bodies passed on byte by byte as they came. */
import type { Socket } from "node:net";
import { type Answer, reasonOf } from "./answers.ts";
import { type BodyScanner, bodyScanner, requestFraming } from "./body-framing.ts";
import type { ClientConnection } from "./client-connection.ts";
import { beginExchange, type ClientSide, type Exchange } from "./exchange.ts";
import { connectionNames } from "./forwarded-head.ts";
import { endOfHead, headLimits, headerOf, MalformedMessage, parseHead } from "./http-head.ts";
import type { Place } from "./place.ts";
import { type ClientRequest, readRequestLine } from "./request.ts";
import { isConnectionHeader, isReplaced } from "./response-headers.ts";

/** Small bodies go out in one write with their head. */
const joinedBytes = 16 * 1024;
const maxAheadBytes = 64 * 1024;
const lingerMs = 2_000;
const empty: Buffer = Buffer.alloc(0);

export interface Http1Options {
  place(): Place;
  client: ClientRequest["client"];
  tls: ClientRequest["tls"];
  closed(connection: ClientConnection): void;
}

export function serveHttp1(socket: Socket, { place, client, tls, closed }: Http1Options): ClientConnection {
  const { clock } = place();
  const bornMs = clock.nowMs();
  let lastMs = bornMs;
  let headSinceMs = bornMs;
  let rest = empty;
  let searched = 0;
  let exchange: Exchange | undefined;
  let scanner: BodyScanner | undefined;
  let keepAlive = true;
  let finishing = false;
  /** Nothing more is read: what comes is thrown away until the client has taken the last answer. */
  let lingering = false;
  let lingerSinceMs = 0;

  const write = (text: string) => socket.write(text, "latin1");

  const linger = () => {
    lingering = true;
    lingerSinceMs = clock.nowMs();
    socket.end();
  };
  const refuse = (status: number) => {
    writeAnswer(place().manner.errorAnswer(status), "GET", false);
    linger();
  };
  const writeAnswer = (answer: Answer, method: string, stays: boolean) => {
    let text = `HTTP/1.1 ${answer.status} ${reasonOf(answer.status)}\r\nServer: ${place().manner.serverName}\r\nDate: ${new Date(clock.nowMs()).toUTCString()}\r\n`;
    for (const [name, value] of answer.headers) text += `${name}: ${value}\r\n`;
    text += `Content-Length: ${answer.body.length}\r\nConnection: ${stays ? "keep-alive" : "close"}\r\n\r\n`;
    write(text);
    if (method !== "HEAD" && answer.body.length > 0) socket.write(answer.body);
  };

  /** Reads the next head, if it is whole. */
  const next = () => {
    for (;;) {
      if (exchange || lingering || rest.length === 0) return;
      // An empty line before a request is passed over (RFC 9112, 2.2).
      if (rest[0] === 13 && rest[1] === 10) {
        rest = rest.subarray(2);
        searched = 0;
        continue;
      }
      const end = endOfHead(rest, searched);
      searched = rest.length;
      const lineEnd = end < 0 || end > headLimits.lineBytes ? rest.indexOf("\r\n") : 0;
      if ((lineEnd < 0 ? rest.length : lineEnd) > headLimits.lineBytes) return refuse(414);
      if ((end < 0 ? rest.length : end) > headLimits.requestBytes) return refuse(400);
      if (end < 0) return;
      const text = rest.toString("latin1", 0, end - 4);
      rest = rest.length === end ? empty : rest.subarray(end);
      searched = 0;
      try {
        begin(text);
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        return refuse(error.status);
      }
    }
  };

  const begin = (text: string) => {
    const { startLine, headers } = parseHead(text, 400);
    const line = readRequestLine(startLine, headers);
    // HTTP/1.0 needs no Host header, targets do: it is the load balancer's own name then.
    if (line.host === "") line.host = socket.localAddress ?? "";
    const framing = requestFraming(headers, line.version);
    const here = place();
    const named = headerOf(headers, "connection");
    keepAlive =
      !finishing &&
      (line.version === "HTTP/1.1" ? named === undefined || !/\bclose\b/i.test(named) : /\bkeep-alive\b/i.test(named ?? "")) &&
      clock.nowMs() - bornMs < here.settings.clientKeepAliveMs;
    const request: ClientRequest = { ...line, headers, client, tls };
    const expects = framing.kind !== "none" && /^100-continue$/i.test(headerOf(headers, "expect") ?? "");
    let over = false;
    let pendingHead: string | undefined;
    let encodes = false;
    const old = line.version === "HTTP/1.0";

    const done = () => {
      over = true;
      const whole = scanner === undefined || scanner.done();
      exchange = undefined;
      scanner = undefined;
      lastMs = headSinceMs = clock.nowMs();
      if (!keepAlive || !whole || finishing) return linger();
      if (socket.isPaused()) socket.resume();
      // Not at once: the answer goes out first.
      if (rest.length > 0) queueMicrotask(next);
    };
    const flush = () => {
      if (pendingHead === undefined) return;
      write(pendingHead);
      pendingHead = undefined;
    };
    const side: ClientSide = {
      payloadOnly: old,
      answer(answer) {
        if (over) return;
        const whole = scanner === undefined || scanner.done();
        writeAnswer(answer, line.method, keepAlive && whole);
        done();
      },
      head(head, extra) {
        lastMs = clock.nowMs();
        const { listener } = place();
        let answered = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
        const hop = connectionNames(head.headers);
        const upgraded = head.status === 101;
        for (const [name, value] of head.headers) {
          if (isConnectionHeader(name) && !(upgraded && name.toLowerCase() === "upgrade")) continue;
          if (hop?.has(name.toLowerCase()) && !upgraded) continue;
          if (old && name.toLowerCase() === "transfer-encoding") continue;
          if (isReplaced(listener, name)) continue;
          answered += `${name}: ${value}\r\n`;
        }
        for (const [name, value] of extra) answered += `${name}: ${value}\r\n`;
        for (const [name, value] of listener.responseHeaders) if (value !== "") answered += `${name}: ${value}\r\n`;
        if (head.framing.kind === "close" && !upgraded) {
          if (old) keepAlive = false;
          else {
            encodes = true;
            answered += "Transfer-Encoding: chunked\r\n";
          }
        } else if (old && head.framing.kind === "chunked") keepAlive = false;
        pendingHead = `${answered}Connection: ${upgraded ? "upgrade" : keepAlive ? "keep-alive" : "close"}\r\n\r\n`;
        if (upgraded) {
          flush();
          scanner = undefined;
          if (rest.length > 0) {
            const early = rest;
            rest = empty;
            queueMicrotask(() => exchange?.body(early));
          }
        }
      },
      data(bytes) {
        lastMs = clock.nowMs();
        if (encodes) {
          flush();
          write(`${bytes.length.toString(16)}\r\n`);
          socket.write(bytes);
          return write("\r\n");
        }
        if (pendingHead !== undefined) {
          const head = pendingHead;
          pendingHead = undefined;
          if (bytes.length <= joinedBytes) return write(head + bytes.toString("latin1"));
          write(head);
        }
        return socket.write(bytes);
      },
      flush,
      end() {
        if (over) return;
        if (exchange?.upgraded()) {
          over = true;
          return linger();
        }
        if (encodes) {
          flush();
          write("0\r\n\r\n");
        } else flush();
        done();
      },
      cut() {
        over = true;
        socket.destroy();
      },
      resumeBody() {
        if (socket.isPaused()) socket.resume();
      },
    };
    scanner = undefined;
    const started = beginExchange(here, request, framing, side);
    if (over) {
      // Answered at once. What follows of the body is of no use.
      if (framing.kind !== "none" && !lingering) linger();
      return;
    }
    exchange = started;
    if (framing.kind === "none") return started.bodyEnded();
    scanner = bodyScanner(framing, 400, started.inspects ? (payload) => started.inspected(payload) : undefined);
    if (expects && rest.length === 0) write("HTTP/1.1 100 Continue\r\n\r\n");
    const early = rest;
    rest = empty;
    if (early.length > 0) feed(early);
  };

  const feed = (bytes: Buffer) => {
    const own = exchange!;
    const reader = scanner!;
    const count = reader.push(bytes);
    if (count > 0 && !own.body(count === bytes.length ? bytes : bytes.subarray(0, count)) && !reader.done()) socket.pause();
    if (count < bytes.length) rest = Buffer.concat([rest, bytes.subarray(count)]);
    if (reader.done() && exchange === own) own.bodyEnded();
  };

  socket.on("data", (bytes: Buffer) => {
    if (lingering) return;
    const nowMs = clock.nowMs();
    if (!exchange && rest.length === 0) headSinceMs = nowMs;
    lastMs = nowMs;
    if (exchange?.upgraded()) {
      if (!exchange.body(bytes)) socket.pause();
      return;
    }
    if (exchange && scanner && !scanner.done()) {
      try {
        feed(bytes);
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        // In the middle of a request that a target is getting: neither can tell any more where it ends.
        exchange.gone();
        exchange = undefined;
        refuse(error.status);
      }
      return;
    }
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    if (exchange) {
      // The next request came before this one's answer.
      if (rest.length > maxAheadBytes) socket.pause();
    } else next();
  });
  socket.on("drain", () => {
    lastMs = clock.nowMs();
    exchange?.drain();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    exchange?.gone();
    exchange = undefined;
    closed(connection);
  });

  const connection: ClientConnection = {
    sweep(nowMs) {
      const { idleTimeoutMs, requestTimeoutMs = Number.POSITIVE_INFINITY } = place().settings;
      if (lingering) {
        if (nowMs - lingerSinceMs >= lingerMs) socket.destroy();
      } else if (exchange) {
        if (nowMs - lastMs < idleTimeoutMs && nowMs - exchange.startedMs < requestTimeoutMs) return;
        // Whether answered now or cut, this connection is of no more use.
        keepAlive = false;
        exchange.timedOut();
      } else if (rest.length > 0) {
        // A head has to be whole within the idle timeout, however often a byte of it comes.
        if (nowMs - headSinceMs >= idleTimeoutMs) refuse(408);
      } else if (nowMs - lastMs >= idleTimeoutMs) linger();
    },
    close() {
      finishing = true;
      if (!exchange && !lingering) linger();
      else if (exchange?.upgraded()) socket.destroy();
    },
    destroy: () => void socket.destroy(),
  };
  return connection;
}
