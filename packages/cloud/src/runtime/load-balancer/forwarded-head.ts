/** The head of a request as targets get it: hop-by-hop headers gone, X-Forwarded-*, the trace and what WAF adds put in. */
import type { Framing } from "./body-framing.ts";
import { type Header, headerOf, isPlainName } from "./http-head.ts";
import type { RandomSource } from "./random-source.ts";
import type { ClientRequest } from "./request.ts";
import type { ListenerSpec, LoadBalancerSettings } from "./specification.ts";

/** Of one connection only (RFC 9110, 7.6.1), or written anew here. */
const dropped = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "upgrade",
  "expect",
  "te",
  "http2-settings",
  "transfer-encoding",
  "content-length",
  "host",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-amzn-trace-id",
]);

export interface Forwarding {
  request: ClientRequest;
  /** The path and query that the target gets. */
  uri: string;
  host: string;
  framing: Framing;
  upgrade: string | undefined;
  traceId: string;
  insertHeaders: readonly Header[];
}

export function forwardedHead(
  { request, uri, host, framing, upgrade, traceId, insertHeaders }: Forwarding,
  listener: ListenerSpec,
  settings: LoadBalancerSettings,
): string {
  const { client, headers } = request;
  let text = `${request.method} ${uri} HTTP/1.1\r\n`;
  const forwarded = forwardedFor(headers, client, settings);
  if (forwarded !== undefined) text += `X-Forwarded-For: ${forwarded}\r\n`;
  text += `X-Forwarded-Proto: ${listener.protocol === "HTTPS" ? "https" : "http"}\r\nX-Forwarded-Port: ${listener.port}\r\n`;
  if (host !== "") text += `Host: ${host}\r\n`;
  text += `X-Amzn-Trace-Id: ${traceId}\r\n`;
  if (settings.tlsHeaders && request.tls) {
    text += `${listener.tlsVersionHeader}: ${request.tls.version}\r\n${listener.tlsCipherHeader}: ${request.tls.cipher}\r\n`;
  }
  const named = connectionNames(headers);
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (dropped.has(lower) || named?.has(lower)) continue;
    if (settings.dropInvalidHeaders && !isPlainName(name)) continue;
    text += `${name}: ${value}\r\n`;
  }
  for (const [name, value] of insertHeaders) text += `${name}: ${value}\r\n`;
  if (framing.kind === "length") text += `Content-Length: ${framing.bytes}\r\n`;
  else if (framing.kind === "chunked") text += "Transfer-Encoding: chunked\r\n";
  else if (headerOf(headers, "content-length") !== undefined) text += "Content-Length: 0\r\n";
  return `${text}${upgrade === undefined ? "" : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`}\r\n`;
}

/** What the client's Connection header names besides the usual: of this connection only. */
export function connectionNames(headers: readonly Header[]): Set<string> | undefined {
  const value = headerOf(headers, "connection");
  if (value === undefined || value === "keep-alive" || value === "close") return undefined;
  return new Set(value.split(",").map((name) => name.trim().toLowerCase()));
}

function forwardedFor(
  headers: readonly Header[],
  client: ClientRequest["client"],
  { forwardedFor: mode, forwardedClientPort }: LoadBalancerSettings,
): string | undefined {
  if (mode === "remove") return undefined;
  const before = headerOf(headers, "x-forwarded-for");
  if (mode === "preserve") return before;
  const own = forwardedClientPort
    ? `${client.address.includes(":") ? `[${client.address}]` : client.address}:${client.port}`
    : client.address;
  return before === undefined || before === "" ? own : `${before}, ${own}`;
}

/** Targets are told the listener's port where it is not the customary one, unless the header is preserved. */
export function forwardedHost(host: string, { protocol, port }: ListenerSpec, { preserveHost }: LoadBalancerSettings): string {
  if (preserveHost || host === "" || /:\d+$/.test(host)) return host;
  return port === (protocol === "HTTPS" ? 443 : 80) ? host : `${host}:${port}`;
}

/** `Root=1-{8 digits of the time}-{24}`; of one that came, `Self=…` goes before its root (AWS, "Request tracing"). */
export function traceIdFor(headers: readonly Header[], nowMs: number, random: RandomSource): string {
  const fresh = `1-${Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0")}-${random.hex(24)}`;
  const given = headerOf(headers, "x-amzn-trace-id");
  if (given === undefined) return `Root=${fresh}`;
  const kept = given
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !part.startsWith("Self="));
  return kept.some((part) => part.startsWith("Root=")) ? `Self=${fresh};${kept.join(";")}` : [`Root=${fresh}`, ...kept].join(";");
}
