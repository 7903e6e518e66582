/** AWS WAF's text transformations, on byte strings. None fails, and each takes time linear in the text. */
import { createHash } from "node:crypto";
import type { TextTransformation, TextTransformationType } from "@aws-sdk/client-wafv2";
import * as decode from "./decoders.ts";

export type Transform = (text: string) => string;

/** All but those whose details AWS has not published; they are refused by name. */
export type ServedType = Exclude<TextTransformationType, "CMD_LINE_UNIX" | "CMD_LINE_WIN" | "JS_DECODE_EXT">;

export const transformations: Readonly<Record<ServedType, Transform>> = {
  NONE: (text) => text,
  LOWERCASE: (text) => (/[A-Z]/u.test(text) ? lowerCased(text) : text),
  COMPRESS_WHITE_SPACE: (text) => text.replaceAll(/[\t\n\v\f\r \xa0]+/gu, " "),
  CMD_LINE: commandLine,
  URL_DECODE: decode.urlDecode,
  URL_DECODE_UNI: decode.urlDecodeUnicode,
  HTML_ENTITY_DECODE: decode.htmlEntityDecode,
  BASE64_DECODE: decode.base64Decode,
  BASE64_DECODE_EXT: decode.base64DecodeForgiving,
  HEX_DECODE: decode.hexDecode,
  SQL_HEX_DECODE: decode.sqlHexDecode,
  ESCAPE_SEQ_DECODE: decode.escapeSequenceDecode,
  CSS_DECODE: decode.cssDecode,
  JS_DECODE: decode.jsDecode,
  UTF8_TO_UNICODE: decode.utf8ToUnicode,
  /** The digest's bytes, as ModSecurity's of the same name; a rule compares them with a search string of 16 bytes. */
  MD5: (text) => createHash("md5").update(text, "latin1").digest().toString("latin1"),
  SHA256: (text) => createHash("sha256").update(text, "latin1").digest().toString("latin1"),
  UPPERCASE: (text) => text.replaceAll(/[a-z]+/gu, (letters) => letters.toUpperCase()),
  TRIM: (text) => text.trim(),
  TRIM_LEFT: (text) => text.trimStart(),
  TRIM_RIGHT: (text) => text.trimEnd(),
  REMOVE_WHITESPACE: (text) => text.replaceAll(/[\t\n\v\f\r \xa0]+/gu, ""),
  /** The characters of comments, as ModSecurity's of the same name: slash-star, star-slash, two dashes, the number sign. */
  REMOVE_COMMENTS_CHAR: (text) => text.replaceAll(/\/\*|\*\/|--|#/gu, ""),
  REMOVE_NULLS: (text) => (text.includes("\0") ? text.replaceAll("\0", "") : text),
  REPLACE_NULLS: (text) => (text.includes("\0") ? text.replaceAll("\0", " ") : text),
  REPLACE_COMMENTS: replaceComments,
  NORMALIZE_PATH: normalizedPath,
  NORMALIZE_PATH_WIN: (text) => normalizedPath(text.replaceAll("\\", "/")),
};

/** In the order of their priorities, as one; `undefined` when nothing changes. */
export function composed(given: readonly TextTransformation[] | undefined): Transform | undefined {
  const steps = (given ?? [])
    .toSorted((a, b) => a.Priority! - b.Priority!)
    .filter(({ Type }) => Type !== "NONE")
    .map(({ Type }) => transformations[Type as ServedType]);
  if (steps.length === 0) return undefined;
  if (steps.length === 1) return steps[0];
  return (text) => steps.reduce((before, step) => step(before), text);
}

/** Of ASCII only: the other bytes are parts of characters. */
const lowerCased = (text: string) =>
  /[\x80-\xff]/u.test(text) ? text.replaceAll(/[A-Z]+/gu, (letters) => letters.toLowerCase()) : text.toLowerCase();

/** What shells ignore goes, so that `c^a"t` is `cat`. */
function commandLine(text: string): string {
  return lowerCased(text.replaceAll(/[\\"'^]/gu, ""))
    .replaceAll(/[,;\s]+/gu, " ")
    .replaceAll(/ ([/(])/gu, "$1");
}

/** Each comment in C's style becomes one space; one that does not end, too. A `*` `/` alone stays. */
function replaceComments(text: string): string {
  let at = text.indexOf("/*");
  if (at < 0) return text;
  let result = "";
  let from = 0;
  while (at >= 0) {
    result += `${text.slice(from, at)} `;
    const end = text.indexOf("*/", at + 2);
    if (end < 0) return result;
    from = end + 2;
    at = text.indexOf("/*", from);
  }
  return result + text.slice(from);
}

/** Without repeated slashes, `.` and `..` (those that lead above the beginning stay). */
function normalizedPath(text: string): string {
  if (!text.includes("/")) return text;
  const rooted = text.startsWith("/");
  const parts: string[] = [];
  const all = text.split("/");
  for (const part of all) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !rooted) parts.push(part);
  }
  const last = all.at(-1)!;
  const folder = parts.length > 0 && (last === "" || last === "." || last === "..");
  return (rooted ? "/" : "") + parts.join("/") + (folder ? "/" : "");
}
