/** Templates that are named on the command line, read and looked over, as one system. */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { expandLoops, parseTemplate, type Template } from "@plinth/cloudformation";
import type { StackTemplate } from "@plinth/policy";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

/** Whether a word of the command line is a template's file and not a name. */
export const isTemplateFile = (word: string): boolean => /[/\\]|\.(?:json|ya?ml|template)$/i.test(word);

/** @throws Failure that names the file, and what is wrong with it. */
export async function readTemplates(files: readonly string[]): Promise<StackTemplate[]> {
  const stacks: StackTemplate[] = [];
  for (const file of files) {
    const name = basename(file).replace(/(?:\.template)?\.(?:json|ya?ml|template)$/i, "") || "template";
    const alike = stacks.filter((stack) => stack.name === name || stack.name.startsWith(`${name} (`)).length;
    stacks.push({ name: alike === 0 ? name : `${name} (${alike + 1})`, template: await readTemplate(file) });
  }
  return stacks;
}

async function readTemplate(file: string): Promise<Template> {
  let text: string;
  try {
    text = await readFile(resolve(file), "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw notATemplate(file, missing ? "there is no such file" : (error as Error).message);
  }
  try {
    const template = parseTemplate(text);
    const { Resources: resources } = template as { Resources?: unknown };
    if (typeof resources !== "object" || resources === null || Array.isArray(resources)) throw new Error("it has no Resources");
    const expanded = expandLoops(template, () => undefined);
    for (const [logicalId, resource] of Object.entries(expanded.Resources)) {
      const type = (resource as { Type?: unknown } | null)?.Type;
      if (typeof type !== "string") throw new Error(`its resource ${logicalId} has no Type`);
    }
    return expanded;
  } catch (error) {
    throw notATemplate(file, (error as Error).message);
  }
}

const notATemplate = (file: string, why: string) =>
  new Failure(`${file} is no CloudFormation template: ${why}.`.replace(/\.\.$/, "."), {
    code: "no-template",
    exit: exitCode.usage,
    remedy: "Give files of CloudFormation, JSON or YAML; without any the app's own templates are looked at.",
  });
