/** Pages of a list that is in order, behind tokens that say nothing to the caller and lose nothing when members come or go in between. */
import { createHash } from "node:crypto";

export interface Page<T> {
  items: T[];
  /** Given only when there is more. */
  nextToken?: string;
}

/**
 * The page of `items` (in ascending order of `keyOf`, by code units) after `token`. A token belongs to the `query` it was
 * given for; `invalid` makes the error for any other.
 */
export function pageOf<T>(
  items: readonly T[],
  {
    size,
    token,
    keyOf,
    query,
    invalid,
  }: { size: number; token: string | undefined; keyOf: (item: T) => string; query: string; invalid: () => Error },
): Page<T> {
  let start = 0;
  if (token !== undefined) {
    const after = readToken(token, query);
    if (after === undefined) throw invalid();
    start = items.findIndex((item) => keyOf(item) > after);
    if (start < 0) start = items.length;
  }
  const page = items.slice(start, start + size);
  const more = start + size < items.length;
  return { items: page, ...(more && page.length > 0 && { nextToken: writeToken(keyOf(page.at(-1)!), query) }) };
}

/** An opaque token that carries `position` for `query`. */
export function writeToken(position: string, query: string): string {
  const body = Buffer.from(position, "utf8");
  return Buffer.concat([digest(body, query), body]).toString("base64url");
}

/** The position in a token written for `query`, or `undefined` when it is none. */
export function readToken(token: string, query: string): string | undefined {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length < 8 || bytes.toString("base64url") !== token) return undefined;
  const body = bytes.subarray(8);
  return digest(body, query).equals(bytes.subarray(0, 8)) ? body.toString("utf8") : undefined;
}

function digest(body: Uint8Array, query: string): Buffer {
  return createHash("sha256").update(query).update("\0").update(body).digest().subarray(0, 8);
}
