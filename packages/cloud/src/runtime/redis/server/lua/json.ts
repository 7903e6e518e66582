/** `cjson`: JSON as Redis's scripts read and write it (lua-cjson 2.1, with its limits and its words). */
import { isTable, LuaError, luaNull, significant, type LuaFunction, type LuaTable, type LuaValue } from "./values.ts";

interface Settings {
  encodeDepth: number;
  decodeDepth: number;
  precision: number;
  sparse: { convert: boolean; ratio: number; safe: number };
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};
// oxlint-disable-next-line no-control-regex -- these are the characters that JSON wants escaped
const escaped = /[\u0000-\u001f"\\/\u007f]/g;
const quoted = (text: string) =>
  `"${text.replace(escaped, (char) => escapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;

const fault = (message: string) => new LuaError(message, "positioned");

/** The length as a list, or `undefined` where it is an object (an empty table is). */
function listLength(table: LuaTable, { sparse }: Settings): number | undefined {
  let max = 0;
  for (const key of table.keys()) {
    if (typeof key !== "number" || key < 1 || !Number.isInteger(key)) return undefined;
    if (key > max) max = key;
  }
  if (sparse.ratio > 0 && max > table.size * sparse.ratio && max > sparse.safe) {
    if (!sparse.convert) throw fault("Cannot serialise table: excessively sparse array");
    return undefined;
  }
  return max === 0 ? undefined : max;
}

function encodeJson(value: LuaValue, settings: Settings, depth = 1): string {
  if (value === undefined || value === luaNull) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw fault("Cannot serialise number: must not be NaN or Inf");
    return significant(value, settings.precision);
  }
  if (!isTable(value)) throw fault(`Cannot serialise ${(value as { opaque: string }).opaque}: type not supported`);
  if (depth > settings.encodeDepth) throw fault(`Cannot serialise, excessive nesting (${depth})`);
  const length = listLength(value, settings);
  if (length !== undefined) return `[${Array.from({ length }, (_, at) => encodeJson(value.get(at + 1), settings, depth + 1)).join(",")}]`;
  const fields: string[] = [];
  for (const [key, each] of value) {
    if (typeof key === "boolean" || (typeof key === "string" && key.startsWith("\0") && key.length === 2))
      throw fault(`Cannot serialise ${typeof key === "boolean" ? "boolean" : "table"}: table key must be a number or string`);
    const name = typeof key === "number" ? `"${significant(key, settings.precision)}"` : quoted(key);
    fields.push(`${name}:${encodeJson(each, settings, depth + 1)}`);
  }
  return `{${fields.join(",")}}`;
}

const kinds: Readonly<Record<string, string>> = {
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ",": "T_COMMA",
  ":": "T_COLON",
  '"': "T_STRING",
};
const simple: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const numberAt = /-?(?:0x[\da-f]+|(?:\d+\.?\d*(?:e[+-]?\d+)?)|inf(?:inity)?|nan)/iy;
const plainAt = /[^"\\]*/y;

function decodeJson(text: string, { decodeDepth }: Settings): LuaValue {
  let at = 0;
  const found = (): string => {
    const char = text[at];
    if (char === undefined) return "T_END";
    const word = kinds[char];
    if (word) return word;
    if (/[-\d]/.test(char)) return char === "-" && !/\d/.test(text[at + 1] ?? "") ? "invalid number" : "T_NUMBER";
    if (/^(true|false)/.test(text.slice(at, at + 5))) return "T_BOOLEAN";
    return text.startsWith("null", at) ? "T_NULL" : "invalid token";
  };
  const unexpected = (wanted: string) => fault(`Expected ${wanted} but found ${found()} at character ${at + 1}`);
  const skip = () => {
    for (let code = text.charCodeAt(at); code === 32 || code === 9 || code === 10 || code === 13; code = text.charCodeAt(at)) at++;
  };
  const string = (): string => {
    let read = "";
    for (at++; ;) {
      plainAt.lastIndex = at;
      const plain = plainAt.exec(text)![0];
      read += plain;
      at += plain.length;
      if (text[at] === '"') {
        at++;
        return read;
      }
      if (at >= text.length) throw fault(`Expected value but found unexpected end of string at character ${at + 1}`);
      const char = text[at + 1];
      if (char === "u") {
        const unit = (from: number) =>
          /^[\da-f]{4}$/i.test(text.slice(from, from + 4)) ? parseInt(text.slice(from, from + 4), 16) : undefined;
        let code = unit(at + 2);
        if (code === undefined) throw fault(`Expected value but found invalid unicode escape code at character ${at + 1}`);
        at += 6;
        if (code >= 0xd800 && code < 0xe000) {
          const low = code < 0xdc00 && text.startsWith("\\u", at) ? unit(at + 2) : undefined;
          if (low === undefined || low < 0xdc00 || low > 0xdfff)
            throw fault(`Expected value but found invalid unicode escape code at character ${at - 5}`);
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
        read += Buffer.from(String.fromCodePoint(code)).toString("latin1");
      } else if (char !== undefined && char in simple) {
        read += simple[char];
        at += 2;
      } else throw fault(`Expected value but found invalid escape code at character ${at + 1}`);
    }
  };
  const value = (depth: number): LuaValue => {
    if (depth > decodeDepth) throw fault(`Found too many nested data structures (${depth}) at character ${at}`);
    skip();
    const char = text[at];
    if (char === '"') return string();
    if (char === "{" || char === "[") {
      const table: LuaTable = new Map();
      const close = char === "{" ? "}" : "]";
      at++;
      skip();
      if (text[at] === close) {
        at++;
        return table;
      }
      for (let next = 1; ; next++) {
        skip();
        if (char === "[") table.set(next, value(depth + 1));
        else {
          if (text[at] !== '"') throw unexpected("object key string");
          const key = string();
          skip();
          if (text[at] !== ":") throw unexpected("colon");
          at++;
          table.set(key, value(depth + 1));
        }
        skip();
        if (text[at] === close) {
          at++;
          return table;
        }
        if (text[at] !== ",") throw unexpected(char === "[" ? "comma or array end" : "comma or object end");
        at++;
      }
    }
    for (const [word, meaning] of [
      ["true", true],
      ["false", false],
      ["null", luaNull],
    ] as const) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return meaning;
    }
    numberAt.lastIndex = at;
    const number = numberAt.exec(text)?.[0];
    if (number === undefined) throw unexpected("value");
    at += number.length;
    const lower = number.toLowerCase();
    if (lower.includes("inf")) return lower.startsWith("-") ? -Infinity : Infinity;
    return lower.startsWith("-0x") ? -Number(lower.slice(1)) : Number(lower);
  };
  const whole = value(0);
  skip();
  if (at < text.length) throw unexpected("the end");
  return whole;
}

const text = (value: LuaValue, name: string): string => {
  if (typeof value === "string") return value;
  if (typeof value === "number") return significant(value, 14);
  throw fault(
    `bad argument #1 to '${name}' (string expected, got ${value === undefined ? "no value" : isTable(value) ? "table" : typeof value})`,
  );
};

/** What scripts call, with settings that last as long as the machine. */
export function jsonFunctions(): Record<string, LuaFunction> {
  const settings: Settings = { encodeDepth: 1000, decodeDepth: 1000, precision: 14, sparse: { convert: false, ratio: 2, safe: 10 } };
  const setting = (name: "encodeDepth" | "decodeDepth" | "precision", max: number): LuaFunction => {
    return ([wanted]) => {
      if (wanted !== undefined) {
        if (typeof wanted !== "number" || wanted < 1 || wanted > max)
          throw fault(`bad argument #1 to '?' (expected integer between 1 and ${max})`);
        settings[name] = Math.trunc(wanted);
      }
      return [settings[name]];
    };
  };
  return {
    "cjson.encode": (args) => {
      if (args.length !== 1) throw fault("bad argument #1 to 'encode' (expected 1 argument)");
      return [encodeJson(args[0], settings)];
    },
    "cjson.decode": (args) => {
      if (args.length !== 1) throw fault("bad argument #1 to 'decode' (expected 1 argument)");
      return [decodeJson(text(args[0], "decode"), settings)];
    },
    "cjson.encode_max_depth": setting("encodeDepth", 2 ** 31 - 1),
    "cjson.decode_max_depth": setting("decodeDepth", 2 ** 31 - 1),
    "cjson.encode_number_precision": setting("precision", 14),
    "cjson.encode_sparse_array": ([convert, ratio, safe]) => {
      if (convert !== undefined) settings.sparse.convert = convert === true;
      if (typeof ratio === "number") settings.sparse.ratio = ratio;
      if (typeof safe === "number") settings.sparse.safe = safe;
      return [settings.sparse.convert, settings.sparse.ratio, settings.sparse.safe];
    },
  };
}
