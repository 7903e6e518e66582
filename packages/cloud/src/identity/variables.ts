/** Policy variables: `${aws:username}` in resources and condition values stands for what the request says. */
import { matchesWildcard } from "./wildcard.ts";

/** Private-use characters stand for the wildcards that came out of a variable, which are plain text. */
const marks: Readonly<Record<string, string>> = { "*": "\ue000", "?": "\ue001" };
const literal = (text: string) => text.replaceAll(/[*?]/g, (character) => marks[character]!);

/**
 * `pattern` with its variables replaced; `undefined` when one of them has no value and no default (`${aws:x, 'y'}`), in which
 * case it matches nothing.
 */
export function expandVariables(pattern: string, keys: Pick<ReadonlyMap<string, readonly string[]>, "get">): string | undefined {
  if (!pattern.includes("${")) return pattern;
  let missing = false;
  const expanded = pattern.replaceAll(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (inside === "*" || inside === "?") return marks[inside]!;
    if (inside === "$") return "$";
    const [, name, fallback] = /^\s*([^,]*?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inside) ?? [];
    const values = keys.get((name ?? "").toLowerCase());
    // A key with several values is no variable: AWS gives such a variable no value.
    const value = values?.length === 1 ? values[0] : fallback;
    if (value === undefined) {
      missing = true;
      return "";
    }
    return literal(value);
  });
  return missing ? undefined : expanded;
}

/** Wildcards of the policy itself match; those that variables brought along only match themselves. */
export const matchesPattern = (pattern: string, text: string) =>
  matchesWildcard(pattern, /[\ue000\ue001]/.test(pattern) ? literal(text) : text);
