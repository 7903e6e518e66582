/** Templates that are named on the command line, read and looked over. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { expandLoops, parseTemplate, type Template } from "@plinth/cloudformation";
import type { StackTemplate } from "@plinth/policy";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

/** Whether a word of the command line is a template's file and not a name. */
export const isTemplateFile = (word: string): boolean => /[/\\]|\.(?:json|ya?ml|template)$/i.test(word);

/** What the stack of a file is called. */
export const stackName = (file: string): string => basename(file).replace(/(?:\.template)?\.(?:json|ya?ml|template)$/i, "");

/**
 * As one system; two files of the same name are told apart by a number.
 * @param folder to which the files are relative.
 * @throws Failure as `readTemplate`.
 */
export function readTemplates(files: readonly string[], folder: string): StackTemplate[] {
  const counts = new Map<string, number>();
  return files.map((file) => {
    const name = stackName(file);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { name: count === 1 ? name : `${name} (${count})`, template: readTemplate(file, folder) };
  });
}

/** A macro among the resources is none of them: it is named as a transform of the template. */
function withoutMacro(template: Template): Template {
  const { "Fn::Transform": macro, ...resources } = template.Resources as Template["Resources"] & { "Fn::Transform"?: unknown };
  return macro === undefined ? template : { ...template, Transform: [template.Transform ?? [], macro].flat(), Resources: resources };
}

/** @throws Failure that names the file, and what is wrong with it. */
export function readTemplate(file: string, folder: string): Template {
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "EISDIR" ? "is a folder" : "cannot be read";
    throw new Failure(`${file} ${why}.`, {
      code: "no-template",
      exit: exitCode.usage,
      remedy: "Name CloudFormation templates, JSON or YAML; plinth synth writes those of a stage.",
      cause: error,
    });
  }
  try {
    const template = parseTemplate(text);
    const { Resources: resources } = template as { Resources?: unknown };
    if (typeof resources !== "object" || resources === null || Array.isArray(resources))
      throw new TypeError("Template format error: At least one Resources member must be defined.");
    const expanded = withoutMacro(expandLoops(template, () => undefined));
    for (const [logicalId, resource] of Object.entries(expanded.Resources)) {
      if (typeof (resource as { Type?: unknown } | null)?.Type !== "string")
        throw new TypeError(`Template format error: [/Resources/${logicalId}] Every resource must have a Type.`);
    }
    return expanded;
  } catch (error) {
    throw new Failure(`${file} is no CloudFormation template: ${(error as Error).message}`, {
      code: "bad-template",
      exit: exitCode.app,
      remedy: "A template is JSON or YAML with Resources, each of a Type.",
      cause: error,
    });
  }
}
