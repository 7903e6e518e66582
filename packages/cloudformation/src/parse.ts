/** From the text of a template, JSON or YAML with short forms (`!Ref x`), to its data. */
import {
  parseDocument,
  visit,
  type Document,
  type ScalarTag,
  type CollectionTag,
  YAMLMap,
  YAMLSeq,
  isMap,
  isScalar,
  isSeq,
  type Tags,
} from "yaml";
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";

/** The long form of each short form; `Ref` and `Condition` have no `Fn::`. */
const shortForms = [
  "Ref",
  "Condition",
  "GetAtt",
  "Sub",
  "Join",
  "Select",
  "Split",
  "If",
  "ImportValue",
  "GetAZs",
  "Cidr",
  "FindInMap",
  "Base64",
  "Length",
  "ToJsonString",
  "ForEach",
  "Transform",
  "Equals",
  "And",
  "Or",
  "Not",
  "Contains",
  "EachMemberEquals",
  "EachMemberIn",
  "RefAll",
  "ValueOf",
  "ValueOfAll",
] as const;

const longForm = (name: string) => (name === "Ref" || name === "Condition" ? name : `Fn::${name}`);

/** `!GetAtt A.B.C` names the resource before the first dot and the attribute behind it. */
function getAtt(text: string): unknown {
  const dot = text.indexOf(".");
  return dot < 0 ? text : [text.slice(0, dot), text.slice(dot + 1)];
}

const tags: Tags = shortForms.flatMap((name): (ScalarTag | CollectionTag)[] => {
  const tag = `!${name}`;
  const wrap = (value: unknown) => ({ [longForm(name)]: value });
  return [
    { tag, resolve: (text: string) => wrap(name === "GetAtt" ? getAtt(text) : text) },
    { tag, collection: "seq", nodeClass: YAMLSeq, resolve: (node) => new Wrapped(longForm(name), node as YAMLSeq) },
    { tag, collection: "map", nodeClass: YAMLMap, resolve: (node) => new Wrapped(longForm(name), node as YAMLMap) },
  ];
});

/** A tagged collection, which becomes `{ "Fn::…": collection }` when the document becomes data. */
class Wrapped extends YAMLMap {
  constructor(name: string, node: YAMLSeq | YAMLMap) {
    super();
    // The node keeps its own tag out of the way: it is data like any other now.
    delete (node as { tag?: string }).tag;
    this.set(name, node);
  }
}

/**
 * The data of a template's text.
 * @throws TemplateError as CloudFormation says it: not well-formed, not a map, a key twice.
 */
export function parseTemplate(text: string): Template {
  const data = text.trimStart().startsWith("{") ? parseJson(text) : parseYaml(text);
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw new TemplateError("Template format error: unsupported structure.");
  return data as Template;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const before = text.slice(0, position === undefined ? text.length : Number(position));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new TemplateError(`Template format error: JSON not well-formed. (line ${line}, column ${column})`);
  }
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, {
    version: "1.1",
    customTags: (given) => [...given.filter((tag) => !replaced.includes(nameOfTag(tag))), ...booleans, ...(tags as never[])],
    uniqueKeys: true,
    merge: true,
  });
  const [error] = document.errors;
  if (error) {
    const [start] = error.linePos ?? [];
    throw new TemplateError(`Template format error: YAML not well-formed. (line ${start?.line ?? 1}, column ${start?.col ?? 1})`);
  }
  const unknown = findUnknownTag(document.contents);
  if (unknown) throw new TemplateError(`Template format error: YAML not well-formed. Unknown tag ${unknown}`);
  keepKeysAsText(document);
  return document.toJS({ maxAliasCount: 100 });
}

/** `2010-09-09` is a version here, never a date; and a bare `y` or `n` is text, as in the parser that CloudFormation uses. */
const replaced = ["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"];
const nameOfTag = (tag: unknown) => (typeof tag === "object" && tag !== null ? String((tag as { tag?: string }).tag) : "");
const boolean = (value: boolean, test: RegExp): ScalarTag => ({ tag: "tag:yaml.org,2002:bool", default: true, test, resolve: () => value });
const booleans = [
  boolean(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/),
  boolean(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/),
];

function findUnknownTag(node: unknown): string | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    const tag = (node as { tag?: string }).tag;
    if (tag?.startsWith("!") && !shortForms.some((name) => tag === `!${name}`)) return tag;
  }
  const children = isMap(node) ? node.items.flatMap((pair) => [pair.key, pair.value]) : isSeq(node) ? node.items : [];
  for (const child of children) {
    const found = findUnknownTag(child);
    if (found) return found;
  }
  return undefined;
}

/** Keys are names: `On:` is the key `On`, not `true`. */
function keepKeysAsText(document: Document): void {
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && typeof key.value !== "string" && typeof key.value !== "symbol" && key.source !== undefined)
        key.value = key.source;
    },
  });
}
