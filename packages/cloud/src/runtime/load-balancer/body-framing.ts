/** How the body of an HTTP/1 message ends, and a scanner that finds that end while the bytes go by untouched. */
import { type Header, headerOf, MalformedMessage } from "./http-head.ts";

export type Framing = { kind: "none" } | { kind: "length"; bytes: number } | { kind: "chunked" } | { kind: "close" };

const none: Framing = { kind: "none" };
const chunked: Framing = { kind: "chunked" };

/** RFC 9112, 6.3, for requests; both lengths at once, or two that differ, are refused. */
export function requestFraming(headers: readonly Header[], version: string): Framing {
  const coding = headerOf(headers, "transfer-encoding");
  const length = headerOf(headers, "content-length");
  if (coding !== undefined) {
    if (length !== undefined) throw new MalformedMessage(400, "both Content-Length and Transfer-Encoding");
    if (version === "HTTP/1.0") throw new MalformedMessage(400, "Transfer-Encoding in HTTP/1.0");
    if (coding.toLowerCase() !== "chunked") throw new MalformedMessage(501, "an unknown Transfer-Encoding");
    return chunked;
  }
  return length === undefined ? none : lengthOf(length, 400);
}

/** RFC 9112, 6.3, for responses to `method`. */
export function responseFraming(status: number, headers: readonly Header[], method: string): Framing {
  if (method === "HEAD" || status === 204 || status === 304 || status < 200) return none;
  const coding = headerOf(headers, "transfer-encoding");
  if (coding !== undefined) {
    if (headerOf(headers, "content-length") !== undefined) throw new MalformedMessage(502, "both Content-Length and Transfer-Encoding");
    if (coding.toLowerCase() !== "chunked") throw new MalformedMessage(502, "an unknown Transfer-Encoding");
    return chunked;
  }
  const length = headerOf(headers, "content-length");
  return length === undefined ? { kind: "close" } : lengthOf(length, 502);
}

function lengthOf(text: string, status: number): Framing {
  let value = text;
  if (text.includes(",")) {
    const all = text.split(",").map((each) => each.trim());
    if (all.some((each) => each !== all[0])) throw new MalformedMessage(status, "several Content-Length headers that differ");
    value = all[0]!;
  }
  if (!/^\d{1,15}$/.test(value)) throw new MalformedMessage(status, "Content-Length is not a number");
  const bytes = Number(value);
  return bytes === 0 ? none : { kind: "length", bytes };
}

export interface BodyScanner {
  /** Takes the next bytes; answers how many of them belong to the body. `done` tells whether it ended there. */
  push(bytes: Buffer): number;
  done(): boolean;
  /** It ends with the connection alone. */
  readonly endless?: boolean;
}

/** `payload` is given the content alone, without the chunks' frames. Throws MalformedMessage with `status`. */
export function bodyScanner(framing: Framing, status: number, payload?: (bytes: Buffer) => void): BodyScanner {
  if (framing.kind === "chunked") return chunkScanner(status, payload);
  let left = framing.kind === "length" ? framing.bytes : framing.kind === "none" ? 0 : Number.POSITIVE_INFINITY;
  return {
    endless: framing.kind === "close",
    push(bytes) {
      const taken = Math.min(left, bytes.length);
      left -= taken;
      if (payload && taken > 0) payload(taken === bytes.length ? bytes : bytes.subarray(0, taken));
      return taken;
    },
    done: () => left === 0,
  };
}

const maxLineBytes = 4096;

function chunkScanner(status: number, payload: ((bytes: Buffer) => void) | undefined): BodyScanner {
  let state: "size" | "data" | "data-end" | "trailer" | "done" = "size";
  let line = "";
  let left = 0;
  const fail = (why: string): never => {
    throw new MalformedMessage(status, why);
  };
  return {
    done: () => state === "done",
    push(bytes) {
      let at = 0;
      while (at < bytes.length && state !== "done") {
        if (state === "data") {
          const taken = Math.min(left, bytes.length - at);
          if (payload) payload(bytes.subarray(at, at + taken));
          left -= taken;
          at += taken;
          if (left === 0) state = "data-end";
          continue;
        }
        const end = bytes.indexOf(10, at);
        const part = bytes.toString("latin1", at, end < 0 ? bytes.length : end + 1);
        line += part;
        at += part.length;
        if (line.length > maxLineBytes) fail("a chunk's line is too long");
        if (end < 0) continue;
        if (!line.endsWith("\r\n")) fail("a chunk's line does not end with CRLF");
        const text = line.slice(0, -2);
        line = "";
        if (state === "data-end") {
          if (text !== "") fail("a chunk is longer than it says");
          state = "size";
        } else if (state === "trailer") {
          if (text === "") state = "done";
        } else {
          const match = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;.*)?$/.exec(text);
          if (!match) fail("a chunk has no size");
          left = Number.parseInt(match![1]!, 16);
          state = left === 0 ? "trailer" : "data";
        }
      }
      return at;
    },
  };
}
