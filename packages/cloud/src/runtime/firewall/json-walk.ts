/** Reads JSON from its beginning as far as it is valid, and tells keys and values with the JSON pointers of their places. */

export interface JsonPart {
  pointer: string;
  kind: "key" | "value";
  text: string;
}

interface Walk {
  text: string;
  at: number;
  parts: JsonPart[];
}

const deepest = 200;

/** `text` is a byte string; so are the parts. */
export function walkJson(text: string): { parts: JsonPart[]; valid: boolean } {
  const walk: Walk = { text, at: 0, parts: [] };
  const valid = value(walk, "", 0) && (space(walk), walk.at === text.length);
  return { parts: walk.parts, valid };
}

function space(walk: Walk): void {
  while (walk.at < walk.text.length && " \t\n\r".includes(walk.text[walk.at]!)) walk.at++;
}

function value(walk: Walk, pointer: string, depth: number): boolean {
  space(walk);
  const first = walk.text[walk.at];
  if (first === "{" || first === "[") return depth < deepest && container(walk, pointer, depth, first === "{");
  const text = first === '"' ? string(walk) : scalar(walk);
  if (text === undefined) return false;
  walk.parts.push({ pointer, kind: "value", text });
  return true;
}

function container(walk: Walk, pointer: string, depth: number, object: boolean): boolean {
  const end = object ? "}" : "]";
  walk.at++;
  space(walk);
  if (walk.text[walk.at] === end) {
    walk.at++;
    return true;
  }
  for (let index = 0; ; index++) {
    let name = String(index);
    if (object) {
      space(walk);
      const key = walk.text[walk.at] === '"' ? string(walk) : undefined;
      if (key === undefined) return false;
      name = key;
      walk.parts.push({ pointer: `${pointer}/${escapedKey(key)}`, kind: "key", text: key });
      space(walk);
      if (walk.text[walk.at] !== ":") return false;
      walk.at++;
    }
    if (!value(walk, `${pointer}/${escapedKey(name)}`, depth + 1)) return false;
    space(walk);
    const next = walk.text[walk.at++];
    if (next === end) return true;
    if (next !== ",") return false;
  }
}

const escapedKey = (key: string) => (/[~/]/u.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key);

const scalarPattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;

function scalar(walk: Walk): string | undefined {
  scalarPattern.lastIndex = walk.at;
  const found = scalarPattern.exec(walk.text);
  if (!found) return undefined;
  walk.at += found[0].length;
  return found[0];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", '"': '"', "\\": "\\", "/": "/" };

function string(walk: Walk): string | undefined {
  const { text } = walk;
  const start = walk.at + 1;
  let end = start;
  let escaped = false;
  for (; ; end++) {
    const code = text.charCodeAt(end);
    if (end >= text.length || code < 32) return undefined;
    if (code === 34) break;
    if (code === 92) {
      escaped = true;
      end++;
    }
  }
  walk.at = end + 1;
  const raw = text.slice(start, end);
  if (!escaped) return raw;
  let wrong = false;
  const decoded = raw.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]))/gu, (_, digits?: string, letter?: string) => {
    if (digits !== undefined) return Buffer.from(String.fromCharCode(parseInt(digits, 16)), "utf8").toString("latin1");
    const found = escapes[letter!];
    if (found === undefined) wrong = true;
    return found ?? "";
  });
  return wrong ? undefined : decoded;
}
