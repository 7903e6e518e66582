/** `Fn::ForEach`, which writes a part of a template once for each item of a list (transform AWS::LanguageExtensions). */
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { asFunction } from "./walk.ts";

const loopKey = /^Fn::ForEach::([A-Za-z0-9]+)$/;
const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The template with every loop written out: in Conditions, Resources, Outputs, and among the properties of a resource. A
 * collection is a list, or the `Ref` of a list parameter, whose text `parameterText` gives.
 * @throws TemplateError where a loop is not of its form, has nothing to go through, or makes a name twice.
 */
export function expandLoops(template: Template, parameterText: (name: string) => string | undefined): Template {
  if (!hasLoop(template)) return template;
  const transforms = [template.Transform ?? []].flat();
  if (!transforms.includes("AWS::LanguageExtensions")) {
    throw new TemplateError("Template format error: Fn::ForEach needs the transform AWS::LanguageExtensions");
  }
  const defaults = (name: string) => {
    const declared = template.Parameters?.[name]?.Default;
    return declared === undefined ? undefined : String(declared);
  };
  const items = (value: unknown): string[] => {
    const call = asFunction(value);
    if (call?.name === "Ref") {
      const text = parameterText(String(call.argument)) ?? defaults(String(call.argument));
      if (text !== undefined) return text.split(",").map((item) => item.trim());
    }
    if (Array.isArray(value)) return value.flatMap((item) => (asFunction(item) ? items(item) : [String(item)]));
    throw new TemplateError("Template format error: the collection of Fn::ForEach must be a list or the Ref of a list parameter");
  };

  const expand = (value: unknown, bound: Readonly<Record<string, string>>): unknown => {
    if (typeof value === "string") return substitute(value, bound);
    if (Array.isArray(value)) return value.map((item) => expand(item, bound));
    if (!isMap(value)) return value;
    if (asFunction(value)?.name === "Ref" && typeof value.Ref === "string" && Object.hasOwn(bound, value.Ref)) return bound[value.Ref];
    const result: Record<string, unknown> = {};
    const put = (key: string, item: unknown) => {
      if (Object.hasOwn(result, key)) throw new TemplateError(`Template format error: Fn::ForEach makes the key ${key} twice`);
      result[key] = item;
    };
    for (const [key, item] of Object.entries(value)) {
      if (!loopKey.test(key)) put(substitute(key, bound), expand(item, bound));
      else for (const [made, content] of Object.entries(writeOut(key, item, bound))) put(made, content);
    }
    return result;
  };

  const writeOut = (key: string, loop: unknown, bound: Readonly<Record<string, string>>): Record<string, unknown> => {
    const [identifier, collection, body] = Array.isArray(loop) ? loop : [];
    if (!Array.isArray(loop) || loop.length !== 3 || typeof identifier !== "string" || !isMap(body)) {
      throw new TemplateError(`Template format error: ${key} requires an identifier, a collection, and a map to write out`);
    }
    const result: Record<string, unknown> = {};
    for (const item of items(expand(collection, bound))) {
      for (const [made, content] of Object.entries(expand(body, { ...bound, [identifier]: item }) as Record<string, unknown>)) {
        if (Object.hasOwn(result, made)) throw new TemplateError(`Template format error: ${key} makes the key ${made} twice`);
        result[made] = content;
      }
    }
    return result;
  };

  return expand(template, {}) as Template;
}

/** `${Name}` becomes the item, `&{Name}` the item without what a logical id may not hold. */
function substitute(text: string, bound: Readonly<Record<string, string>>): string {
  return text.replace(/([$&])\{([A-Za-z0-9]+)\}/g, (whole, kind: string, name: string) => {
    if (!Object.hasOwn(bound, name)) return whole;
    return kind === "$" ? bound[name]! : bound[name]!.replace(/[^A-Za-z0-9]/g, "");
  });
}

/** Looks at every key of a template, most of which have none: no list of entries is made, no pattern tried on other functions. */
function hasLoop(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasLoop);
  for (const key in value) {
    if (key.startsWith("Fn::F") && loopKey.test(key)) return true;
    if (hasLoop((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}
