/** XML content by schema: typed inputs from elements, and answers as text. */
import { MalformedContent, pathText, type Path, type Reading } from "./fault.ts";
import type { MapShape, Member, Shape } from "./model.ts";
import { scalarFromText, scalarToText } from "./scalar-text.ts";
import type { XmlElement } from "./xml-parse.ts";

export function readXml(shape: Shape, element: XmlElement, reading: Reading, path?: Path): unknown {
  switch (shape.kind) {
    case "structure":
      return readStructure(element, shape.members.values(), reading, path);
    case "list":
      return element.children
        .filter(({ name }) => name === (shape.member.traits.xmlName ?? "member"))
        .map((child, index) =>
          readXml(shape.member.shape, child, reading, { parent: { parent: path, name: String(index + 1) }, name: "member" }),
        );
    case "map":
      return readEntries(
        shape,
        element.children.filter(({ name }) => name === "entry"),
        reading,
        path,
      );
    default:
      if (element.children.length > 0) throw new MalformedContent(`${element.name} holds elements where a value is expected`);
      return scalarFromText(shape, shape.kind === "string" ? element.text : element.text.trim());
  }
}

/** Reads those `members` of a structure that travel in its `element`. */
export function readStructure(
  element: XmlElement,
  members: Iterable<Member>,
  reading: Reading,
  path: Path | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const member of members) {
    const name = member.traits.xmlName ?? member.name;
    const at = { parent: path, name: member.name };
    const value = member.traits.xmlAttribute
      ? element.attributes[name] === undefined
        ? undefined
        : scalarFromText(member.shape as never, element.attributes[name])
      : readMember(
          member,
          element.children.filter((child) => child.name === name),
          reading,
          at,
        );
    if (value !== undefined) result[member.name] = value;
    else if (member.required) reading.missing.push({ path: pathText(at), name: member.name });
  }
  return result;
}

function readMember(member: Member, elements: XmlElement[], reading: Reading, path: Path): unknown {
  const { shape, traits } = member;
  if (elements.length === 0) return undefined;
  if (traits.xmlFlattened && shape.kind === "list") {
    return elements.map((each, index) =>
      readXml(shape.member.shape, each, reading, { parent: { parent: path, name: String(index + 1) }, name: "member" }),
    );
  }
  if (traits.xmlFlattened && shape.kind === "map") return readEntries(shape, elements, reading, path);
  return readXml(shape, elements[0]!, reading, path);
}

function readEntries(shape: MapShape, elements: XmlElement[], reading: Reading, path: Path | undefined): unknown {
  const keyName = shape.key.traits.xmlName ?? "key";
  const valueName = shape.value.traits.xmlName ?? "value";
  return Object.fromEntries(
    elements.map((entry) => {
      const key = entry.children.find(({ name }) => name === keyName)?.text ?? "";
      const value = entry.children.find(({ name }) => name === valueName);
      const at = { parent: path, name: key || "''" };
      if (!value) reading.missing.push({ path: pathText(at), name: key });
      return [key, value && readXml(shape.value.shape, value, reading, at)];
    }),
  );
}

/** How answers differ between services. */
export interface XmlStyle {
  /** IAM and STS give whole seconds. */
  wholeSeconds?: boolean;
}

/** The elements inside a structure, without the structure's own. `members` are those that travel there. */
export function writeMembers(members: Iterable<Member>, value: Record<string, unknown>, style: XmlStyle): string {
  let text = "";
  for (const member of members) {
    const each = value[member.name];
    if (each === undefined || each === null || member.traits.xmlAttribute) continue;
    text += writeMember(member, each, style);
  }
  return text;
}

export function writeElement(name: string, attributes: string, shape: Shape, value: unknown, style: XmlStyle): string {
  const inside = writeContent(shape, value, style);
  return inside === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}</${name}>`;
}

function writeMember(member: Member, value: unknown, style: XmlStyle): string {
  const { shape, traits } = member;
  const name = traits.xmlName ?? member.name;
  if (traits.xmlFlattened && shape.kind === "list") {
    let text = "";
    for (const each of value as Iterable<unknown>) text += writeElement(name, "", shape.member.shape, each, style);
    return text;
  }
  if (traits.xmlFlattened && shape.kind === "map") return writeEntries(name, shape, value as object, style);
  return writeElement(name, attributesOf(member, value), shape, value, style);
}

/** A namespace of its own, and the members that travel as attributes (S3's `Grantee`). */
function attributesOf({ shape, traits }: Member, value: unknown): string {
  let text = "";
  if (traits.xmlNamespace) {
    const [prefix, address] = typeof traits.xmlNamespace === "string" ? ["", traits.xmlNamespace] : traits.xmlNamespace;
    text += ` xmlns${prefix ? `:${prefix}` : ""}="${escapeXml(address)}"`;
  }
  if (shape.kind !== "structure") return text;
  for (const member of shape.members.values()) {
    const each = (value as Record<string, unknown>)[member.name];
    if (!member.traits.xmlAttribute || each === undefined) continue;
    text += ` ${member.traits.xmlName ?? member.name}="${escapeXml(scalarToText(member.shape as never, each))}"`;
  }
  return text;
}

function writeContent(shape: Shape, value: unknown, style: XmlStyle): string {
  switch (shape.kind) {
    case "structure":
      return writeMembers(shape.members.values(), value as Record<string, unknown>, style);
    case "list": {
      let text = "";
      const name = shape.member.traits.xmlName ?? "member";
      for (const each of value as Iterable<unknown>) {
        text += writeElement(name, attributesOf(shape.member, each), shape.member.shape, each, style);
      }
      return text;
    }
    case "map":
      return writeEntries("entry", shape, value as object, style);
    case "timestamp": {
      const text = scalarToText(shape, value);
      return style.wholeSeconds ? text.replace(/\.\d+Z$/, "Z") : text;
    }
    default:
      return escapeXml(scalarToText(shape, value));
  }
}

function writeEntries(name: string, shape: MapShape, value: object, style: XmlStyle): string {
  const keyName = shape.key.traits.xmlName ?? "key";
  const valueName = shape.value.traits.xmlName ?? "value";
  let text = "";
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined || each === null) continue;
    text += `<${name}><${keyName}>${escapeXml(key)}</${keyName}>${writeElement(valueName, "", shape.value.shape, each, style)}</${name}>`;
  }
  return text;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// oxlint-disable-next-line no-control-regex
const escaped = /[&<>"'\u0000-\u001f\u0085\u2028\ufffe\uffff]/g;

/** Characters that XML 1.0 cannot hold even escaped (most controls) become U+FFFD, as nothing else would parse. */
export function escapeXml(text: string): string {
  return text.toWellFormed().replaceAll(escaped, escapedCharacter);
}

function escapedCharacter(character: string): string {
  const known = escapes[character];
  if (known) return known;
  const code = character.charCodeAt(0);
  // Tab and line feed stay as they are; a carriage return would be lost when parsed (XML 1.0, 2.11).
  if (code === 9 || code === 10) return character;
  if (code === 13 || code === 0x85 || code === 0x2028) return `&#x${code.toString(16).toUpperCase()};`;
  return "\uFFFD";
}
