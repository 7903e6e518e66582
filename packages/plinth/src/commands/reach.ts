/** `plinth reach`: show who can reach what. */
import { reachOf, type System } from "@plinth/policy";
import { loadApp } from "../app/load-app.ts";
import { systemOf } from "../app/policy-system.ts";
import { isTemplateFile, readTemplates } from "../app/template-files.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Show who can reach what, and what the internet reaches",
  description:
    "Reads security groups, routes, gateways, endpoints, load balancers, addresses and policies: of the app's stage, or of templates of any " +
    "origin. Two names ask for one pair: the way, or what blocks it. Nothing is asked of AWS. Ends with 1 where the app's never does not hold.",
  arguments: [{ name: "WHAT", rest: true, description: "templates; two names, FROM and TO; or both" }],
  about: "stage",
  json: true,
  options: [{ flags: "--verbose", description: "also entrances to AWS's services, rules, and what starts programs may do" }],
  examples: [
    { command: "plinth reach --stage prod", what: "everything of prod" },
    { command: "plinth reach api database --stage prod", what: "the way from one to the other, or what blocks it" },
    { command: "plinth reach network.yaml app.yaml internet Database", what: "of templates that others made; names are logical ids" },
  ],
  async run(invocation) {
    const { rest, json, terminal, stage } = invocation;
    const files = rest.filter(isTemplateFile);
    const names = rest.filter((word) => !isTemplateFile(word));
    if (names.length !== 0 && names.length !== 2) {
      throw new Failure(names.length === 1 ? `From ${names[0]}, to what?` : `A pair has two names, not ${names.length}.`, {
        code: "usage",
        exit: exitCode.usage,
        remedy: "plinth reach FROM TO, for example: plinth reach internet database.",
      });
    }
    const assembly = files.length > 0 ? undefined : await loadApp(invocation);
    const system: System = assembly ? systemOf(assembly) : { stacks: readTemplates(files, invocation.folder) };
    const title = assembly ? `${assembly.app} ${stage}` : files.length === 1 ? files[0]! : `${files.length} templates`;
    const reach = reachOf(system);
    const verbose = invocation.options["verbose"] === true;
    if (names.length === 2) {
      const [from, to] = names as [string, string];
      const answer = reach.pair(from, to);
      if (!answer) throw unknownName(reach.has(from) ? to : from, reach.names(), reach.has(from) && reach.has(to));
      if (json) terminal.print(JSON.stringify(answer, undefined, 2));
      else {
        const { pairText } = await import("../terminal/reach-text.ts");
        for (const line of pairText(answer, terminal.colours)) terminal.print(line);
      }
      return exitCode.done;
    }
    const broken = reach.brokenNevers();
    if (json) terminal.print(JSON.stringify({ ...reach.all(), broken }, undefined, 2));
    else {
      const { reachText } = await import("../terminal/reach-text.ts");
      const page = reachText(title, reach.all(), broken, { colours: terminal.colours, columns: terminal.columns, verbose });
      for (const line of page) terminal.print(line);
    }
    return broken.length > 0 ? exitCode.failed : exitCode.done;
  },
};

function unknownName(name: string, names: readonly string[], isNoSource: boolean): Failure {
  const message = isNoSource ? `${name} opens no connections: ask the other way round.` : `There is no ${name} here.`;
  return new Failure(message, { code: "no-such-name", exit: exitCode.usage, remedy: `Names here: ${names.join(", ")}.` });
}
