/** Connections to targets: kept open between requests, HTTP/1.1 on them, bytes of bodies handed on as they come. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../world.ts";
import { type BodyScanner, bodyScanner, responseFraming, type Framing } from "./body-framing.ts";
import { endOfHead, type Header, headLimits, headerOf, MalformedMessage, parseHead } from "./http-head.ts";

export interface ResponseHead {
  status: number;
  reason: string;
  headers: Header[];
  framing: Framing;
}

/** Why a target gave no whole answer. */
export type UpstreamFailure = "refused" | "connect-timeout" | "closed" | "malformed";

/** Who waits for an answer. Each is called in the order of the answer; `failed` and `ended` are last. */
export interface UpstreamUser {
  method: string;
  /** Whether `data` shall be the content alone, without the frames of chunks. */
  payloadOnly: boolean;
  head(head: ResponseHead): void;
  data(bytes: Buffer): void;
  /** All that came at once has been given. */
  flush(): void;
  drain(): void;
  ended(): void;
  failed(failure: UpstreamFailure): void;
}

export interface Upstream {
  /** Whether it had served a request before: a target may just have closed it. */
  readonly reused: boolean;
  /** Answers whether more may come at once; else `drain` follows. */
  write(bytes: Buffer | string): boolean;
  pause(): void;
  resume(): void;
  /** The connection is of no more use. */
  abort(): void;
}

interface Connection {
  socket: Socket;
  lastUsedMs: number;
  serve(user: UpstreamUser): Upstream;
}

export interface UpstreamPool {
  /** Sends `head` (and what follows) to a target. `place` is its address. */
  send(place: { host: string; port: number; tls: boolean }, head: string, user: UpstreamUser): Upstream;
  /** Closes what has been idle since before. */
  sweep(idleSinceMs: number): void;
  close(): void;
}

const maxIdle = 256;
const empty: Buffer = Buffer.alloc(0);

export function upstreamPool(clock: Clock): UpstreamPool {
  const idle = new Map<string, Connection[]>();
  const all = new Set<Socket>();

  const open = (key: string, { host, port, tls }: { host: string; port: number; tls: boolean }): Connection => {
    const socket = tls ? connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }) : connect({ host, port });
    socket.setNoDelay(true);
    all.add(socket);
    let user: UpstreamUser | undefined;
    let connected = false;
    let served = 0;
    let rest = empty;
    let searched = 0;
    let scanner: BodyScanner | undefined;
    let tunnel = false;
    let reusable = false;
    let failure: UpstreamFailure = "closed";
    const connection: Connection = {
      socket,
      lastUsedMs: clock.nowMs(),
      serve(next) {
        user = next;
        const reused = served > 0;
        served++;
        const is = () => user === next;
        return {
          reused,
          write: (bytes) => (is() ? (typeof bytes === "string" ? socket.write(bytes, "latin1") : socket.write(bytes)) : true),
          pause: () => void (is() && socket.pause()),
          resume: () => void (is() && socket.resume()),
          abort() {
            if (!is()) return;
            user = undefined;
            socket.destroy();
          },
        };
      },
    };
    const finish = () => {
      const own = user!;
      user = undefined;
      scanner = undefined;
      rest = empty;
      searched = 0;
      if (socket.isPaused()) socket.resume();
      const list = idle.get(key) ?? [];
      if (reusable && list.length < maxIdle && !socket.destroyed) {
        connection.lastUsedMs = clock.nowMs();
        list.push(connection);
        idle.set(key, list);
      } else socket.destroy();
      own.ended();
    };
    const fail = (why: UpstreamFailure) => {
      const own = user;
      user = undefined;
      socket.destroy();
      own?.failed(why);
    };
    const take = (bytes: Buffer) => {
      let chunk = bytes;
      for (;;) {
        if (chunk.length === 0 || !user) return;
        if (tunnel) return user.data(chunk);
        if (scanner) {
          const count = scanner.push(chunk);
          if (!user) return;
          if (!user.payloadOnly && count > 0) user.data(count === chunk.length ? chunk : chunk.subarray(0, count));
          chunk = chunk.subarray(count);
          if (scanner.done()) {
            // More than the answer: nobody asked for it.
            if (chunk.length > 0) reusable = false;
            return finish();
          }
          continue;
        }
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        const end = endOfHead(rest, searched);
        searched = rest.length;
        if (end < 0) {
          if (rest.length > headLimits.responseBytes) throw new MalformedMessage(502, "the head is too long");
          return;
        }
        const head = readHead(rest.toString("latin1", 0, end - 4), user.method);
        chunk = rest.subarray(end);
        rest = empty;
        searched = 0;
        if (head.status < 200 && head.status !== 101) continue;
        const { headers, framing, status } = head;
        if (status === 101) tunnel = true;
        else {
          const persistent = head.version === "HTTP/1.1" && !/\bclose\b/i.test(headerOf(headers, "connection") ?? "");
          reusable = persistent && framing.kind !== "close";
          const own = user;
          scanner = bodyScanner(framing, 502, own.payloadOnly ? (payload) => own.data(payload) : undefined);
        }
        user.head(head);
        if (scanner?.done() && user) {
          if (chunk.length > 0) reusable = false;
          return finish();
        }
      }
    };
    socket.on("data", (bytes: Buffer) => {
      const own = user;
      // An answer that nobody waits for.
      if (!own) return void socket.destroy();
      try {
        take(bytes);
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        return fail("malformed");
      }
      if (user === own) own.flush();
    });
    const inTime = clock.after(connectTimeoutMs, () => {
      failure = "connect-timeout";
      socket.destroy();
    });
    socket.once(tls ? "secureConnect" : "connect", () => {
      connected = true;
      inTime();
    });
    socket.on("drain", () => user?.drain());
    socket.on("error", () => {
      if (!connected && failure === "closed") failure = "refused";
    });
    socket.on("end", () => {
      // The end of the connection is the end of such an answer.
      if (user && scanner && !scanner.done() && bodyEndsWithConnection(scanner)) finish();
      else if (user && tunnel) {
        const own = user;
        user = undefined;
        own.ended();
      }
    });
    socket.on("close", () => {
      inTime();
      all.delete(socket);
      const list = idle.get(key);
      const at = list?.indexOf(connection) ?? -1;
      if (at >= 0) list!.splice(at, 1);
      if (user) fail(failure);
    });
    return connection;
  };

  return {
    send(place, head, user) {
      const key = `${place.host}:${place.port}${place.tls ? " tls" : ""}`;
      const connection = idle.get(key)?.pop() ?? open(key, place);
      const upstream = connection.serve(user);
      upstream.write(head);
      return upstream;
    },
    sweep(idleSinceMs) {
      for (const list of idle.values()) {
        for (const { socket, lastUsedMs } of list) if (lastUsedMs < idleSinceMs) socket.destroy();
      }
    },
    close() {
      for (const socket of all) socket.destroy();
      idle.clear();
    },
  };
}

/** AWS waits ten seconds for a target to take a connection. */
const connectTimeoutMs = 10_000;

const bodyEndsWithConnection = (scanner: BodyScanner) => scanner.endless === true;

function readHead(text: string, method: string): ResponseHead & { version: string } {
  const { startLine, headers } = parseHead(text, 502);
  const match = /^(HTTP\/1\.[01]) (\d{3})(?: (.*))?$/.exec(startLine);
  if (!match) throw new MalformedMessage(502, "the status line is not one of HTTP/1");
  const status = Number(match[2]);
  return { version: match[1]!, status, reason: match[3] ?? "", headers, framing: responseFraming(status, headers, method) };
}
