/** From the text of a template, JSON or YAML with short forms (`!Ref x`), to its data. */
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { parseYaml } from "./parse-yaml.ts";

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
    // AWS counts the character that it did not expect as read.
    const column = before.length - before.lastIndexOf("\n") + (before.length < text.length ? 1 : 0);
    throw new TemplateError(`Template format error: JSON not well-formed. (line ${line}, column ${column})`);
  }
}
