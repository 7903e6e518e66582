/** One request while rules look at it: its parts, taken apart when the first rule asks, and the labels that rules have put on it. */
import type { InspectedRequest } from "./firewall.ts";
import { walkJson } from "./json-walk.ts";

/** What a text of the request was found for; goes to the log. */
export interface MatchDetail {
  conditionType: "SQL_INJECTION" | "XSS" | "REGEX";
  sensitivityLevel?: "LOW" | "HIGH";
  location: string;
  matchedData: string[];
}

export interface Inspection {
  readonly request: InspectedRequest;
  readonly nowMs: number;
  /** In the order in which rules added them, whole. */
  readonly labels: string[];
  /** Of the rule that is being evaluated. */
  details: MatchDetail[];
  /** The values of fields after their transformations, by the field's place in the program. */
  readonly fields: (FieldValues | undefined)[];
  readonly parts: Map<string, readonly (readonly [name: string, value: string])[]>;
  bodyText: string | undefined;
}

export interface FieldValues {
  readonly texts: readonly string[];
  /** The field is longer than what is inspected, and this is what a statement on it then answers. */
  readonly decided?: boolean;
}

export function startInspection(request: InspectedRequest, nowMs: number, fieldCount: number): Inspection {
  return {
    request,
    nowMs,
    labels: [],
    details: [],
    fields: Array.from({ length: fieldCount }, () => undefined),
    parts: new Map(),
    bodyText: undefined,
  };
}

/** As a byte string. */
export function bodyOf(inspection: Inspection): string {
  const { body } = inspection.request;
  return (inspection.bodyText ??= body.length === 0 ? "" : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"));
}

function part(
  inspection: Inspection,
  name: string,
  make: () => readonly (readonly [name: string, value: string])[],
): readonly (readonly [name: string, value: string])[] {
  let found = inspection.parts.get(name);
  if (!found) inspection.parts.set(name, (found = make()));
  return found;
}

/** The query's arguments, still encoded. */
export function queryArguments(inspection: Inspection) {
  return part(inspection, "query", () => pairs(inspection.request.query, "&"));
}

export function cookies(inspection: Inspection) {
  return part(inspection, "cookies", () => {
    const text = headerValue(inspection, "cookie");
    return text === undefined ? [] : pairs(text, ";").map(([name, value]) => [name.trim(), value.trim()] as const);
  });
}

/** Of several with that name all, behind commas. `name` is in lower case. */
export function headerValue({ request }: Inspection, name: string): string | undefined {
  let found: string | undefined;
  for (const [given, value] of request.headers) {
    if (given.length !== name.length || given.toLowerCase() !== name) continue;
    found = found === undefined ? value : `${found}${name === "cookie" ? "; " : ","}${value}`;
  }
  return found;
}

/** The values within a body that has a shape: the strings and keys of JSON, the arguments of a form; else the body itself. */
export function bodyPieces(inspection: Inspection): readonly string[] {
  const body = bodyOf(inspection);
  if (body === "") return [];
  if (/^\s*[[{"]/u.test(body)) {
    const { parts, valid } = walkJson(body);
    // A number or a word of JSON's is nothing else.
    if (valid) return parts.flatMap(({ text }) => (text.length > 2 ? [text] : []));
  }
  if (/^[\w.~%+[\]-]{1,256}=/u.test(body) && !body.includes("\n")) {
    return pairs(body, "&").flatMap(([name, value]) => (value === "" ? [name] : [value]));
  }
  return [body];
}

function pairs(text: string, separator: string): [name: string, value: string][] {
  if (text === "") return [];
  return text.split(separator).map((argument) => {
    const equals = argument.indexOf("=");
    return equals < 0 ? [argument, ""] : [argument.slice(0, equals), argument.slice(equals + 1)];
  });
}
