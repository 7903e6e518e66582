/** An operation's typed input out of a request, whatever the protocol. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { cborForm, parseCbor } from "./cbor.ts";
import { deepest, MalformedContent, type Reading } from "./fault.ts";
import { readBound } from "./http-binding.ts";
import { jsonForm, readTree } from "./json.ts";
import type { OperationModel } from "./model.ts";
import { readQuery } from "./query.ts";
import type { Protocol } from "./services.ts";

export interface InputSource {
  request: IncomingMessage;
  protocol: Protocol;
  /** Unpacked; a stream where the operation takes one. */
  body: Buffer | Readable;
  query: URLSearchParams;
  /** Of the query protocols: the query's and the form's. */
  parameters: URLSearchParams;
  labels: Readonly<Record<string, string>>;
}

export function readInput({ input }: OperationModel, source: InputSource, reading: Reading): Record<string, unknown> {
  const { protocol, body, query, parameters, labels } = source;
  switch (protocol) {
    case "json-1.0":
    case "json-1.1":
      return readTree(input, parseJson(body as Buffer), jsonForm, reading) as Record<string, unknown>;
    case "cbor":
      return readTree(input, (body as Buffer).length === 0 ? {} : parseCbor(body as Buffer), cborForm, reading) as Record<string, unknown>;
    case "query":
    case "ec2":
      return readQuery(parameters, input, protocol, reading);
    case "rest-xml":
    case "rest-json":
      return readBound(input, { labels, query, headers: source.request.headers, body }, protocol === "rest-xml" ? "xml" : "json", reading);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** An empty body stands for an empty input, as with AWS. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    const what = error instanceof RangeError ? `nested deeper than ${deepest}` : "not valid JSON";
    throw new MalformedContent(`The request's body is ${what}`, true);
  }
}
