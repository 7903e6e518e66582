/** Decoders of the ways in which attackers write characters, on byte strings; each reads its text once and never fails. */
import { namedEntities } from "./entities.ts";

const byte = (code: number) => String.fromCharCode(code & 255);
/** What cannot be a byte becomes its UTF-8 bytes. */
const character = (code: number) =>
  code < 256 ? String.fromCharCode(code) : Buffer.from(String.fromCodePoint(Math.min(code, 0x10ffff)), "utf8").toString("latin1");
const hex = (digits: string) => parseInt(digits, 16);

/** `%41`, and `+` for a space. */
export function urlDecode(text: string): string {
  if (!text.includes("%")) return text.includes("+") ? text.replaceAll("+", " ") : text;
  return text.replaceAll("+", " ").replaceAll(/%([0-9a-f]{2})/giu, (_, digits: string) => byte(hex(digits)));
}

/** Also `%u0041`, as IIS takes it; full-width ASCII becomes ASCII. */
export function urlDecodeUnicode(text: string): string {
  if (!text.includes("%")) return text.includes("+") ? text.replaceAll("+", " ") : text;
  return text
    .replaceAll("+", " ")
    .replaceAll(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/giu, (_, unicode?: string, digits?: string) =>
      unicode === undefined ? byte(hex(digits!)) : narrow(hex(unicode)),
    );
}

const narrow = (code: number) => (code >= 0xff01 && code <= 0xff5e ? byte(code - 0xfee0) : byte(code));

export function htmlEntityDecode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,8})|#(\d{1,8})|([a-z][a-z0-9]{1,31}));?/giu,
    (whole, digits?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return namedEntities.get(name) ?? namedEntities.get(name.toLowerCase()) ?? whole;
      return character(digits === undefined ? Number(decimal) : hex(digits));
    },
  );
}

/** As far as it is valid: stops at the first character that is not. */
export function base64Decode(text: string): string {
  const end = /[^A-Za-z0-9+/]/u.exec(text)?.index ?? text.length;
  return Buffer.from(text.slice(0, end), "base64").toString("latin1");
}

/** Skips what is not valid. */
export function base64DecodeForgiving(text: string): string {
  return Buffer.from(text.replaceAll(/[^A-Za-z0-9+/]/gu, ""), "base64").toString("latin1");
}

/** Pairs of digits, as far as there are. */
export function hexDecode(text: string): string {
  return Buffer.from(text, "hex").toString("latin1");
}

/** `0x414243`. */
export function sqlHexDecode(text: string): string {
  if (!/0x/iu.test(text)) return text;
  return text.replaceAll(/0x((?:[0-9a-f]{2})+)/giu, (_, digits: string) => Buffer.from(digits, "hex").toString("latin1"));
}

const ansiEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  "'": "'",
  '"': '"',
};

/** ANSI C: `\n`, `\x41`, `\101`. */
export function escapeSequenceDecode(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|([0-7]{1,3})|([abfnrtv\\?'"]))/giu,
    (whole, digits?: string, octal?: string, letter?: string) => {
      if (digits !== undefined) return byte(hex(digits));
      if (octal !== undefined) return byte(parseInt(octal, 8));
      return ansiEscapes[letter!] ?? whole;
    },
  );
}

/** `\41 `: one to six digits and a space; the last byte counts, full-width ASCII becomes ASCII. A backslash before anything else goes. */
export function cssDecode(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\(?:([0-9a-f]{1,6})[ \t\n\r\f]?|\r?\n|([^]))/giu, (_, digits?: string, other?: string) =>
    digits === undefined ? (other ?? "") : narrow(hex(digits)),
  );
}

/** JavaScript: `\u0041`, `\x41`, `\101`, `\n`. */
export function jsDecode(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(
    /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3]?[0-7]{1,2})|([^]))/giu,
    (_, unicode?: string, digits?: string, octal?: string, other?: string) => {
      if (unicode !== undefined) return narrow(hex(unicode));
      if (digits !== undefined) return byte(hex(digits));
      if (octal !== undefined) return byte(parseInt(octal, 8));
      return ansiEscapes[other!] ?? other!;
    },
  );
}

/** UTF-8 sequences become `%u` and four digits. */
export function utf8ToUnicode(text: string): string {
  if (!/[\x80-\xff]/u.test(text)) return text;
  return text.replaceAll(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/gu, (sequence) => {
    const code = Buffer.from(sequence, "latin1").toString("utf8").codePointAt(0)!;
    return `%u${code.toString(16).padStart(4, "0")}`;
  });
}
