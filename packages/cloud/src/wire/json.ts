/** The AWS JSON protocols' content: typed inputs from parsed JSON, and answers back, by schema. Also serves CBOR, whose values are the same but for dates and blobs. */
import { deepest, MalformedContent, pathText, type Path, type Reading } from "./fault.ts";
import type { MapShape, Scalar, Shape, Structure, TimestampFormat } from "./model.ts";
import { blobFromText, blobToText, dateFromText } from "./scalar-text.ts";

/** What differs between JSON and CBOR. */
export interface TreeForm {
  readBlob(value: unknown): Uint8Array | undefined;
  readDate(value: unknown, format: TimestampFormat): Date | undefined;
  writeBlob(value: unknown): unknown;
  writeDate(value: Date, format: TimestampFormat): unknown;
  writeNumber(value: number): unknown;
}

export const jsonForm: TreeForm = {
  readBlob: (value) => (typeof value === "string" ? blobFromText(value) : undefined),
  readDate: (value, format) =>
    typeof value === "number"
      ? dateFromText(String(value), "epoch-seconds")
      : typeof value === "string"
        ? dateFromText(value, format)
        : undefined,
  writeBlob: blobToText,
  writeDate: (date, format) =>
    format === "epoch-seconds" ? date.getTime() / 1000 : format === "http-date" ? date.toUTCString() : date.toISOString(),
  writeNumber: (value) => (Number.isFinite(value) ? value : String(value)),
};

export function readTree(shape: Shape, value: unknown, form: TreeForm, reading: Reading, path?: Path, depth = 0): unknown {
  switch (shape.kind) {
    case "structure":
      return readStructure(shape, value, form, reading, path, depth);
    case "list": {
      if (!Array.isArray(value)) throw unexpected(value, "list");
      const { member } = shape;
      const result: unknown[] = Array.from({ length: value.length });
      for (let index = 0; index < value.length; index++) {
        const each: unknown = value[index];
        const at = { parent: { parent: path, name: String(index + 1) }, name: "member" };
        if (each === null || each === undefined) reading.missing.push({ path: pathText(at), name: "member" });
        else result[index] = readTree(member.shape, each, form, reading, at, depth + 1);
      }
      return result;
    }
    case "map":
      return readMap(shape, value, form, reading, path, depth);
    default:
      return readScalar(shape, value, form);
  }
}

function readStructure(shape: Structure, value: unknown, form: TreeForm, reading: Reading, path: Path | undefined, depth: number): unknown {
  if (!isObject(value)) throw unexpected(value, "structure");
  if (depth > deepest) throw new MalformedContent("The request is nested too deeply");
  const result: Record<string, unknown> = {};
  for (const name in value) {
    const member = shape.members.get(name);
    const given = value[name];
    if (!member || given === null || given === undefined) continue;
    result[name] = readTree(member.shape, given, form, reading, { parent: path, name }, depth + 1);
  }
  for (const { name } of shape.required) {
    if (result[name] === undefined) reading.missing.push({ path: pathText({ parent: path, name }), name });
  }
  return result;
}

function readMap(shape: MapShape, value: unknown, form: TreeForm, reading: Reading, path: Path | undefined, depth: number): unknown {
  if (!isObject(value)) throw unexpected(value, "map");
  const entries: [string, unknown][] = [];
  for (const key in value) {
    const each = value[key];
    const at = { parent: { parent: path, name: key || "''" }, name: "member" };
    if (each === null || each === undefined) reading.missing.push({ path: pathText(at), name: "member" });
    else entries.push([key, readTree(shape.value.shape, each, form, reading, at, depth + 1)]);
  }
  // fromEntries defines, so that a key `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

function readScalar(shape: Scalar, value: unknown, form: TreeForm): unknown {
  switch (shape.kind) {
    case "string":
      if (typeof value === "string") return value;
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "number":
      if (typeof value === "number") return value;
      if (typeof value === "bigint") return Number(value);
      if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
      break;
    case "timestamp": {
      const date = form.readDate(value, shape.format ?? "epoch-seconds");
      if (date) return date;
      break;
    }
    case "document":
      return value;
    default: {
      const bytes = form.readBlob(value);
      if (bytes) return bytes;
    }
  }
  throw unexpected(value, shape.kind);
}

export function writeTree(shape: Shape, value: unknown, form: TreeForm): unknown {
  switch (shape.kind) {
    case "structure": {
      const result: Record<string, unknown> = {};
      const given = value as Record<string, unknown>;
      for (const name in given) {
        const member = shape.members.get(name);
        const each = given[name];
        if (member && each !== undefined && each !== null) result[name] = writeTree(member.shape, each, form);
      }
      return result;
    }
    case "list": {
      const result: unknown[] = [];
      // A list may have holes where its shape is sparse; those of others are never given any.
      for (const each of value as Iterable<unknown>) result.push(each === null ? null : writeTree(shape.member.shape, each, form));
      return result;
    }
    case "map":
      return Object.fromEntries(
        Object.entries(value as object)
          .filter(([, each]) => each !== undefined && each !== null)
          .map(([key, each]) => [key, writeTree(shape.value.shape, each, form)]),
      );
    case "timestamp":
      return form.writeDate(value as Date, shape.format ?? "epoch-seconds");
    case "blob":
    case "stream":
      return form.writeBlob(value);
    case "number":
      return form.writeNumber(value as number);
    default:
      return value;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);

const expectedNames: Record<string, string> = {
  string: "String",
  number: "Integer",
  boolean: "Boolean",
  timestamp: "Timestamp",
  blob: "Blob",
};

/** In the words of AWS's JSON services. */
function unexpected(value: unknown, expected: string): MalformedContent {
  if (Array.isArray(value)) return new MalformedContent("Start of list found where not expected");
  if (typeof value === "object" && value !== null) return new MalformedContent("Start of structure or map found where not expected.");
  const found =
    typeof value === "string" ? "STRING_VALUE" : typeof value === "boolean" ? `${String(value).toUpperCase()}_VALUE` : "NUMBER_VALUE";
  const name = expectedNames[expected];
  if (!name) return new MalformedContent(expected === "list" ? "Expected list or null" : "Expected map or null");
  return new MalformedContent(`${found} cannot be converted to ${name}`);
}
