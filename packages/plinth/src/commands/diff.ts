/** `plinth diff OLD NEW`: what an update from one template to another would do, whichever tool has made them. */
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Compare CloudFormation templates: what an update would do",
  description:
    "Takes two template files, JSON or YAML, made by any tool, or two folders of them, as plinth synth --out writes them, and shows what " +
    "an update from one to the other would replace, interrupt, delete, change and make, and what becomes of data. Asks no cloud. " +
    "Parameters count with their defaults.",
  about: "folder",
  json: true,
  arguments: [
    { name: "OLD", required: true, description: "the template, or the folder of templates, as it is" },
    { name: "NEW", required: true, description: "as it is to be" },
  ],
  options: [
    { flags: "--verbose", description: "everything, at any length" },
    { flags: "--markdown", description: "as a comment for a pull request" },
  ],
  examples: [
    { command: "plinth diff before.yaml after.yaml", what: "two templates" },
    { command: "plinth diff templates-main templates-branch", what: "two folders that plinth synth --out or cdk synth has written" },
  ],
  async run({ arguments: { OLD = "", NEW = "" }, json, terminal, options, folder }) {
    const [{ readTemplates, pairs }, { diffStacks }] = await Promise.all([
      import("../templates/read-templates.ts"),
      import("@plinth/deployer/plan/template-diff"),
    ]);
    const [old, next] = await Promise.all([readTemplates(folder, OLD), readTemplates(folder, NEW)]);
    const diff = diffStacks(pairs(old, next));
    if (json) terminal.print(JSON.stringify(diff, undefined, 2));
    else if (options["markdown"] === true) {
      const [{ changesMarkdown }, { summaryText }] = await Promise.all([
        import("../terminal/plan-markdown.ts"),
        import("../terminal/plan-text.ts"),
      ]);
      const lines = [`### ${OLD} → ${NEW}`, "", `**${summaryText({ ...diff, images: [] })}**`, ...changesMarkdown(diff.layers)];
      for (const line of lines) terminal.print(line);
    } else {
      const { diffText } = await import("../terminal/diff-text.ts");
      const style = { colours: terminal.colours, columns: terminal.columns, verbose: options["verbose"] === true };
      for (const line of diffText(diff, style)) terminal.print(line);
    }
    if (diff.layers.length === 0) throw new Failure(`${OLD} and ${NEW} hold no templates.`, { code: "no-template", exit: exitCode.usage });
    return exitCode.done;
  },
};
