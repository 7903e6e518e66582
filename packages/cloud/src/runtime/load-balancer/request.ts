/** One request as rules, actions and logs see it, whichever version of HTTP it came by. */
import { type Header, headerOf, MalformedMessage } from "./http-head.ts";

export interface ClientRequest {
  method: string;
  /** Still percent-encoded, without the query. */
  path: string;
  /** Without the question mark; empty when there is none. */
  query: string;
  /** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2.0`. */
  version: string;
  headers: Header[];
  /** As the client named the host, perhaps with a port; empty when HTTP/1.0 named none. */
  host: string;
  client: { address: string; port: number };
  tls: { version: string; cipher: string; serverName: string | undefined; certificateArn: string | undefined } | undefined;
}

const method = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
// Visible characters; those above ASCII are let through, as AWS does.
const target = /^[\x21-\x7e\x80-\xff]+$/;

/** Reads `GET /path?query HTTP/1.1` and the host. Throws MalformedMessage. */
export function readRequestLine(
  startLine: string,
  headers: readonly Header[],
): Pick<ClientRequest, "method" | "path" | "query" | "version" | "host"> {
  const first = startLine.indexOf(" ");
  const last = startLine.lastIndexOf(" ");
  const version = startLine.slice(last + 1);
  if (first <= 0 || last <= first || (version !== "HTTP/1.1" && version !== "HTTP/1.0")) {
    throw new MalformedMessage(400, "the request line is not one of HTTP/1");
  }
  const name = startLine.slice(0, first);
  let uri = startLine.slice(first + 1, last);
  if (!method.test(name) || !target.test(uri)) throw new MalformedMessage(400, "the request line is malformed");
  let host = headerOf(headers, "host");
  if (version === "HTTP/1.1" && host === undefined) throw new MalformedMessage(400, "there is no Host header");
  if (host?.includes(",")) throw new MalformedMessage(400, "there are several Host headers");
  if (uri.charCodeAt(0) !== 47 && uri !== "*") {
    // The absolute form, as to a proxy: its authority goes before the Host header (RFC 9112, 3.2.2).
    const match = /^https?:\/\/([^/?#]+)(.*)$/i.exec(uri);
    if (!match) throw new MalformedMessage(400, "the request target is not a path");
    host = match[1]!;
    uri = match[2]!.startsWith("/") ? match[2]! : `/${match[2]!}`;
  }
  const hash = uri.indexOf("#");
  if (hash >= 0) throw new MalformedMessage(400, "the request target has a fragment");
  const mark = uri.indexOf("?");
  return {
    method: name,
    version,
    host: host ?? "",
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: mark < 0 ? "" : uri.slice(mark + 1),
  };
}

/** The host's name alone, in lower case: `api.example.com`, `[::1]`. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(":");
  return (colon > host.lastIndexOf("]") ? host.slice(0, colon) : host).toLowerCase();
}

/** The value of a cookie of the client, or `undefined`. */
export function cookieOf(headers: readonly Header[], name: string): string | undefined {
  for (const [header, value] of headers) {
    if (header.length !== 6 || header.toLowerCase() !== "cookie") continue;
    for (const part of value.split(";")) {
      const at = part.indexOf("=");
      if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
    }
  }
  return undefined;
}
