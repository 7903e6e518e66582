/**
 * Reads text as the tokens of SQL, from where an attacker's text would begin: in an expression, or within a quoted string.
 *
 * Kinds: `1` number, `s` string, `n` name, `v` other value, `f` function, `F` function that only attackers
 * call or system variable, `E` verb of a statement, `S` one of two words, `D` delete from,
 * `X` exec, `e` verb that may be prose, `U` union, `k` clause, `B` order by and its like,
 * `&` logic, `=` comparison, `o` operator, `!` not, `c` comment to the end, `C` one that has words in it; punctuation `( ) , ; . { } [ ] : ?` stands for itself.
 */
import { attackersFunctions, functionNames, wordKinds, wordPairs } from "./words.ts";

/** Whether the text begins within quotes, which it then may close. */
export type Context = "" | "'" | '"';
/** MySQL begins comments with `#`, and with `--` only before white space; all others with `--` everywhere. */
export type Dialect = "ansi" | "mysql";

export interface Scanner {
  readonly text: string;
  readonly dialect: Dialect;
  /** Where the next token begins. */
  at: number;
  /** Of the last token: the character after which it began was white space. */
  spaced: boolean;
  /** Of the last name: as it stands right before a parenthesis. */
  calls: boolean;
}

const space = 1;
const digit = 2;
const letter = 4;
const classes = new Uint8Array(256);
for (let code = 0; code <= 32; code++) classes[code] = space;
classes[0xa0] = space;
for (let code = 48; code < 58; code++) classes[code] = digit;
for (let code = 65; code < 91; code++) classes[code] = classes[code + 32] = letter;
for (let code = 128; code < 256; code++) if (code !== 0xa0) classes[code] = letter;
classes[95] = letter;

const classAt = (text: string, at: number) => classes[text.charCodeAt(at) & 255]!;
const isWordPart = (text: string, at: number) => at < text.length && (classAt(text, at) & (letter | digit)) !== 0;

/** The kind of the next token, or `""` at the end. Each call moves on by at least one character, and no character is read more than a few times. */
export function nextToken(scanner: Scanner): string {
  const { text } = scanner;
  scanner.spaced = scanner.at === 0;
  scanner.calls = false;
  while (scanner.at < text.length) {
    const code = text.charCodeAt(scanner.at);
    const kind = classes[code & 255]!;
    if (kind === space) {
      scanner.at++;
      scanner.spaced = true;
      continue;
    }
    if (code === 47 && text.charCodeAt(scanner.at + 1) === 42) {
      if (skipComment(scanner)) continue;
      return "c";
    }
    // The end of a `/*! … */`, whose content MySQL runs.
    if (code === 42 && text.charCodeAt(scanner.at + 1) === 47) {
      scanner.at += 2;
      scanner.spaced = true;
      continue;
    }
    if (code === 35 && scanner.dialect === "mysql") {
      const start = scanner.at + 1;
      if (skipLine(scanner)) continue;
      return isWordPart(text, start) ? "C" : remark(text, start);
    }
    if (code === 45 && text.charCodeAt(scanner.at + 1) === 45) {
      const after = scanner.at + 2;
      if (scanner.dialect === "ansi" || after >= text.length || classAt(text, after) === space) {
        if (skipLine(scanner)) continue;
        return remark(text, after);
      }
    }
    if (kind === letter) return word(scanner);
    if (kind === digit || (code === 46 && classAt(text, scanner.at + 1) === digit && scanner.at + 1 < text.length)) return number(scanner);
    return punctuation(scanner, code);
  }
  return "";
}

/** Past a string that began before `scanner.at` and ends with `quote`. */
export function skipString(scanner: Scanner, quote: string): "s" {
  const { text } = scanner;
  const end = quote.charCodeAt(0);
  let { at } = scanner;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 2;
    else if (code !== end) at++;
    else if (text.charCodeAt(at + 1) === end && at + 2 < text.length) at += 2;
    else break;
  }
  scanner.at = Math.min(at + 1, text.length);
  return "s";
}

/** Two words or more in a comment are what somebody wanted to say. */
const remark = (text: string, start: number) => (/^[^\n]{0,4}[a-z]{2,24}[\s,.]+[a-z]/iu.test(text.slice(start, start + 64)) ? "C" : "c");

/** Whether the text goes on after it. */
function skipComment(scanner: Scanner): boolean {
  const { text, at } = scanner;
  scanner.spaced = true;
  if (text.charCodeAt(at + 2) === 33) {
    scanner.at = at + 3;
    while (scanner.at < text.length && classAt(text, scanner.at) === digit) scanner.at++;
    return true;
  }
  const end = text.indexOf("*/", at + 2);
  scanner.at = end < 0 ? text.length : end + 2;
  return end >= 0;
}

function skipLine(scanner: Scanner): boolean {
  const end = scanner.text.indexOf("\n", scanner.at);
  scanner.spaced = true;
  scanner.at = end < 0 ? scanner.text.length : end + 1;
  return end >= 0 && scanner.at < scanner.text.length;
}

const longestWord = 32;

function word(scanner: Scanner): string {
  const { text } = scanner;
  const start = scanner.at;
  let end = start + 1;
  while (isWordPart(text, end)) end++;
  const quote = text[end];
  // N'…', x'…', e'…': a string with a prefix.
  if (end === start + 1 && quote === "'" && "nNxXbBeEqQ".includes(text[start]!)) {
    scanner.at = end + 1;
    return skipString(scanner, "'");
  }
  scanner.at = end;
  scanner.calls = text.charCodeAt(end) === 40;
  if (end - start > longestWord) return "n";
  const lower = text.slice(start, end).toLowerCase();
  if (scanner.calls && attackersFunctions.has(lower)) return "F";
  if (functionNames.has(lower) && opensParenthesis(text, end)) return "f";
  const pair = wordPairs.get(lower);
  if (pair) {
    const next = wordAfter(text, end);
    const both = pair.get(text.slice(next.start, next.end).toLowerCase());
    if (both !== undefined) {
      scanner.at = next.end;
      return both;
    }
  }
  return wordKinds.get(lower) ?? "n";
}

function opensParenthesis(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && classAt(text, at) === space && at - from < 8) at++;
  return text.charCodeAt(at) === 40;
}

function wordAfter(text: string, from: number): { start: number; end: number } {
  let start = from;
  while (start - from < 32 && start < text.length) {
    if (classAt(text, start) === space) start++;
    else if (text.startsWith("/*", start) && text.indexOf("*/", start) >= 0 && text.indexOf("*/", start) - start < 24) {
      start = text.indexOf("*/", start) + 2;
    } else break;
  }
  let end = start;
  while (isWordPart(text, end) && end - start <= longestWord) end++;
  return { start, end };
}

function number(scanner: Scanner): string {
  const { text } = scanner;
  let { at } = scanner;
  const start = at;
  if (text.charCodeAt(at) === 48 && (text.charCodeAt(at + 1) | 32) === 120) {
    at += 2;
    while (at < text.length && /[0-9a-f]/iu.test(text[at]!)) at++;
  } else {
    while (at < text.length && (classAt(text, at) === digit || text.charCodeAt(at) === 46)) at++;
    if ((text.charCodeAt(at) | 32) === 101) {
      const sign = text.charCodeAt(at + 1);
      const from = sign === 43 || sign === 45 ? at + 2 : at + 1;
      if (from < text.length && classAt(text, from) === digit) {
        at = from;
        while (at < text.length && classAt(text, at) === digit) at++;
      }
    }
  }
  scanner.at = at;
  // `1or`, `1union` are two tokens to a database; `3rd`, `90s`, `221b`, identifiers in hexadecimal are one word to everybody else.
  if (at - start > 0 && isWordPart(text, at) && classAt(text, at) === letter) {
    let end = at;
    while (isWordPart(text, end) && end - at <= longestWord) end++;
    const rest = text.slice(at, end).toLowerCase();
    if (!wordKinds.has(rest)) {
      while (isWordPart(text, end)) end++;
      scanner.at = end;
      return "n";
    }
  }
  return "1";
}

function punctuation(scanner: Scanner, code: number): string {
  const { text, at } = scanner;
  const next = text.charCodeAt(at + 1);
  scanner.at = at + 1;
  switch (code) {
    case 39: // '
    case 34: // "
      return skipString(scanner, text[at]!);
    case 96: // `
      skipString(scanner, "`");
      return "n";
    case 91: // [name], as SQL Server quotes names
      return bracketed(scanner);
    case 64: // @x, @@x
      if (next === 64) scanner.at++;
      if (!isWordPart(text, scanner.at)) return next === 62 ? "=" : "?";
      while (isWordPart(text, scanner.at)) scanner.at++;
      return next === 64 ? "F" : "v";
    case 61: // =
      return "=";
    case 60: // <, <=, <>, <=>
    case 62:
      while (/[<>=]/u.test(text[scanner.at] ?? "")) scanner.at++;
      return "=";
    case 33: // !, !=
      if (next !== 61) return "!";
      scanner.at++;
      return "=";
    case 38: // &, &&
    case 124: // |, ||
      if (next !== code) return "o";
      scanner.at++;
      return "&";
    case 58: // :, ::, :=
      if (next !== 58 && next !== 61) return ":";
      scanner.at++;
      return "o";
    case 43:
    case 45:
    case 42:
    case 47:
    case 37:
    case 94:
    case 126:
      return "o";
    case 40:
    case 41:
    case 44:
    case 59:
    case 46:
    case 123:
    case 125:
    case 93:
      return text[at]!;
    case 92: // \' and \" in text that is not within quotes: what an escape that was added leaves behind
      return nextToken(scanner);
    default:
      return "?";
  }
}

function bracketed(scanner: Scanner): string {
  const { text } = scanner;
  let end = scanner.at;
  if (end >= text.length || classAt(text, end) !== letter) return "[";
  while (isWordPart(text, end)) end++;
  if (text.charCodeAt(end) !== 93) return "[";
  scanner.at = end + 1;
  return "n";
}
