/** `plinth plan`: show what a deploy would change. */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { StagePlan } from "@plinth/deployer";
import type { Command, Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { chosenLayers } from "../app/chosen-layers.ts";
import { chosenScope, refuseOthers, scopeOption } from "../app/chosen-scope.ts";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { connectForPlan } from "../target.ts";
import type { TakenData } from "../rehearsal/taken-data.ts";
import type { BlockContent } from "../terminal/plan-blocks.ts";

export const command: Command = {
  summary: "Show what a deploy would change",
  description:
    "Compares the app with what is deployed: what is replaced, interrupted, deleted, changed and made, each changed property old → new; " +
    "what becomes of data; what was changed by hand; which secrets are missing; how long it will take; what it does to the price. Nothing is touched. --out keeps " +
    "the plan in a file that deploy --plan holds to: it refuses if what would happen is no longer that.",
  about: "stage",
  json: true,
  options: [
    scopeOption,
    { flags: "--layer <names>", description: "these layers alone, by commas" },
    { flags: "--verbose", description: "everything, at any length" },
    { flags: "--markdown", description: "as a comment for a pull request" },
    { flags: "--out <file>", description: "also keep the plan in this file, for deploy --plan" },
    { flags: "--offline", description: "ask nobody: what a first deploy would make, without credentials" },
    { flags: "--no-drift", description: "do not look for what was changed by hand" },
    { flags: "--rehearse", description: "also run the update for real, in a throw-away embedded cloud" },
    {
      flags: "--data [dir]",
      description: "with --rehearse: databases begin with the stage's rows of now, or with those of a folder that plinth export has filled",
    },
    { flags: "--fail-at <name>", description: "with --rehearse: let it fail once this resource is made or changed" },
  ],
  examples: [
    { command: "plinth plan", what: "what a deploy into the embedded cloud would do" },
    { command: "plinth plan --stage prod", what: "the same against AWS" },
    { command: "plinth plan --stage prod --offline", what: "what prod would be on AWS, without an account" },
    { command: "plinth plan --stage prod --out prod.plan", what: "keep it; plinth deploy --stage prod --plan prod.plan does just that" },
    { command: "plinth plan --stage prod --markdown", what: "for a pull request" },
    { command: "plinth plan --stage prod --rehearse --fail-at api", what: "what happens when the update fails half way" },
    { command: "plinth plan --stage prod --rehearse --data", what: "whether the migrations go through with prod's own rows" },
    { command: "plinth plan --json", what: "as data, for scripts: docs/plan.md" },
  ],
  async run(invocation) {
    const { folder, json, terminal, options } = invocation;
    refuseIdle(invocation);
    const loaded = await loadApp(invocation);
    const aws = await connectForPlan(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const [{ planStage }, { planBlocks }] = await Promise.all([import("@plinth/deployer/plan"), import("../terminal/plan-blocks.ts")]);
    const scope = chosenScope(invocation);
    const out = typeof options["out"] === "string" ? options["out"] : undefined;
    let staged: StagePlan;
    let blocks: BlockContent[];
    let data: TakenData | undefined;
    try {
      if (scope === "application") await refuseOthers(invocation, assembly, aws);
      const offline = options["offline"] === true;
      staged = await planStage(assembly, aws, ownFolder(folder), chosenLayers(invocation, assembly), {
        drift: options["drift"] !== false,
        ...(scope && { scope }),
        target: invocation.local ? "embedded" : "aws",
        contract: out !== undefined || options["rehearse"] === true,
      });
      if (offline) staged.plan.notes.unshift("Nobody was asked what stands: this is the plan of a first deploy.");
      blocks = await planBlocks({ ...staged, assembly, folder, aws });
      if (options["data"] !== undefined) {
        const { takenData } = await import("../rehearsal/taken-data.ts");
        data = await takenData(
          invocation,
          assembly,
          Object.values(staged.contract!.stacks).some(({ deployed }) => deployed) ? aws : undefined,
        );
      }
    } finally {
      aws?.close();
    }
    if (options["rehearse"] === true) {
      const { rehearsePlan } = await import("../rehearsal/rehearse-plan.ts");
      try {
        blocks.push(await rehearsePlan(invocation, assembly, staged.contract!, data?.dumps ?? []));
      } finally {
        await data?.discard();
      }
    }
    const { plan } = staged;
    const signature = out === undefined ? undefined : await keep(staged, out, terminal);
    if (json) {
      const more = Object.fromEntries(blocks.map((block) => [block.name, block.json]));
      terminal.print(JSON.stringify({ ...plan, ...more, ...(signature === undefined ? {} : { signature }) }, undefined, 2));
    } else if (options["markdown"] === true) {
      const { planMarkdown } = await import("../terminal/plan-markdown.ts");
      for (const line of planMarkdown(plan, blocks, signature)) terminal.print(line);
    } else {
      const { planText } = await import("../terminal/plan-text.ts");
      const style = { colours: terminal.colours, columns: terminal.columns, verbose: options["verbose"] === true };
      for (const line of planText(plan, style, blocks)) terminal.print(line);
    }
    const failures = blocks.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length === 0) return exitCode.done;
    throw new Failure(failures[0]!, { code: "plan-refused", exit: exitCode.failed, evidence: failures.slice(1) });
  },
};

/** Options that would do nothing, or not what they say. */
function refuseIdle({ options }: Invocation): void {
  const given = (name: string) => options[name] !== undefined && options[name] !== false;
  const rehearses = given("rehearse");
  const faults: [boolean, string][] = [
    [given("offline") && given("out"), "A plan that is kept is about what stands: --out does not stand with --offline."],
    [given("data") && !rehearses, "--data says which rows a rehearsal begins with: it stands with --rehearse."],
    [given("failAt") && !rehearses, "--fail-at says where a rehearsal is to fail: it stands with --rehearse."],
    [
      rehearses && (given("layer") || given("only")),
      "A rehearsal is of the whole update: --rehearse does not stand with --layer or --only.",
    ],
  ];
  const fault = faults.find(([holds]) => holds)?.[1];
  if (fault !== undefined) throw new Failure(fault, { code: "usage", exit: exitCode.usage, remedy: "plinth plan --help explains them." });
}

/** @returns the signature. */
async function keep({ plan, contract }: StagePlan, out: string, terminal: Invocation["terminal"]): Promise<string> {
  const { planFile } = await import("@plinth/deployer/plan/plan-file");
  const file = planFile(plan, contract!);
  const path = resolve(out);
  try {
    await writeFile(path, `${JSON.stringify(file, undefined, 1)}\n`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EISDIR" ? "it is a folder" : code === "ENOENT" ? "its folder is not there" : message;
    throw new Failure(`The plan cannot be written to ${out}: ${why}.`, {
      code: "not-writable",
      exit: exitCode.environment,
      remedy: code === "EISDIR" ? `Name a file in it: --out ${join(out, "kept.plan")}.` : "Name a file that can be written.",
      cause: error,
    });
  }
  terminal.note(terminal.colours.dim(`The plan is in ${out}: ${file.signature}`));
  return file.signature;
}
