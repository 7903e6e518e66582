/** A client's wish to leave HTTP for another protocol on the same connection (RFC 9110, 7.8): WebSockets. */
import type { Framing } from "./body-framing.ts";
import { headerOf } from "./http-head.ts";
import type { ClientRequest } from "./request.ts";

/** The protocol that the client asks for, where the load balancer lets the target decide. */
export function upgradeOf({ version, headers }: ClientRequest, framing: Framing): string | undefined {
  if (version !== "HTTP/1.1" || framing.kind !== "none") return undefined;
  const wanted = headerOf(headers, "upgrade");
  if (wanted === undefined || !/\bupgrade\b/i.test(headerOf(headers, "connection") ?? "")) return undefined;
  // HTTP/2 in the clear is not offered.
  return /\bh2c\b/i.test(wanted) ? undefined : wanted;
}
