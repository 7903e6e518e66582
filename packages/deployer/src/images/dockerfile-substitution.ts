/** Variables and quotes in a Dockerfile's words: `$A`, `${A}`, `${A:-default}`, `${A:+alternative}`, `\$`, `"…"`, `'…'`. */

/** Takes quotes and escapes away and puts values in; an unknown variable is empty, as in Docker. */
export function substitute(text: string, values: ReadonlyMap<string, string>, escape: string): string {
  let result = "";
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    const next = text[at + 1];
    if (character === escape && quote !== "'" && next !== undefined) {
      // Within double quotes an escape is one only before what would otherwise mean something.
      if (quote && !['"', "$", escape].includes(next)) result += character;
      result += next;
      at += 1;
    } else if (quote ? character === quote : character === '"' || character === "'") {
      quote = quote ? "" : character;
    } else if (character === "$" && quote !== "'") {
      const end = variableEnd(text, at);
      result += end === at ? character : valueOf(text.slice(at + 1, end + 1), values, escape);
      at = end;
    } else result += character;
  }
  return result;
}

/** The index of the variable's last character, or `at` when no variable begins there. */
function variableEnd(text: string, at: number): number {
  if (text[at + 1] !== "{") return at + (/^(?:\w+)/.exec(text.slice(at + 1))?.[0].length ?? 0);
  let depth = 0;
  for (let index = at + 1; index < text.length; index += 1) {
    if (text[index] === "{") depth += 1;
    if (text[index] === "}" && (depth -= 1) === 0) return index;
  }
  return at;
}

function valueOf(variable: string, values: ReadonlyMap<string, string>, escape: string): string {
  if (!variable.startsWith("{")) return values.get(variable) ?? "";
  const [, name = "", operator, word = ""] = /^\{(\w+)(?::?([-+?])([\s\S]*))?\}$/.exec(variable) ?? [];
  const value = values.get(name);
  const colon = variable.startsWith(`{${name}:`);
  const isSet = value !== undefined && !(colon && value === "");
  if (operator === "-") return isSet ? value : substitute(word, values, escape);
  if (operator === "+") return isSet ? substitute(word, values, escape) : "";
  return value ?? "";
}
