/** Reads a filter pattern from left to right. */
import { AwsError } from "../../../aws-error.ts";

export const invalidPattern = (message = "Invalid filter pattern") => new AwsError("InvalidParameterException", message);

export interface Scanner {
  /** Whether only white space is left. */
  done(): boolean;
  /** Takes the match of a sticky expression at this place, after white space. */
  take(expression: RegExp): RegExpExecArray | undefined;
  expect(expression: RegExp): RegExpExecArray;
}

export function scan(text: string): Scanner {
  let at = 0;
  const skipSpace = () => {
    while (/\s/u.test(text[at] ?? "")) at++;
  };
  const take = (expression: RegExp) => {
    skipSpace();
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (!found) return undefined;
    at = expression.lastIndex;
    return found;
  };
  return {
    done() {
      skipSpace();
      return at >= text.length;
    },
    take,
    expect(expression) {
      const found = take(expression);
      if (!found) throw invalidPattern();
      return found;
    },
  };
}

/** Between double quotes, with `\"` and `\\`. */
export const quoted = /"((?:[^"\\]|\\.)*)"/y;
/** Between percent signs, with `\%`. */
export const percentRegex = /%((?:[^%\\]|\\.)+)%/y;

export const unquote = (text: string) => text.replace(/\\(["\\])/gu, "$1");

/**
 * A regular expression as patterns may hold: AWS takes only letters, digits, `:_#=@/;,-`, the operators `^$?[]{}|\*+.` with
 * ranges, and the classes `\d \D \s \S \w \W \xHH`; no groups, no back references.
 */
export function compileRegex(source: string): RegExp {
  if (/[^\w:#=@/;,\-^$?[\]{}|\\*+.\s"'<>!&~`%]/u.test(source)) {
    throw invalidPattern(`Invalid regular expression in filter pattern: ${source}`);
  }
  try {
    return new RegExp(source.replaceAll("\\%", "%"));
  } catch {
    throw invalidPattern(`Invalid regular expression in filter pattern: ${source}`);
  }
}

/** Text in which `*` stands for any run of characters, as a test of a whole value. */
export function wildcard(text: string): (value: string) => boolean {
  if (!text.includes("*")) return (value) => value === text;
  const expression = new RegExp(`^${text.split("*").map(escapeRegex).join("[^]*")}$`, "u");
  return (value) => expression.test(value);
}

function escapeRegex(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/-]/gu, "\\$&");
}
