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
  return matchedFingerprint(text, sensitivity) !== undefined;
}

/** The fingerprint by which it was found. */
export function matchedFingerprint(text: string, sensitivity: Sensitivity): string | undefined {
  if (text.length < 3 || !suspicious.test(text)) return undefined;
  const mysql = text.includes("#") || text.includes("--");
  for (const context of contexts) {
    if (context !== "" && !text.includes(context)) continue;
    const found = match(text, context, "ansi", sensitivity) ?? (mysql ? match(text, context, "mysql", sensitivity) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

const contexts: readonly Context[] = ["", "'", '"'];

function match(text: string, context: Context, dialect: Dialect, sensitivity: Sensitivity): string | undefined {
  // A fingerprint says in which context it was taken: what is SQL after a closing quote may be prose without one.
  const found = (context === "" ? "" : "'") + fingerprint(text, context, dialect);
  return low.has(found) || (sensitivity === "HIGH" && high.has(found)) ? found : undefined;
}
