/**
 * Finds cross-site scripting: reads text as a browser's HTML tokenizer would where pages put it (between tags, within an attribute's
 * value of each kind, as an address) and looks for what runs scripts.
 */
import { dangerousAddress, decodedEntities } from "./address.ts";
import { activeTags, addressAttributes, events } from "./words.ts";

/** Without one of these a text cannot leave the place where it was put, nor be an address that runs. */
const suspicious = /[<"'`=]|script|&#|&colon|data:/iu;

export function isCrossSiteScripting(text: string): boolean {
  if (text.length < 5 || !suspicious.test(text)) return false;
  if (dangerousAddress(text)) return true;
  if (text.includes("<") && findInContent(text)) return true;
  // Where a page puts the text into a tag: without quotes it is there at once, else after the quote that ends the value.
  if (!text.includes("=")) return false;
  if (runsInTag(text, 0).runs) return true;
  for (const quote of ['"', "'", "`"]) {
    const end = text.indexOf(quote);
    if (end >= 0 && runsInTag(text, end + 1).runs) return true;
  }
  return false;
}

/** Between tags. */
function findInContent(text: string): boolean {
  let at = text.indexOf("<");
  while (at >= 0) {
    const next = text.charCodeAt(at + 1);
    if (next === 33 || next === 63) {
      if (isActiveDeclaration(text, at)) return true;
      at = text.indexOf("<", at + 1);
      continue;
    }
    let start = at + 1;
    if (next === 47) start++;
    if (!isLetter(text.charCodeAt(start))) {
      at = text.indexOf("<", at + 1);
      continue;
    }
    let end = start;
    while (end < text.length && end - start < 64 && !endsName(text.charCodeAt(end))) end++;
    const name = text.slice(start, end).replaceAll("\0", "").toLowerCase();
    if (next !== 47 && isActiveTag(name)) return true;
    if (next === 47) {
      at = text.indexOf("<", end);
      continue;
    }
    const tag = runsInTag(text, end);
    if (tag.runs) return true;
    at = text.indexOf("<", Math.max(tag.end, at + 1));
  }
  return false;
}

const isActiveTag = (name: string) => activeTags.has(name) || activeTags.has(name.slice(name.indexOf(":") + 1));

/** `<!DOCTYPE`, `<!ENTITY`, `<![CDATA[`, `<?xml …`, and comments that old browsers ran. */
function isActiveDeclaration(text: string, at: number): boolean {
  return /^<(?:!\s*(?:doctype|entity|\[cdata\[|element|attlist|--\[if)|\?(?:xml|import|php))/iu.test(text.slice(at, at + 24));
}

/** Reads attributes from `start` to the end of the tag: whether one runs a script, and where the tag ends. */
function runsInTag(text: string, start: number): { runs: boolean; end: number } {
  let at = start;
  while (at < text.length) {
    let code = text.charCodeAt(at);
    if (isSpace(code) || code === 47) {
      at++;
      continue;
    }
    if (code === 62) return { runs: false, end: at + 1 };
    const nameStart = at;
    at++;
    while (at < text.length && !endsAttributeName((code = text.charCodeAt(at)))) at++;
    const nameEnd = at;
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== 61) continue;
    at++;
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    const quote = text.charCodeAt(at);
    let valueStart = at;
    let valueEnd: number;
    if (quote === 34 || quote === 39 || quote === 96) {
      valueStart++;
      const found = text.indexOf(text[at]!, valueStart);
      valueEnd = found < 0 ? text.length : found;
      at = valueEnd + 1;
    } else {
      while (at < text.length && !isSpace(text.charCodeAt(at)) && text.charCodeAt(at) !== 62) at++;
      valueEnd = at;
    }
    if (nameEnd - nameStart < 48 && attributeRuns(text.slice(nameStart, nameEnd), text, valueStart, valueEnd))
      return { runs: true, end: at };
  }
  return { runs: false, end: text.length };
}

function attributeRuns(given: string, text: string, start: number, end: number): boolean {
  const name = given.replaceAll("\0", "").toLowerCase();
  if (name.startsWith("on")) return end > start && events.has(name.slice(2));
  const local = name.slice(name.lastIndexOf(":") + 1);
  if (name === "srcdoc") return true;
  if (addressAttributes.has(name) || addressAttributes.has(local)) {
    const value = text.slice(start, end);
    return (
      dangerousAddress(value) || (name === "content" && /url\s*=\s*['"]?\s*(?:javascript|data|vbscript):/iu.test(decodedEntities(value)))
    );
  }
  if (name === "style")
    return /expression\s*\(|javascript:|vbscript:|behaviou?r\s*:|-moz-binding/iu.test(decodedEntities(text.slice(start, end)));
  return false;
}

const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13);
const isLetter = (code: number) => (code | 32) >= 97 && (code | 32) <= 122;
const endsName = (code: number) => isSpace(code) || code === 47 || code === 62 || code === 60;
const endsAttributeName = (code: number) => isSpace(code) || code === 47 || code === 62 || code === 61;
