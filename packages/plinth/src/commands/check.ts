/** `plinth check`: show what is unsafe, or will not work, before anything is touched. */
import { check, passes, reachOf, type System } from "@plinth/policy";
import { loadApp } from "../app/load-app.ts";
import { systemOf } from "../app/policy-system.ts";
import { readTemplates } from "../app/template-files.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Show what is unsafe or will not work, before anything is touched",
  description:
    "Looks at the app's stage, or at templates of any origin: what AWS's security practices and CIS ask of these resource types, limits and " +
    "quotas, single points of failure, certificates, and the app's own never. Nothing is asked of AWS. Ends with 1 where something grave is found.",
  arguments: [{ name: "TEMPLATE", rest: true, description: "templates; default: those of the app's stage" }],
  about: "stage",
  json: true,
  options: [
    { flags: "--deep", description: "also AWS's own validator, where it is installed; takes seconds" },
    { flags: "--rules <file>", description: "with --deep: a file of CloudFormation Guard rules" },
    { flags: "--verbose", description: "all findings, each with its reason and what helps" },
  ],
  examples: [
    { command: "plinth check --stage prod", what: "what is to be said of prod" },
    { command: "plinth check network.yaml app.yaml", what: "the same of templates that others made" },
    { command: "plinth check --stage prod --deep --rules company.guard", what: "with AWS's validator and rules of your own" },
  ],
  async run(invocation) {
    const { rest, json, terminal, stage, options } = invocation;
    const deep = options["deep"] === true;
    const guard = options["rules"];
    if (typeof guard === "string" && !deep) {
      throw new Failure("--rules is read by AWS's validator, which --deep runs.", {
        code: "usage",
        exit: exitCode.usage,
        remedy: `plinth check --deep --rules ${guard}`,
      });
    }
    const assembly = rest.length > 0 ? undefined : await loadApp(invocation);
    const system: System = assembly ? systemOf(assembly) : { stacks: readTemplates(rest, invocation.folder) };
    const title = assembly ? `${assembly.app} ${stage}` : rest.length === 1 ? rest[0]! : `${rest.length} templates`;
    const reach = reachOf(system);
    const guardFile = typeof guard === "string" ? guard : undefined;
    const others = deep ? await (await import("../app/deep-check.ts")).deepFindings(reach.facts, invocation.folder, guardFile) : undefined;
    const report = check(system, { reach, more: others?.findings ?? [] });
    const validator = others?.validator;
    if (json) terminal.print(JSON.stringify({ ...report, ...(validator !== undefined && { validator }) }, undefined, 2));
    else {
      const { checkText } = await import("../terminal/check-text.ts");
      const verbose = options["verbose"] === true;
      for (const line of checkText(title, report, { colours: terminal.colours, columns: terminal.columns, verbose, validator }))
        terminal.print(line);
    }
    return passes(report) ? exitCode.done : exitCode.failed;
  },
};
