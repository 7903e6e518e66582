/** The REST protocols' requests and answers: members in the path, the query, headers, and what is left in the body. */
import { Readable } from "node:stream";
import { MalformedContent, type Path, pathText, type Reading } from "./fault.ts";
import { jsonForm, readTree, writeTree } from "./json.ts";
import type { Member, OperationModel, Scalar, Structure } from "./model.ts";
import { scalarFromText, scalarToText } from "./scalar-text.ts";
import { readStructure, readXml, writeElement, writeMembers, type XmlStyle } from "./xml.ts";
import { parseXml } from "./xml-parse.ts";

export type RestContent = "xml" | "json";

export interface BoundRequest {
  labels: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** A stream for members that stream, else the whole body. */
  body: Readable | Buffer;
}

const isBound = ({ traits }: Member) =>
  traits.httpLabel ||
  traits.httpQuery ||
  traits.httpQueryParams ||
  traits.httpHeader ||
  traits.httpPrefixHeaders !== undefined ||
  traits.httpPayload;

/** Whether an operation takes its body as a stream. */
export const takesStream = (input: Structure): boolean =>
  [...input.members.values()].some(({ traits, shape }) => traits.httpPayload === 1 && shape.kind === "stream");

export function readBound(input: Structure, request: BoundRequest, content: RestContent, reading: Reading): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const inBody: Member[] = [];
  for (const member of input.members.values()) {
    if (!isBound(member)) {
      inBody.push(member);
      continue;
    }
    const value = member.traits.httpPayload ? readPayload(member, request.body, content, reading) : readMember(member, request);
    if (value !== undefined) result[member.name] = value;
    else if (member.required) reading.missing.push({ path: pathText({ parent: undefined, name: member.name }), name: member.name });
  }
  if (inBody.length === 0 || !Buffer.isBuffer(request.body)) return result;
  const text = request.body.toString("utf8");
  const body: Structure = {
    ...input,
    members: new Map(inBody.map((member) => [member.name, member])),
    required: inBody.filter(({ required }) => required),
  };
  if (content === "json") return { ...result, ...(readTree(body, text === "" ? {} : parseJson(text), jsonForm, reading) as object) };
  const element = text === "" ? { name: "", attributes: {}, children: [], text: "" } : parseXml(text);
  return { ...result, ...readStructure(element, inBody, reading, undefined) };
}

function readPayload(member: Member, body: Readable | Buffer, content: RestContent, reading: Reading): unknown {
  const { shape } = member;
  if (shape.kind === "stream") return body;
  if (!Buffer.isBuffer(body)) return undefined;
  if (shape.kind === "string") return body.toString("utf8");
  if (body.length === 0) return undefined;
  if (shape.kind === "blob") return body;
  const text = body.toString("utf8");
  const path: Path = { parent: undefined, name: member.name };
  if (content === "json") return readTree(shape, parseJson(text), jsonForm, reading, path);
  const element = parseXml(text);
  const name = member.traits.xmlName ?? (shape.kind === "structure" ? shape.name : member.name);
  if (element.name !== name)
    throw new MalformedContent("The XML you provided was not well-formed or did not validate against our published schema", true);
  return readXml(shape, element, reading, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedContent("The request's JSON cannot be read", true);
  }
}

function readMember({ name, traits, shape }: Member, { labels, query, headers }: BoundRequest): unknown {
  if (traits.httpLabel) return labels[name] === undefined ? undefined : scalarFromText(shape as Scalar, decoded(labels[name]));
  if (traits.httpQuery) {
    if (!query.has(traits.httpQuery)) return undefined;
    if (shape.kind === "list") return query.getAll(traits.httpQuery).map((each) => scalarFromText(shape.member.shape as Scalar, each));
    const text = query.get(traits.httpQuery)!;
    return scalarFromText(shape as Scalar, text);
  }
  if (traits.httpQueryParams) return Object.fromEntries(query);
  if (traits.httpPrefixHeaders !== undefined) {
    const prefix = traits.httpPrefixHeaders.toLowerCase();
    const found = Object.entries(headers).filter(([header]) => header.startsWith(prefix));
    return Object.fromEntries(
      found.map(([header, value]) => [header.slice(prefix.length), utf8Header(Array.isArray(value) ? value.join(", ") : value!)]),
    );
  }
  const value = headers[traits.httpHeader!.toLowerCase()];
  if (value === undefined) return undefined;
  const text = utf8Header(Array.isArray(value) ? value.join(",") : value);
  if (shape.kind !== "list") return text === "" && shape.kind !== "string" ? undefined : scalarFromText(shape as Scalar, text, "http-date");
  return headerList(text).map((each) => scalarFromText(shape.member.shape as Scalar, each, "http-date"));
}

/** Node gives header bytes one by one; clients that send others than ASCII mean UTF-8. */
function utf8Header(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[^\u0000-\u007f]/.test(text)) return text;
  const decodedText = Buffer.from(text, "latin1").toString("utf8");
  return decodedText.includes("\uFFFD") ? text : decodedText;
}

/** Comma-separated, where a member with a comma or quote in it is quoted (RFC 9110, 5.6.1). */
function headerList(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? plain!.trim() : quoted.replaceAll(/\\(.)/g, "$1")))
    .filter((each) => each !== "");
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MalformedContent("The URI is not validly encoded");
  }
}

export interface BoundAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | Readable | undefined;
}

export function writeBound(
  operation: OperationModel,
  output: Record<string, unknown>,
  content: RestContent,
  namespace: string,
  style: XmlStyle,
): BoundAnswer {
  const answer: BoundAnswer = { status: operation.http?.[2] ?? 200, headers: {}, body: undefined };
  const inBody: Member[] = [];
  for (const member of operation.output.members.values()) {
    const { name, traits, shape } = member;
    const value = output[name];
    if (traits.httpPayload) {
      if (value !== undefined && value !== null) writePayload(answer, member, value, content, namespace, style);
    } else if (traits.httpResponseCode) {
      if (typeof value === "number" && value >= 200 && value < 600) answer.status = value;
    } else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, each] of Object.entries((value ?? {}) as Record<string, string>))
        answer.headers[traits.httpPrefixHeaders + key] = headerText(each);
    } else if (traits.httpHeader) {
      if (value === undefined || value === null) continue;
      answer.headers[traits.httpHeader] =
        shape.kind === "list"
          ? Array.from(value as Iterable<unknown>, (each) =>
              headerText(scalarToText(shape.member.shape as Scalar, each, "http-date")),
            ).join(", ")
          : headerText(scalarToText(shape as Scalar, value, "http-date"));
    } else inBody.push(member);
  }
  if (inBody.length === 0) return answer;
  if (content === "json") {
    answer.headers["Content-Type"] = "application/json";
    answer.body = JSON.stringify(writeTree(operation.output, output, jsonForm));
  } else {
    answer.headers["Content-Type"] = "application/xml";
    const attributes = namespace ? ` xmlns="${namespace}"` : "";
    const inside = writeMembers(inBody, output, style);
    answer.body = document(`<${operation.outputName}${attributes}>${inside}</${operation.outputName}>`);
  }
  return answer;
}

function writePayload(answer: BoundAnswer, member: Member, value: unknown, content: RestContent, namespace: string, style: XmlStyle): void {
  const { shape } = member;
  if (shape.kind === "stream" || shape.kind === "blob" || shape.kind === "string") {
    answer.body = value instanceof Readable || Buffer.isBuffer(value) ? value : Buffer.from(value as Uint8Array);
    if (shape.kind !== "string") answer.headers["Content-Type"] ??= "application/octet-stream";
  } else if (content === "json") {
    answer.headers["Content-Type"] = "application/json";
    answer.body = JSON.stringify(writeTree(shape, value, jsonForm));
  } else {
    const name = member.traits.xmlName ?? (shape.kind === "structure" ? shape.name : member.name);
    answer.headers["Content-Type"] = "application/xml";
    answer.body = document(writeElement(name, namespace ? ` xmlns="${namespace}"` : "", shape, value, style));
  }
}

export const document = (xml: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;

// oxlint-disable-next-line no-control-regex
const breaksHeaders = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/** Node writes header text byte by byte, so UTF-8 goes in as such; what would break the header goes out as spaces. */
const headerText = (text: string): string =>
  plain.test(text) ? text : Buffer.from(text.replaceAll(breaksHeaders, " "), "utf8").toString("latin1");
const plain = /^[\u0020-\u007e]*$/;
