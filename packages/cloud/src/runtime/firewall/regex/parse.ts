/**
 * Reads regular expressions as AWS WAF takes them: PCRE without back references, captures that are used, lookarounds, recursion,
 * conditions, callouts, atomic groups and possessive quantifiers. They are about bytes; a character beyond ASCII is its UTF-8 bytes.
 */

import { escapedSet, literalSet, posix, setOf } from "./byte-sets.ts";

export type Assertion = "start" | "end" | "very end" | "word" | "no word" | "line start" | "line end";

export type Node =
  | { kind: "set"; bytes: Uint8Array }
  | { kind: "sequence" | "choice"; nodes: readonly Node[] }
  | { kind: "repeat"; node: Node; min: number; max: number }
  | { kind: "assertion"; assertion: Assertion };

/** Says what is wrong, and where. */
export class RegexError extends Error {}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
  multiLine: boolean;
  extended: boolean;
}

interface Reader {
  text: string;
  at: number;
  flags: Flags;
}

export function parseRegex(source: string): Node {
  const text = Buffer.from(source, "utf8").toString("latin1");
  const reader: Reader = { text, at: 0, flags: { ignoreCase: false, dotAll: false, multiLine: false, extended: false } };
  const node = choice(reader, 0);
  if (reader.at < text.length) throw fault(reader, "unmatched )");
  return node;
}

const fault = ({ at }: Reader, what: string) => new RegexError(`${what} at offset ${at}`);
const mostRepeats = 1000;
const deepest = 100;

function choice(reader: Reader, depth: number): Node {
  if (depth > deepest) throw fault(reader, "too many nested groups");
  const before = reader.flags;
  const nodes = [sequence(reader, depth)];
  while (reader.text[reader.at] === "|") {
    reader.at++;
    nodes.push(sequence(reader, depth));
  }
  reader.flags = before;
  return nodes.length === 1 ? nodes[0]! : { kind: "choice", nodes };
}

function sequence(reader: Reader, depth: number): Node {
  const nodes: Node[] = [];
  for (;;) {
    if (reader.flags.extended) skipExtended(reader);
    const next = reader.text[reader.at];
    if (next === undefined || next === "|" || next === ")") break;
    const node = atom(reader, depth);
    if (node) nodes.push(quantified(reader, node));
  }
  return nodes.length === 1 ? nodes[0]! : { kind: "sequence", nodes };
}

function skipExtended(reader: Reader): void {
  const found = /^(?:\s+|#[^\n]*)+/u.exec(reader.text.slice(reader.at));
  if (found) reader.at += found[0].length;
}

function quantified(reader: Reader, given: Node): Node {
  let node = given;
  for (;;) {
    const range = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/u.exec(reader.text.slice(reader.at, reader.at + 16));
    if (!range) return node;
    const [whole, from, comma, to] = range;
    const min = whole === "*" || whole === "?" ? 0 : whole === "+" ? 1 : Number(from);
    const max = whole === "?" ? 1 : whole === "*" || whole === "+" ? Infinity : comma ? (to ? Number(to) : Infinity) : min;
    if (max < min) throw fault(reader, "numbers out of order in {} quantifier");
    if (min > mostRepeats || (max !== Infinity && max > mostRepeats)) throw fault(reader, "number too big in {} quantifier");
    reader.at += whole.length;
    if (reader.text[reader.at] === "+") throw fault(reader, "possessive quantifiers are not supported");
    // Lazy or greedy: whether there is a match is the same.
    if (reader.text[reader.at] === "?") reader.at++;
    node = { kind: "repeat", node, min, max };
  }
}

function atom(reader: Reader, depth: number): Node | undefined {
  const { text } = reader;
  const character = text[reader.at]!;
  if (character === "(") return group(reader, depth);
  if (character === "[") return { kind: "set", bytes: characterClass(reader) };
  if (character === "*" || character === "+" || character === "?") throw fault(reader, "quantifier does not follow a repeatable item");
  reader.at++;
  if (character === ".") return { kind: "set", bytes: setOf((code) => reader.flags.dotAll || code !== 10) };
  if (character === "^") return { kind: "assertion", assertion: reader.flags.multiLine ? "line start" : "start" };
  if (character === "$") return { kind: "assertion", assertion: reader.flags.multiLine ? "line end" : "end" };
  if (character === "\\") return escaped(reader);
  return literal(reader, character.charCodeAt(0));
}

function group(reader: Reader, depth: number): Node | undefined {
  reader.at++;
  if (reader.text.startsWith("?", reader.at)) {
    const flags = /^\?(?:#[^)]*\)|([imsx]*)(?:-([imsx]+))?([:)])|P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/u.exec(reader.text.slice(reader.at));
    if (!flags) throw fault(reader, "lookarounds, conditions, recursion and atomic groups are not supported");
    reader.at += flags[0].length;
    if (flags[0].startsWith("?#")) return undefined;
    if (flags[3] !== undefined) {
      const changed = withFlags(reader.flags, flags[1] ?? "", flags[2] ?? "");
      if (flags[3] === ")") {
        reader.flags = changed;
        return undefined;
      }
      const outer = reader.flags;
      reader.flags = changed;
      const inner = closed(reader, depth);
      reader.flags = outer;
      return inner;
    }
  } else if (reader.text.startsWith("*", reader.at)) throw fault(reader, "backtracking control verbs are not supported");
  return closed(reader, depth);
}

function closed(reader: Reader, depth: number): Node {
  const node = choice(reader, depth + 1);
  if (reader.text[reader.at] !== ")") throw fault(reader, "missing )");
  reader.at++;
  return node;
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const is = (letter: string, before: boolean) => (off.includes(letter) ? false : on.includes(letter) || before);
  return {
    ignoreCase: is("i", flags.ignoreCase),
    dotAll: is("s", flags.dotAll),
    multiLine: is("m", flags.multiLine),
    extended: is("x", flags.extended),
  };
}

const assertions: Readonly<Record<string, Assertion>> = { b: "word", B: "no word", A: "start", z: "very end", Z: "end" };

function escaped(reader: Reader): Node {
  const letter = reader.text[reader.at];
  if (letter === undefined) throw fault(reader, "\\ at end of pattern");
  if (/[1-9]/u.test(letter) || letter === "k" || letter === "g") throw fault(reader, "back references are not supported");
  const assertion = assertions[letter];
  if (assertion) {
    reader.at++;
    return { kind: "assertion", assertion };
  }
  if (letter === "Q") return quotedLiteral(reader);
  const set = escapedSet(letter);
  if (set) {
    reader.at++;
    return { kind: "set", bytes: set };
  }
  return literal(reader, escapedByte(reader));
}

function quotedLiteral(reader: Reader): Node {
  const end = reader.text.indexOf("\\E", reader.at);
  const content = reader.text.slice(reader.at + 1, end < 0 ? undefined : end);
  reader.at = end < 0 ? reader.text.length : end + 2;
  return { kind: "sequence", nodes: Array.from(content, (character) => literal(reader, character.charCodeAt(0))) };
}

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, a: 7, e: 27, "0": 0 };

/** The byte that an escape stands for; `reader.at` is after the backslash. */
function escapedByte(reader: Reader): number {
  const letter = reader.text[reader.at]!;
  const rest = reader.text.slice(reader.at, reader.at + 8);
  const hex = /^x(?:([0-9a-f]{1,2})|\{([0-9a-f]{1,2})\})/iu.exec(rest);
  if (hex) {
    reader.at += hex[0].length;
    return parseInt(hex[1] ?? hex[2]!, 16);
  }
  const octal = /^0[0-7]{0,2}/u.exec(rest);
  if (octal) {
    reader.at += octal[0].length;
    return parseInt(octal[0], 8);
  }
  if (letter in controls) {
    reader.at++;
    return controls[letter]!;
  }
  if (/[A-Za-z]/u.test(letter)) throw fault(reader, `unrecognized or unsupported escape \\${letter}`);
  reader.at++;
  return letter.charCodeAt(0);
}

function literal({ flags }: Reader, code: number): Node {
  return { kind: "set", bytes: literalSet(code, flags.ignoreCase) };
}

function characterClass(reader: Reader): Uint8Array {
  const { text } = reader;
  reader.at++;
  const negated = text[reader.at] === "^";
  if (negated) reader.at++;
  const bytes = new Uint8Array(256);
  let first = true;
  while (text[reader.at] !== "]" || first) {
    if (reader.at >= text.length) throw fault(reader, "missing terminating ] for character class");
    first = false;
    const from = classMember(reader, bytes);
    if (from === undefined) continue;
    let to = from;
    if (text[reader.at] === "-" && text[reader.at + 1] !== "]" && reader.at + 1 < text.length) {
      reader.at++;
      const end = classMember(reader, bytes);
      if (end === undefined || end < from) throw fault(reader, "range out of order in character class");
      to = end;
    }
    for (let code = from; code <= to; code++) bytes[code] = 1;
  }
  reader.at++;
  if (reader.flags.ignoreCase)
    for (let code = 65; code <= 90; code++) if (bytes[code] || bytes[code + 32]) bytes[code] = bytes[code + 32] = 1;
  return negated ? bytes.map((has) => 1 - has) : bytes;
}

/** A single byte, or `undefined` when it was a set, which is added. */
function classMember(reader: Reader, bytes: Uint8Array): number | undefined {
  const { text } = reader;
  const named = /^\[:(\^?)([a-z]+):\]/u.exec(text.slice(reader.at, reader.at + 16));
  if (named) {
    const has = posix[named[2]!];
    if (!has) throw fault(reader, "unknown POSIX class name");
    reader.at += named[0].length;
    for (let code = 0; code < 256; code++) if (has(code) !== (named[1] === "^")) bytes[code] = 1;
    return undefined;
  }
  const character = text[reader.at]!;
  reader.at++;
  if (character !== "\\") return character.charCodeAt(0);
  const letter = text[reader.at];
  if (letter === undefined) throw fault(reader, "\\ at end of pattern");
  if (letter === "b") {
    reader.at++;
    return 8;
  }
  const set = escapedSet(letter);
  if (!set) return escapedByte(reader);
  reader.at++;
  for (let code = 0; code < 256; code++) if (set[code]) bytes[code] = 1;
  return undefined;
}
