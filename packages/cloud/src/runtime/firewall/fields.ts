/** The parts of requests that statements look at, after their text transformations. */
import type { FieldToMatch, TextTransformation } from "@aws-sdk/client-wafv2";
import { urlDecode } from "./decoders.ts";
import { bodyOf, bodyPieces, cookies, type FieldValues, headerValue, type Inspection, queryArguments } from "./inspection.ts";
import { walkJson } from "./json-walk.ts";
import { composed } from "./transformations.ts";

export interface Field {
  read(inspection: Inspection): FieldValues;
  /** As logs name it. */
  readonly location: string;
}

/** The fields of a program. The same field with the same transformations is one, read once for each request. */
export interface FieldTable {
  readonly byKey: Map<string, Field>;
  readsBodies: boolean;
}

/** Headers and cookies: so many, and so many bytes of them, are inspected. */
const mostHeaders = 200;
const headerLimitBytes = 8192;

/**
 * `pieces`: for statements that look for code, a body of JSON or of a form is the values in it, so that each is read as what an
 * application puts into a query or a page.
 */
export function compileField(
  table: FieldTable,
  field: FieldToMatch,
  given: readonly TextTransformation[] | undefined,
  pieces = false,
): Field {
  const asPieces = pieces && field.Body !== undefined;
  const key = JSON.stringify([field, given?.map(({ Priority, Type }) => [Priority, Type]), asPieces]);
  const known = table.byKey.get(key);
  if (known) return known;
  if (field.Body || field.JsonBody) table.readsBodies = true;
  const { values, location } = asPieces ? { values: oversized(field.Body?.OversizeHandling, bodyPieces), location: "BODY" } : reader(field);
  const transform = composed(given);
  const slot = table.byKey.size;
  const compiled: Field = {
    location,
    read(inspection) {
      const before = inspection.fields[slot];
      if (before) return before;
      const found = values(inspection);
      return (inspection.fields[slot] = transform && found.texts.length > 0 ? { ...found, texts: found.texts.map(transform) } : found);
    },
  };
  table.byKey.set(key, compiled);
  return compiled;
}

type Reader = (inspection: Inspection) => FieldValues;

const nothing: FieldValues = { texts: [] };
const one = (text: string | undefined): FieldValues => (text === undefined ? nothing : { texts: [text] });

function reader(field: FieldToMatch): { values: Reader; location: string } {
  if (field.SingleHeader) {
    const name = field.SingleHeader.Name!.toLowerCase();
    return { values: (inspection) => one(headerValue(inspection, name)), location: "HEADER" };
  }
  if (field.SingleQueryArgument) {
    const name = field.SingleQueryArgument.Name!.toLowerCase();
    const isIt = ([given]: readonly [string, string]) => urlDecode(given).toLowerCase() === name;
    return {
      values: (inspection) => ({
        texts: queryArguments(inspection)
          .filter(isIt)
          .map(([, value]) => value),
      }),
      location: "SINGLE_QUERY_ARG",
    };
  }
  // An argument without a value is inspected by its name; so is every name.
  if (field.AllQueryArguments) {
    return {
      values: (inspection) => ({ texts: queryArguments(inspection).flatMap(([name, value]) => (value === "" ? [name] : [value, name])) }),
      location: "ALL_QUERY_ARGS",
    };
  }
  if (field.UriPath) return { values: ({ request }) => ({ texts: [request.path] }), location: "URI" };
  if (field.QueryString) return { values: ({ request }) => ({ texts: [request.query] }), location: "QUERY_STRING" };
  if (field.Method) return { values: ({ request }) => ({ texts: [request.method] }), location: "METHOD" };
  if (field.Body) return { values: oversized(field.Body.OversizeHandling, (inspection) => [bodyOf(inspection)]), location: "BODY" };
  if (field.JsonBody) return { values: jsonBody(field.JsonBody), location: "BODY" };
  if (field.Headers) {
    const { MatchPattern, MatchScope, OversizeHandling } = field.Headers;
    const pick = picked(MatchPattern?.IncludedHeaders, MatchPattern?.ExcludedHeaders);
    return { values: named(({ request }) => request.headers, pick, MatchScope, OversizeHandling), location: "HEADER" };
  }
  if (field.Cookies) {
    const { MatchPattern, MatchScope, OversizeHandling } = field.Cookies;
    const pick = picked(MatchPattern?.IncludedCookies, MatchPattern?.ExcludedCookies);
    return { values: named(cookies, pick, MatchScope, OversizeHandling), location: "COOKIE" };
  }
  if (field.HeaderOrder) {
    const handling = field.HeaderOrder.OversizeHandling;
    return {
      values: ({ request: { headers } }) => {
        const text = headers
          .slice(0, mostHeaders)
          .map(([name]) => name.toLowerCase())
          .join(":");
        return { texts: [text], ...(headers.length > mostHeaders && decision(handling)) };
      },
      location: "HEADER_ORDER",
    };
  }
  throw new Error("a field that is not served was not refused");
}

const decision = (handling: string | undefined) =>
  handling === "MATCH" ? { decided: true } : handling === "NO_MATCH" ? { decided: false } : {};

function oversized(handling: string | undefined, read: (inspection: Inspection) => readonly string[]): Reader {
  return (inspection) => {
    if (inspection.request.bodyCut && (handling === "MATCH" || handling === "NO_MATCH")) return { texts: [], ...decision(handling) };
    return { texts: read(inspection) };
  };
}

function picked(included: readonly string[] | undefined, excluded: readonly string[] | undefined): (name: string) => boolean {
  const names = new Set((included ?? excluded ?? []).map((name) => name.toLowerCase()));
  if (included) return (name) => names.has(name.toLowerCase());
  return names.size === 0 ? () => true : (name) => !names.has(name.toLowerCase());
}

function named(
  all: (inspection: Inspection) => readonly (readonly [name: string, value: string])[],
  pick: (name: string) => boolean,
  scope: string | undefined,
  handling: string | undefined,
): Reader {
  return (inspection) => {
    const texts: string[] = [];
    let bytes = 0;
    let count = 0;
    for (const [name, value] of all(inspection)) {
      bytes += name.length + value.length;
      if (bytes > headerLimitBytes || ++count > mostHeaders) return { texts, ...decision(handling) };
      if (!pick(name)) continue;
      if (scope !== "VALUE") texts.push(name);
      if (scope !== "KEY") texts.push(value);
    }
    return { texts };
  };
}

function jsonBody({ MatchPattern, MatchScope, InvalidFallbackBehavior, OversizeHandling }: NonNullable<FieldToMatch["JsonBody"]>): Reader {
  const paths = MatchPattern?.IncludedPaths?.map((path) => Buffer.from(path, "utf8").toString("latin1"));
  const below = (pointer: string) => !paths || paths.some((path) => pointer === path || pointer.startsWith(`${path}/`));
  return (inspection) => {
    if (inspection.request.bodyCut && (OversizeHandling === "MATCH" || OversizeHandling === "NO_MATCH")) {
      return { texts: [], ...decision(OversizeHandling) };
    }
    const body = bodyOf(inspection);
    if (body === "") return nothing;
    const { parts, valid } = walkJson(body);
    // A body that was cut is not invalid for that; without a fallback what could be read is inspected.
    if (!valid && !inspection.request.bodyCut && InvalidFallbackBehavior !== undefined) {
      return InvalidFallbackBehavior === "EVALUATE_AS_STRING" ? { texts: [body] } : { texts: [], ...decision(InvalidFallbackBehavior) };
    }
    const wanted = parts.filter(({ pointer, kind }) => (MatchScope === "ALL" || kind === MatchScope?.toLowerCase()) && below(pointer));
    return { texts: wanted.map(({ text }) => text) };
  };
}
