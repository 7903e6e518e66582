/** CloudFormation templates from files and folders, whichever tool has written them. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { checkTemplate, expandLoops, parseTemplate, type Template } from "@plinth/cloudformation";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export interface NamedTemplate {
  /** The file's name without its ending: what `plinth synth` and `cdk synth` call the stack. */
  name: string;
  template: Template;
}

/** Of a folder all that are named as templates are; what else lies there (`manifest.json`, assets) is left alone. */
const ending = /\.(template\.json|template\.ya?ml|template|ya?ml|json)$/;
const named = /\.template(\.json|\.ya?ml)?$|\.ya?ml$/;

/** @throws Failure that names the file, and what is wrong with it. */
export async function readTemplates(folder: string, given: string): Promise<{ single: boolean; templates: NamedTemplate[] }> {
  const path = resolve(folder, given);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => {
      throw new Failure(`${given} is not there.`, {
        code: "no-template",
        exit: exitCode.usage,
        remedy: "Name a template, or a folder of templates.",
      });
    },
  );
  if (!isFolder) return { single: true, templates: [await readTemplate(path, given)] };
  const files = (await readdir(path)).filter((file) => named.test(file)).sort();
  // A folder of plain .json files is one of templates if they say so.
  const candidates = files.length > 0 ? files : (await readdir(path)).filter((file) => file.endsWith(".json")).sort();
  if (candidates.length === 0)
    throw new Failure(`${given} holds no templates.`, {
      code: "no-template",
      exit: exitCode.usage,
      remedy: "plinth synth --out FOLDER writes them.",
    });
  return {
    single: false,
    templates: await Promise.all(candidates.map((file) => readTemplate(join(path, file), relative(folder, join(path, file))))),
  };
}

async function readTemplate(path: string, given: string): Promise<NamedTemplate> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Failure(`${given} cannot be read: ${(error as Error).message}`, { code: "no-template", exit: exitCode.usage, cause: error });
  });
  try {
    const template = expandLoops(parseTemplate(text), () => undefined);
    checkTemplate(template);
    return { name: basename(path).replace(ending, ""), template };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "TemplateError") throw error;
    throw new Failure(`${given} is no template: ${error.message}`, { code: "no-template", exit: exitCode.usage, cause: error });
  }
}

/** Two files are one pair, whatever they are called; of folders those of the same name. */
export function pairs(
  old: Awaited<ReturnType<typeof readTemplates>>,
  next: Awaited<ReturnType<typeof readTemplates>>,
): { name: string; before: Template | undefined; after: Template | undefined }[] {
  if (old.single && next.single) {
    const [one, other] = [old.templates[0]!, next.templates[0]!];
    return [{ name: other.name, before: one.template, after: other.template }];
  }
  const names = [...new Set([...next.templates, ...old.templates].map(({ name }) => name))];
  const find = (all: NamedTemplate[], name: string) => all.find((one) => one.name === name)?.template;
  return names.map((name) => ({ name, before: find(old.templates, name), after: find(next.templates, name) }));
}
