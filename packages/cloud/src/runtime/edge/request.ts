/** A viewer's request as behaviors, functions and origins see it, whichever version of HTTP it came by. */
import type { Readable } from "node:stream";

export type Header = readonly [name: string, value: string];

export interface ViewerRequest {
  method: string;
  /** Still percent-encoded, without the query. */
  path: string;
  /** Without the question mark; empty when there is none. */
  query: string;
  /** Names in lower case, in the order of arrival. */
  headers: Header[];
  /** In lower case, without a port. */
  host: string;
  protocol: "http" | "https";
  /** `1.0`, `1.1`, `2.0`. */
  httpVersion: string;
  client: { address: string; port: number };
  /** The body, to be read once; `undefined` when there is none. */
  body: Readable | undefined;
}

export interface EdgeAnswer {
  status: number;
  headers: Header[];
  body: Buffer | Readable | undefined;
}

/** The value of a header (its name in lower case); all of them joined when there are several. */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  let found: string | undefined;
  for (const [each, value] of headers) if (each === name) found = found === undefined ? value : `${found}, ${value}`;
  return found;
}

export const withoutHeader = (headers: readonly Header[], name: string): Header[] => headers.filter(([each]) => each !== name);

export const withHeader = (headers: readonly Header[], name: string, value: string): Header[] => [
  ...withoutHeader(headers, name),
  [name, value],
];

/** Names and values of cookies, in their order; a name may come twice. */
export function cookiesOf(headers: readonly Header[]): Header[] {
  const cookies: Header[] = [];
  for (const [name, value] of headers) {
    if (name !== "cookie") continue;
    for (const part of value.split(";")) {
      const text = part.trim();
      if (text === "") continue;
      const at = text.indexOf("=");
      cookies.push(at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]);
    }
  }
  return cookies;
}

/** Names and values of a query as they stand there, percent-encoded. */
export function queryPairs(query: string): { name: string; text: string }[] {
  if (query === "") return [];
  return query.split("&").map((text) => {
    const at = text.indexOf("=");
    return { name: decoded(at < 0 ? text : text.slice(0, at)), text };
  });
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
