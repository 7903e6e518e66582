/** Scalars as text, in queries, XML, headers and paths: numbers, booleans, dates and blobs. */
import { MalformedContent } from "./fault.ts";
import type { Scalar, TimestampFormat } from "./model.ts";

export function scalarFromText(shape: Scalar, text: string, defaultFormat: TimestampFormat = "date-time"): unknown {
  switch (shape.kind) {
    case "number":
      return numberFromText(text);
    case "boolean": {
      const lower = text.trim().toLowerCase();
      if (lower === "true" || lower === "1") return true;
      if (lower === "false" || lower === "0") return false;
      throw new MalformedContent(`'${shortened(text)}' is not a valid boolean`);
    }
    case "blob":
    case "stream":
      return blobFromText(text);
    case "timestamp":
      return dateFromText(text, shape.format ?? defaultFormat);
    case "document":
      return documentFromText(text);
    default:
      return text;
  }
}

function documentFromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedContent(`'${shortened(text)}' is not a valid document`);
  }
}

export function numberFromText(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  if (trimmed === "NaN" || trimmed === "Infinity" || trimmed === "-Infinity") return Number(trimmed);
  throw new MalformedContent(`'${shortened(text)}' is not a valid number`);
}

export function blobFromText(text: string): Uint8Array {
  // Line breaks are allowed inside base64 (RFC 2045); anything else outside its alphabet is not.
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw new MalformedContent("a blob is not valid base64");
  return Buffer.from(text, "base64");
}

/** Reads a date in any of the three forms: clients differ in what they send, and AWS takes them all. */
export function dateFromText(text: string, format: TimestampFormat): Date {
  const trimmed = text.trim();
  const numeric = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed) && (format === "epoch-seconds" || !/^\d{4}$/.test(trimmed));
  const date = numeric ? new Date(Math.round(Number(trimmed) * 1000)) : parsedDate(trimmed);
  if (Number.isNaN(date.getTime())) throw new MalformedContent(`'${shortened(text)}' is not a valid timestamp`);
  return date;
}

function parsedDate(text: string): Date {
  // A date-time without an offset is UTC to AWS, but local time to JavaScript (boto3 sends `2024-01-01T00:00:00` for naive ones).
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(text)) return new Date(`${text.replace(" ", "T")}Z`);
  if (/^\d{4}(?:-\d\d){0,2}(?:[T ].*)?$/.test(text) || /^[A-Za-z]{3}, \d/.test(text)) return new Date(text);
  return new Date(Number.NaN);
}

export function scalarToText(shape: Scalar, value: unknown, defaultFormat: TimestampFormat = "date-time"): string {
  switch (shape.kind) {
    case "timestamp":
      return dateToText(value as Date, shape.format ?? defaultFormat);
    case "blob":
    case "stream":
      return blobToText(value);
    case "document":
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

export function blobToText(value: unknown): string {
  if (typeof value === "string") return Buffer.from(value, "utf8").toString("base64");
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

export function dateToText(date: Date, format: TimestampFormat): string {
  if (format === "http-date") return date.toUTCString();
  if (format === "epoch-seconds") return String(date.getTime() / 1000);
  return date.toISOString();
}

const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
