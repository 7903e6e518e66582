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
    const [{ readTemplateSet, templatePairs }, { diffStacks }] = await Promise.all([
      import("../app/template-folders.ts"),
      import("@plinth/deployer/plan/template-diff"),
    ]);
    const [old, next] = await Promise.all([readTemplateSet(OLD, folder), readTemplateSet(NEW, folder)]);
    const diff = comparable(() => diffStacks(templatePairs(old, next)));
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
    return exitCode.done;
  },
};

/** What only shows when resources are put in order: a circle, a function that is not of its form. */
function comparable<T>(compare: () => T): T {
  try {
    return compare();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "TemplateError") throw error;
    throw new Failure(`A template does not hold: ${error.message}`, { code: "bad-template", exit: exitCode.app, cause: error });
  }
}
