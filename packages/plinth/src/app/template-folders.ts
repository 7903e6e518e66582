/** Templates to compare: a file, or all of a folder, whichever tool has written them. */
import { readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Template } from "@plinth/cloudformation";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { readTemplate, stackName } from "./template-files.ts";

export interface TemplateSet {
  /** Whether a file was named, and not a folder. */
  single: boolean;
  /** By what their stacks are called. */
  templates: Map<string, Template>;
}

/** Of a folder all that are named as templates are; what else lies there (`manifest.json`, assets) is left alone. */
const named = /\.template(\.json|\.ya?ml)?$|\.ya?ml$/;

/** @throws Failure that names the file, and what is wrong with it. */
export async function readTemplateSet(given: string, folder: string): Promise<TemplateSet> {
  const path = resolve(folder, given);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return { single: true, templates: new Map([[stackName(given), readTemplate(given, folder)]]) };
  const files = (await readdir(path)).sort();
  const templates = files.filter((file) => named.test(file));
  // A folder of plain .json files is one of templates if they say so.
  const chosen = templates.length > 0 ? templates : files.filter((file) => file.endsWith(".json"));
  if (chosen.length > 0) {
    const read = (file: string) => readTemplate(relative(folder, join(path, file)), folder);
    return { single: false, templates: new Map(chosen.map((file) => [stackName(file), read(file)])) };
  }
  throw new Failure(`${given} holds no templates.`, {
    code: "no-template",
    exit: exitCode.usage,
    remedy: "plinth synth --out FOLDER writes those of a stage.",
  });
}

/** Two files are one pair, whatever they are called; of folders those of the same name. */
export function templatePairs(
  old: TemplateSet,
  next: TemplateSet,
): { name: string; before: Template | undefined; after: Template | undefined }[] {
  if (old.single && next.single) {
    const [before] = old.templates.values();
    return [...next.templates].map(([name, after]) => ({ name, before, after }));
  }
  const names = [...new Set([...next.templates.keys(), ...old.templates.keys()])];
  return names.map((name) => ({ name, before: old.templates.get(name), after: next.templates.get(name) }));
}
