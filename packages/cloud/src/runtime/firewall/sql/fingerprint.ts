/** Folds the tokens of a text to a short fingerprint: what can be calculated becomes one value, prose becomes one word. */
import { type Context, type Dialect, nextToken, type Scanner, skipString } from "./tokens.ts";

/** So many folded tokens make a fingerprint. */
const length = 5;
/** Reading stops when so many are folded: nothing behind them reaches the fingerprint. */
const enough = 24;

const values = new Set(["1", "s", "n", "v", "f", "F", "Q", "b", "w", "*"]);
/** After these, `+`, `-` and `not` stand for themselves alone, and `*` for all columns. */
const beforeOperand = new Set(["", "o", "=", "&", "!", "(", ",", "E", "S", "D", "X", "e", "U", "k", "B", ";", ":"]);

/**
 * The fingerprint of `text` read in `context`. Beside the kinds of tokens.ts: `w` three or more names in a row, as only prose has
 * them; `Q` a query in parentheses; `b` a comparison in parentheses.
 */
export function fingerprint(text: string, context: Context, dialect: Dialect): string {
  const scanner: Scanner = { text, dialect, at: 0, spaced: true, calls: false };
  const stack: string[] = [];
  /** For each of the stack: of how many names it is made. */
  const names: number[] = [];
  if (context !== "") push(stack, names, skipString(scanner, context), false);
  for (;;) {
    const kind = nextToken(scanner);
    if (kind === "" || stack.length > enough) break;
    push(stack, names, kind, text.charCodeAt(scanner.at - 1) === 42);
  }
  return stack.slice(0, length).join("");
}

function push(stack: string[], names: number[], given: string, star: boolean): void {
  let kind = given;
  const top = stack.at(-1) ?? "";
  if ((kind === "o" || kind === "!") && beforeOperand.has(top)) {
    if (kind === "o" && star && (top === "E" || top === ",")) kind = "*";
    else return;
  }
  // `not` between two values is prose.
  if (kind === "!" && values.has(top)) kind = "n";
  if (kind === ")") {
    close(stack, names);
    return;
  }
  if (kind === ";" && top === ";") return;
  const count = kind === "n" ? 1 : 0;
  if (values.has(kind)) {
    if (values.has(top) && joinsNames(stack, names, kind)) return;
    const before = stack.at(-2) ?? "";
    if ((top === "o" || top === "," || top === ".") && values.has(before) && !(top === "," && before === "w")) {
      stack.pop();
      names.pop();
      stack[stack.length - 1] = weight(kind) > weight(before) ? kind : before;
      return;
    }
  }
  stack.push(kind);
  names.push(count);
}

/** Of two values in a calculation the one that tells more stays. */
const weight = (kind: string) => (kind === "Q" ? 3 : kind === "F" ? 2 : kind === "f" ? 1 : 0);

/** Names that follow each other are an alias at two, and prose from three on (after a verb from two). */
function joinsNames(stack: string[], names: number[], kind: string): boolean {
  const top = stack.at(-1)!;
  if (kind !== "n" || (top !== "n" && top !== "w")) return false;
  const count = (names[names.length - 1] = names.at(-1)! + 1);
  // What a statement is about has one name.
  if (count > 2 || "ESDXe".includes(stack.at(-2) ?? "?")) stack[stack.length - 1] = "w";
  return true;
}

/** What stands in parentheses becomes one value. */
function close(stack: string[], names: number[]): void {
  const open = stack.lastIndexOf("(");
  if (open < 0) {
    if (stack.at(-1) !== ")") {
      stack.push(")");
      names.push(0);
    }
    return;
  }
  const inner = stack.splice(open);
  names.splice(open);
  inner.shift();
  const kind = valueOf(inner);
  const caller = stack.at(-1);
  // The arguments of a function: it is the value, unless a query hides in them.
  if (caller === "f" || caller === "F" || caller === "n") {
    if (weight(kind) > weight(caller)) stack[stack.length - 1] = kind;
    return;
  }
  push(stack, names, kind, false);
}

function valueOf(inner: readonly string[]): string {
  if (inner.length === 0) return "n";
  if (inner.length === 1 && values.has(inner[0]!)) return inner[0]!;
  if (inner.includes("Q") || ((inner[0] === "E" || inner[0] === "S") && inner.length > 1 && inner[1] !== "w")) return "Q";
  if (inner.includes("=") && !inner.includes("w")) return "b";
  return inner.includes("F") ? "F" : inner.includes("f") ? "f" : "w";
}
