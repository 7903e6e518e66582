/**
 * The head of an HTTP/1 message: start line and header fields, read strictly. What two programs might read differently (RFC 9112,
 * section 11.2) is refused instead of mended, so that no request hides in another.
 */

export type Header = readonly [name: string, value: string];

export interface Head {
  startLine: string;
  /** In the order of arrival, names as they came. */
  headers: Header[];
}

export class MalformedMessage extends Error {
  /** What the client is answered. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const kib = 1024;
/** AWS: 16 K for the request line and each header, 64 K for all (Elastic Load Balancing, quotas). */
export const headLimits = { lineBytes: 16 * kib, headerBytes: 16 * kib, requestBytes: 64 * kib, responseBytes: 32 * kib } as const;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Control characters but tab (RFC 9110, 5.5).
// oxlint-disable-next-line no-control-regex
const badValue = /[\0-\x08\x0a-\x1f\x7f]/;

/** Where the head in `bytes` ends (after the empty line), or -1. Searches from `from`. */
export function endOfHead(bytes: Buffer, from: number): number {
  const at = bytes.indexOf("\r\n\r\n", Math.max(0, from - 3), "latin1");
  return at < 0 ? -1 : at + 4;
}

/** Reads a head without its empty line, as latin1 text. `isBadName` headers are left in: who routes them decides. */
export function parseHead(text: string, status: number): Head {
  let at = text.indexOf("\r\n");
  if (at < 0) return { startLine: text, headers: [] };
  const startLine = text.slice(0, at);
  const headers: Header[] = [];
  while (at < text.length) {
    const from = at + 2;
    let end = text.indexOf("\r\n", from);
    if (end < 0) end = text.length;
    if (end - from > headLimits.headerBytes) throw new MalformedMessage(status, "a header is too long");
    const colon = text.indexOf(":", from);
    if (colon <= from || colon >= end) throw new MalformedMessage(status, "a header has no name");
    const name = text.slice(from, colon);
    // A space before the colon, or a line that goes on: a way to smuggle.
    if (!token.test(name)) throw new MalformedMessage(status, "a header's name is not a token");
    let start = colon + 1;
    let stop = end;
    while (start < stop && isSpace(text.charCodeAt(start))) start++;
    while (stop > start && isSpace(text.charCodeAt(stop - 1))) stop--;
    const value = text.slice(start, stop);
    if (badValue.test(value)) throw new MalformedMessage(status, "a header's value has control characters");
    headers.push([name, value]);
    at = end;
  }
  return { startLine, headers };
}

const isSpace = (code: number) => code === 32 || code === 9;

/** The value of the only header of that name (in lower case); all of them joined when there are several. */
export function headerOf(headers: readonly Header[], lowerName: string): string | undefined {
  let found: string | undefined;
  for (const [name, value] of headers) {
    if (name.length !== lowerName.length || (name !== lowerName && name.toLowerCase() !== lowerName)) continue;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

/** ALB's rule of names: letters, digits and hyphens. */
export const isPlainName = (name: string) => /^[A-Za-z0-9-]+$/.test(name);
