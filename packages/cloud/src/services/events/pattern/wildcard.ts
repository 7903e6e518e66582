/** Wildcard patterns of event patterns: `*` is any characters, `\*` and `\\` stand for themselves. */
import { invalidPattern } from "../errors.ts";

/** A pattern whose wildcards could be in more places at once than this is refused, as AWS refuses what it holds to be too complex. */
const mostWildcards = 5;

/** @throws InvalidEventPatternException in AWS's words. */
export function wildcard(pattern: string): RegExp {
  let source = "";
  let wildcards = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === "\\") {
      const next = pattern[++at];
      if (next !== "*" && next !== "\\") throw invalidPattern(`Invalid escape character at pos ${at - 1}`);
      source += `\\${next}`;
    } else if (character === "*") {
      if (pattern[at + 1] === "*") throw invalidPattern(`Consecutive wildcard characters at pos ${at}`);
      wildcards++;
      source += "[^]*";
    } else source += character.replace(/[$()*+.?[\\\]^{|}/-]/gu, "\\$&");
  }
  if (wildcards > mostWildcards) {
    throw invalidPattern(
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
    );
  }
  return new RegExp(`^${source}$`, "u");
}
