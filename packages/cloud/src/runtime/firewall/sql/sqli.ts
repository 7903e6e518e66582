/** Finds SQL injection: text that, read as the rest of a statement, is SQL. */
import { high, low } from "./fingerprints.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Context, Dialect } from "./tokens.ts";

/** As AWS's `SensitivityLevel`: `HIGH` finds more and is wrong more often. */
export type Sensitivity = "LOW" | "HIGH";

/** Without one of these a text is a word, a number or a path. */
const suspicious = /['"`;()#=|&<>\s*\x80-\xff]|--|\/\*/u;

/** Whether `text` is an injection in one of the places where statements take text. */
export function isSqlInjection(text: string, sensitivity: Sensitivity): boolean {
  if (text.length < 3 || !suspicious.test(text)) return false;
  const mysql = text.includes("#") || text.includes("--");
  return contexts.some(
    (context) =>
      (context === "" || text.includes(context)) &&
      (matches(text, context, "ansi", sensitivity) || (mysql && matches(text, context, "mysql", sensitivity))),
  );
}

const contexts: readonly Context[] = ["", "'", '"'];

function matches(text: string, context: Context, dialect: Dialect, sensitivity: Sensitivity): boolean {
  // A fingerprint says in which context it was taken: what is SQL after a closing quote may be prose without one.
  const found = (context === "" ? "" : "'") + fingerprint(text, context, dialect);
  return low.has(found) || (sensitivity === "HIGH" && high.has(found));
}
