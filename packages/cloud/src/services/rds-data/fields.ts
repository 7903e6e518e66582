/** PostgreSQL's values, in its text, as the Data API's fields. */
import type { Input, Output } from "../../aws.ts";
import type { ColumnType } from "./column-types.ts";

export type Field = NonNullable<Output<"rds-data", "ExecuteStatement">["records"]>[number][number];
type ArrayValue = Extract<Field, { arrayValue: unknown }>["arrayValue"];
export type ResultOptions = NonNullable<Input<"rds-data", "ExecuteStatement">["resultSetOptions"]>;

export function fieldOf(type: ColumnType, text: string | null, options: ResultOptions): Field {
  if (text === null) return { isNull: true };
  switch (type.kind) {
    case "boolean":
      return { booleanValue: text === "t" };
    case "long":
      return options.longReturnType === "STRING" ? { stringValue: text } : { longValue: Number(text) };
    case "double":
      return { doubleValue: Number(text) };
    case "decimal":
      return decimalOf(text, options);
    case "blob":
      return { blobValue: bytesOf(text) };
    case "zoned":
      return { stringValue: withoutZone(text) };
    case "array":
      return { arrayValue: arrayOf(type.element!, parseArray(text)) };
    case "string":
      return { stringValue: text };
  }
}

function decimalOf(text: string, { decimalReturnType }: ResultOptions): Field {
  if (decimalReturnType !== "DOUBLE_OR_LONG") return { stringValue: text };
  return /^-?\d+$/.test(text) ? { longValue: Number(text) } : { doubleValue: Number(text) };
}

/** `bytea_output` is `hex`. */
const bytesOf = (text: string): Uint8Array => Buffer.from(text.slice(2), "hex");

/** Times with a zone come in UTC, in which the session is, and without saying so. */
const withoutZone = (text: string): string => text.replace(/\+00$/, "");

export type Parsed = string | null | Parsed[];

function arrayOf(element: ColumnType, items: readonly Parsed[]): ArrayValue {
  if (items.some(Array.isArray)) return { arrayValues: items.map((each) => arrayOf(element, each as Parsed[])) };
  const values = <T>(of: (text: string) => T) => (items as readonly (string | null)[]).map((text) => (text === null ? null : of(text)));
  if (element.kind === "boolean") return { booleanValues: values((text) => text === "t") };
  if (element.kind === "long") return { longValues: values(Number) };
  if (element.kind === "double") return { doubleValues: values(Number) };
  return { stringValues: values(element.kind === "zoned" ? withoutZone : String) };
}

/** An array as PostgreSQL writes it: `{1,NULL,"with \"quotes\"",{…}}`, perhaps with its bounds before it. */
export function parseArray(text: string): Parsed[] {
  let at = text.indexOf("{");
  const list = (): Parsed[] => {
    const items: Parsed[] = [];
    at++; // the brace
    while (text[at] !== "}") {
      if (text[at] === ",") at++;
      else if (text[at] === "{") items.push(list());
      else if (text[at] === '"') items.push(quoted());
      else items.push(bare());
    }
    at++;
    return items;
  };
  const quoted = (): string => {
    let value = "";
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === "\\") at++;
      value += text[at];
    }
    at++;
    return value;
  };
  const bare = (): string | null => {
    const start = at;
    while (text[at] !== "," && text[at] !== "}") at++;
    const value = text.slice(start, at);
    return value.toUpperCase() === "NULL" ? null : value;
  };
  return list();
}

/** A field as it stands in `formattedRecords`. Source: Amazon Aurora User Guide, "Processing RDS Data API query results in JSON format". */
export function jsonOf(field: Field): unknown {
  if (field.isNull) return null;
  if (field.blobValue) return Buffer.from(field.blobValue).toString("base64");
  if (field.arrayValue) return jsonOfArray(field.arrayValue);
  return field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue;
}

const jsonOfArray = (value: ArrayValue): unknown[] =>
  value.arrayValues?.map((each) => each && jsonOfArray(each)) ??
  value.booleanValues ??
  value.longValues ??
  value.doubleValues ??
  value.stringValues ??
  [];
