/**
 * The filter patterns of CloudWatch Logs: terms (`ERROR -"not found" %[45]\d\d%`), JSON (`{ $.level = "error" && $.ms > 10 }`)
 * and columns (`[ip, user, status = 4*]`).
 * Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" in AWS's guide.
 */
import { parseColumns } from "./columns.ts";
import { parseJsonPattern } from "./json.ts";
import { type FilterPattern, nothingExtracted } from "./match.ts";
import { parseTerms } from "./terms.ts";

/** Compiles a pattern. `also` names further `$.path` or `$column` values to extract. Throws InvalidParameterException. */
export function parseFilterPattern(pattern: string, also: readonly string[] = []): FilterPattern {
  const text = pattern.trim();
  if (text === "") return () => nothingExtracted;
  if (text.startsWith("{")) return parseJsonPattern(text, also);
  if (text.startsWith("[")) return parseColumns(text);
  return parseTerms(text);
}
