/** From the text of a YAML template to its data, as the parser that CloudFormation uses reads it. */
import { createRequire } from "node:module";
import type { CollectionTag, Document, ScalarTag, Tags, YAMLMap, YAMLSeq } from "yaml";
import { TemplateError } from "./template-error.ts";

/** Loaded with the first YAML template: the templates of plinth itself are JSON. */
const yaml = () => require("yaml") as typeof import("yaml");
const require = createRequire(import.meta.url);

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

/** What each short form of a text, of a sequence and of a map becomes. */
function tags(): Tags {
  const { YAMLMap, YAMLSeq } = yaml();
  /** A tagged collection becomes `{ "Fn::…": collection }` when the document becomes data. */
  const wrapped = (name: string, node: YAMLSeq | YAMLMap) => {
    // The node keeps its own tag out of the way: it is data like any other now.
    delete (node as { tag?: string }).tag;
    const wrapper = new YAMLMap();
    wrapper.set(name, node);
    return wrapper;
  };
  return shortForms.flatMap((name): (ScalarTag | CollectionTag)[] => {
    const tag = `!${name}`;
    return [
      { tag, resolve: (text: string) => ({ [longForm(name)]: name === "GetAtt" ? getAtt(text) : text }) },
      { tag, collection: "seq", nodeClass: YAMLSeq, resolve: (node) => wrapped(longForm(name), node as YAMLSeq) },
      { tag, collection: "map", nodeClass: YAMLMap, resolve: (node) => wrapped(longForm(name), node as YAMLMap) },
    ];
  });
}

/** @throws TemplateError where it is not well-formed, or has a tag that CloudFormation does not know. */
export function parseYaml(text: string): unknown {
  const document = yaml().parseDocument(text, {
    version: "1.1",
    customTags: (given) => [...given.filter((tag) => !replaced.includes(nameOfTag(tag))), ...booleans, ...(tags() as never[])],
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
  const { isMap, isScalar, isSeq } = yaml();
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
  const { isScalar, visit } = yaml();
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && typeof key.value !== "string" && typeof key.value !== "symbol" && key.source !== undefined)
        key.value = key.source;
    },
  });
}
