/** Keeps out what a browser page of another site could send to a server on this machine: foreign names (DNS rebinding) and foreign origins. */
import type { IncomingMessage } from "node:http";
import { isAwsHost } from "../wire/virtual-host.ts";

/** The reason to refuse a request for the name it was sent to, or `undefined`. `port` is the server's own. */
export function foreignName(request: IncomingMessage, port: number): string | undefined {
  const { host } = request.headers;
  if (host !== undefined && (isOwnHost(host, port) || (isAwsHost(host) && isSignedClient(request)))) return undefined;
  return "this host name is not the embedded cloud's own; use localhost or 127.0.0.1";
}

/**
 * A program that signed for AWS's name and was sent here by its own settings, as a proxy or `curl --connect-to` does. A page cannot be
 * one: browsers say where a request comes from, or who they are.
 */
function isSignedClient({ headers, url = "" }: IncomingMessage): boolean {
  const signed = headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") === true || /[?&](?:X-Amz-)?Signature=/.test(url);
  const fromPage = headers.origin ?? headers.referer ?? headers["sec-fetch-site"] ?? headers["sec-fetch-mode"];
  return signed && fromPage === undefined && !(headers["user-agent"] ?? "").startsWith("Mozilla/");
}

/** The reason to refuse a request for the page it comes from, or `undefined`. */
export function foreignPage({ headers }: IncomingMessage, port: number): string | undefined {
  const site = headers["sec-fetch-site"];
  if (site === "cross-site") return "a page of another site may not call the embedded cloud";
  const origin = headers.origin;
  if (origin !== undefined && !isOwnOrigin(origin, port)) return "a page of another origin may not call the embedded cloud";
  return undefined;
}

/** With the own port; a client that leaves the port out can only have come by another way. */
function isOwnHost(host: string, port: number): boolean {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host);
  if (!match || Number(match[2] ?? 80) !== port) return false;
  const name = match[1]!.toLowerCase();
  return name === "127.0.0.1" || name === "localhost" || name === "[::1]" || /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.localhost$/.test(name);
}

function isOwnOrigin(origin: string, port: number): boolean {
  const match = /^https?:\/\/(.+)$/.exec(origin);
  return match !== null && isOwnHost(match[1]!, port);
}
