/** `plinth synth`: write the CloudFormation templates of a stage. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Write the CloudFormation templates of a stage",
  description: "One JSON template for each stack, deployable by hand in the order that is printed.",
  about: "stage",
  json: true,
  options: [{ flags: "--out <dir>", description: "where to; default: .plinth/templates/STAGE beside the app" }],
  examples: [
    { command: "plinth synth --stage prod --out templates", what: "the templates of prod into ./templates" },
    { command: "plinth synth --json", what: "all of them as one JSON object by stack name" },
  ],
  async run(invocation) {
    const { folder, stage, options, json, terminal } = invocation;
    const { stacks } = await loadApp(invocation);
    const out = options["out"];
    if (json) terminal.print(JSON.stringify(Object.fromEntries(stacks.map(({ name, template }) => [name, template])), undefined, 2));
    if (json && out === undefined) return exitCode.done;
    const target = typeof out === "string" ? resolve(out) : join(ownFolder(folder), "templates", stage);
    await mkdir(target, { recursive: true });
    for (const { name, template } of stacks) {
      const file = join(target, `${name}.template.json`);
      await writeFile(file, `${JSON.stringify(template, undefined, 2)}\n`);
      if (!json) terminal.print(file);
    }
    return exitCode.done;
  },
};
