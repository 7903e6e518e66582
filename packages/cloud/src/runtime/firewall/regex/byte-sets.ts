/** Sets of bytes that patterns name: literals, `\d` and its like, POSIX classes. A set is 256 zeros and ones. */

const isDigit = (code: number) => code >= 48 && code <= 57;
const isWord = (code: number) => isDigit(code) || code === 95 || ((code | 32) >= 97 && (code | 32) <= 122);
const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13);
const otherCase = (code: number) => ((code | 32) >= 97 && (code | 32) <= 122 ? code ^ 32 : code);

export function setOf(has: (code: number) => boolean): Uint8Array {
  const bytes = new Uint8Array(256);
  for (let code = 0; code < 256; code++) if (has(code)) bytes[code] = 1;
  return bytes;
}

const sets: Readonly<Record<string, (code: number) => boolean>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  h: (code) => code === 32 || code === 9,
  v: (code) => code >= 10 && code <= 13,
};

/** Of `\d`, `\W` and the others; `undefined` for letters that name none. */
export function escapedSet(letter: string): Uint8Array | undefined {
  if (letter === "N") return setOf((code) => code !== 10);
  const has = sets[letter.toLowerCase()];
  if (!has) return undefined;
  return setOf(letter === letter.toLowerCase() ? has : (code) => !has(code));
}

export const posix: Readonly<Record<string, (code: number) => boolean>> = {
  alpha: (code) => (code | 32) >= 97 && (code | 32) <= 122,
  digit: isDigit,
  alnum: (code) => isWord(code) && code !== 95,
  upper: (code) => code >= 65 && code <= 90,
  lower: (code) => code >= 97 && code <= 122,
  space: isSpace,
  blank: (code) => code === 32 || code === 9,
  punct: (code) => code > 32 && code < 127 && !(isWord(code) && code !== 95),
  xdigit: (code) => isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102),
  word: isWord,
  print: (code) => code >= 32 && code < 127,
  graph: (code) => code > 32 && code < 127,
  cntrl: (code) => code < 32 || code === 127,
};

/** Patterns are mostly literals: each of their sets is made once. */
const literals = new Map<number, Uint8Array>();

export function literalSet(code: number, ignoreCase: boolean): Uint8Array {
  const key = ignoreCase ? code + 256 : code;
  let bytes = literals.get(key);
  if (!bytes) {
    const other = ignoreCase ? otherCase(code) : code;
    literals.set(key, (bytes = setOf((each) => each === code || each === other)));
  }
  return bytes;
}
