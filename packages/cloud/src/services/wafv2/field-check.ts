/** Checks what statements look at: fields, text transformations, regular expressions. */
import type { FieldToMatch, TextTransformation } from "@aws-sdk/client-wafv2";
import { compileRegexes, RegexError } from "../../runtime/firewall/regex/automaton.ts";
import { transformations } from "../../runtime/firewall/transformations.ts";
import { exactlyOne, invalidParameter, limitsExceeded, refused } from "./errors.ts";
import { check } from "./items.ts";

/** Each compiles, and so do all together. */
export function checkPatterns(patterns: readonly string[]): void {
  for (const pattern of patterns) check({ regexString: [pattern, { length: [1, 512] }] });
  try {
    if (patterns.length > 0) compileRegexes(patterns);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw invalidParameter(`The regular expression is not valid: ${error.message}.`, "REGEX_PATTERN_SET", patterns.join(" "));
  }
}

const mostTransformations = 10;

export function checkTransformations(given: readonly TextTransformation[] | undefined): void {
  if (!given?.length) throw exactlyOne("TEXT_TRANSFORMATION", "TextTransformations");
  if (given.length > mostTransformations) throw limitsExceeded();
  for (const { Type } of given) {
    if (Type === "CMD_LINE_UNIX" || Type === "CMD_LINE_WIN" || Type === "JS_DECODE_EXT") throw refused(`the text transformation ${Type}`);
    check({ type: [Type, { enum: Object.keys(transformations) }] });
  }
  if (new Set(given.map(({ Priority }) => Priority)).size < given.length) {
    throw invalidParameter("The text transformations have duplicate priorities.", "TEXT_TRANSFORMATION", "Priority");
  }
}

const handling = ["CONTINUE", "MATCH", "NO_MATCH"];

export function checkField(field: FieldToMatch): void {
  const given = Object.entries(field).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw exactlyOne("FIELD_TO_MATCH", "FieldToMatch");
  if (field.JA3Fingerprint || field.JA4Fingerprint) throw refused("fingerprints of TLS clients (JA3, JA4)");
  if (field.UriFragment) throw refused("the fragment of a URI, which clients do not send");
  if (field.SingleHeader && !field.SingleHeader.Name) throw exactlyOne("SINGLE_HEADER", "Name");
  if (field.SingleQueryArgument && !field.SingleQueryArgument.Name) throw exactlyOne("SINGLE_QUERY_ARGUMENT", "Name");
  const oversize = (field.Body ?? field.JsonBody ?? field.Headers ?? field.Cookies ?? field.HeaderOrder)?.OversizeHandling;
  check({ oversizeHandling: [oversize, { enum: handling }] });
  const scoped = field.JsonBody ?? field.Headers ?? field.Cookies;
  if (scoped) {
    check({ matchScope: [scoped.MatchScope, { enum: ["ALL", "KEY", "VALUE"] }] });
    if (Object.values(scoped.MatchPattern ?? {}).filter((value) => value !== undefined).length !== 1)
      throw exactlyOne("MATCH_PATTERN", "MatchPattern");
  }
  if (field.JsonBody) {
    check({ invalidFallbackBehavior: [field.JsonBody.InvalidFallbackBehavior, { enum: ["MATCH", "NO_MATCH", "EVALUATE_AS_STRING"] }] });
    for (const path of field.JsonBody.MatchPattern?.IncludedPaths ?? []) {
      if (!/^\/(?:[^~]|~[01])*$/u.test(path)) throw invalidParameter("The JSON pointer is not valid.", "JSON_MATCH_PATTERN", path);
    }
  }
}
