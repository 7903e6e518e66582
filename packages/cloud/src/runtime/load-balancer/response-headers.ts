/** The headers of a target's answer that do not reach the client as they are. */
import type { Place } from "./place.ts";

/** Whether it speaks of the connection to the target, not of the answer (RFC 9110, 7.6.1). Asked of every header: by its length first. */
export function isConnectionHeader(name: string): boolean {
  switch (name.length) {
    case 7:
      return name.toLowerCase() === "upgrade";
    case 10:
      return /^(?:connection|keep-alive)$/i.test(name);
    case 16:
      return name.toLowerCase() === "proxy-connection";
    default:
      return false;
  }
}

/** Headers of targets that the listener puts its own in place of, or leaves out. */
export function isReplaced({ responseHeaders, serverHeader }: Place["listener"], name: string): boolean {
  if (!serverHeader && name.toLowerCase() === "server") return true;
  if (responseHeaders.length === 0) return false;
  const lower = name.toLowerCase();
  return responseHeaders.some(([each]) => each === lower);
}
