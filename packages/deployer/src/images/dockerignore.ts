/** `.dockerignore`: which paths of a context do not belong to it. Patterns are Go's filepath.Match with `**`, the last match decides. */

/** @returns whether a path, relative to the context and with `/`, is left out. */
export function ignoredBy(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const negated = line.startsWith("!");
      const pattern = (negated ? line.slice(1) : line).replace(/^\.?\/+/, "").replace(/\/+$/, "");
      return { negated, expression: toExpression(pattern) };
    });
  return (path) => {
    let ignored = false;
    for (const { negated, expression } of rules) {
      if (ignored === negated && expression.test(path)) ignored = !negated;
    }
    return ignored;
  };
}

/** Whether some rule brings back what another leaves out: then left-out folders have to be walked, too. */
export const hasExceptions = (dockerignore: string) => /^\s*!/m.test(dockerignore);

/** A pattern matches a path and everything below it. */
function toExpression(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    if (pattern.startsWith("**/", at)) {
      source += "(?:.*/)?";
      at += 2;
    } else if (pattern.startsWith("**", at)) {
      source += ".*";
      at += 1;
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[" && pattern.indexOf("]", at + 2) > 0) {
      const end = pattern.indexOf("]", at + 2);
      const negated = pattern[at + 1] === "^";
      source += `[${negated ? "^" : ""}${pattern.slice(at + (negated ? 2 : 1), end).replaceAll(/[\\[]/g, String.raw`\$&`)}]`;
      at = end;
    } else if (character === "\\" && at + 1 < pattern.length) source += escapeExpression(pattern[(at += 1)]!);
    else source += escapeExpression(character);
  }
  return new RegExp(`^${source}(?:/.*)?$`, "s");
}

const escapeExpression = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
