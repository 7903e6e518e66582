/** A strict reader of the XML that AWS's clients send: elements, attributes, text, CDATA, comments; no DTD and no entities of its own. */
import { deepest, MalformedContent } from "./fault.ts";

export interface XmlElement {
  /** Without its prefix. */
  name: string;
  /** By full name (`xsi:type`). */
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const startTag = /([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attribute = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const endTag = /([A-Za-z_][\w.:-]*)\s*>/y;

export function parseXml(text: string): XmlElement {
  let at = 0;
  let root: XmlElement | undefined;
  const open: { element: XmlElement; fullName: string }[] = [];
  const skipPast = (end: string) => {
    const found = text.indexOf(end, at);
    if (found < 0) throw broken();
    at = found + end.length;
    return found;
  };
  const addText = (piece: string) => {
    const holder = open.at(-1);
    if (holder) holder.element.text += piece;
    else if (piece.trim() !== "" && piece !== "\uFEFF") throw broken();
  };

  while (at < text.length) {
    const next = text.indexOf("<", at);
    const until = next < 0 ? text.length : next;
    if (until > at) addText(unescaped(text.slice(at, until)));
    if (next < 0) break;
    at = next + 1;
    if (text.startsWith("?", at)) skipPast("?>");
    else if (text.startsWith("!--", at)) {
      at += 3;
      skipPast("-->");
    } else if (text.startsWith("![CDATA[", at)) {
      at += 8;
      const from = at;
      addText(text.slice(from, skipPast("]]>")));
    } else if (text.startsWith("/", at)) {
      endTag.lastIndex = at + 1;
      const match = endTag.exec(text);
      const closed = open.pop();
      if (!match || !closed || closed.fullName !== match[1]) throw broken();
      at = endTag.lastIndex;
    } else {
      startTag.lastIndex = at;
      const match = startTag.exec(text);
      if (!match || (open.length === 0 && root)) throw broken();
      at = startTag.lastIndex;
      const fullName = match[1]!;
      const element: XmlElement = { name: fullName.slice(fullName.indexOf(":") + 1), attributes: {}, children: [], text: "" };
      for (const [, name, double, single] of match[2]!.matchAll(attribute)) element.attributes[name!] = unescaped(double ?? single ?? "");
      open.at(-1)?.element.children.push(element);
      root ??= element;
      if (match[3] !== "/" && open.push({ element, fullName }) > deepest) throw broken();
    }
  }
  if (!root || open.length > 0) throw broken();
  return root;
}

const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]+));|&/g, (_, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) {
      const character = entities[name];
      if (character === undefined) throw broken();
      return character;
    }
    const point = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : Number.NaN;
    if (!(point >= 1 && point <= 0x10ffff)) throw broken();
    return String.fromCodePoint(point);
  });
}

function broken(): MalformedContent {
  return new MalformedContent("The XML you provided was not well-formed or did not validate against our published schema", true);
}
