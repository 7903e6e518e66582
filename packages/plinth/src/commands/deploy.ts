/** `plinth deploy`: bring a stage to what plinth.config.ts says. */
import { loadClients, type DataFate, type Plan } from "@plinth/deployer";
import type { Contract } from "@plinth/deployer/plan/contract";
import type { PlanFile } from "@plinth/deployer/plan/plan-file";
import { chosenLayers } from "../app/chosen-layers.ts";
import { chosenScope, refuseOthers, scopeOption } from "../app/chosen-scope.ts";
import { loadApp } from "../app/load-app.ts";
import { isDiskFull, ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { diskFull, Failure } from "../failure.ts";
import { connectForDeploy } from "../target.ts";
import type { BlockContent } from "../terminal/plan-blocks.ts";

export const command: Command = {
  summary: "Bring a stage to what plinth.config.ts says",
  description:
    "Shows the plan, asks, then deploys layer by layer: network, storage, images, secrets, databases, tasks, programs. A failure leaves " +
    "the last good version serving; running it again goes on from there. The stage local lives in the embedded cloud, which is started " +
    "when it does not run; there nothing is asked unless data would be lost.",
  about: "stage",
  changes: true,
  json: true,
  options: [
    { flags: "--yes", description: "agree to the plan beforehand" },
    scopeOption,
    { flags: "--layer <names>", description: "these layers alone, by commas, with what the others have put out" },
    {
      flags: "--builder <name>",
      description: "what builds images for AWS: docker, podman, buildah or codebuild; default: the first that answers",
    },
    { flags: "--revert-drift", description: "set back what was changed by hand, and make again what was deleted by hand" },
    { flags: "--plan <file>", description: "do just what this plan says (plinth plan --out), or nothing" },
    { flags: "--accept <names>", description: "with --yes or --plan in a production stage: whose data may be touched, by commas" },
  ],
  examples: [
    { command: "plinth deploy", what: "into the embedded cloud" },
    { command: "plinth deploy --stage prod", what: "to AWS, after a question" },
    { command: "plinth deploy --stage prod --yes", what: "to AWS from a script" },
    { command: "plinth deploy --stage prod --plan prod.plan", what: "what plinth plan --stage prod --out prod.plan has shown" },
    {
      command: "plinth deploy --stage prod --only application",
      what: "new images, migrations, programs: refused if the file changed more",
    },
    { command: "plinth deploy --stage prod --only infrastructure", what: "everything else; programs keep their images" },
    { command: "plinth deploy --layer compute", what: "the services alone: the other layers stay as they are" },
    { command: "plinth deploy --stage prod --revert-drift", what: "the same, and everything that plinth plan calls drift is set back" },
    { command: "plinth deploy --stage prod --local", what: "the templates of prod in the embedded cloud" },
  ],
  async run(invocation) {
    const { folder, json, signal, terminal } = invocation;
    // Before anything is started: a file that is no plan needs no cloud.
    const agreed = await agreedPlan(invocation);
    const loaded = await loadApp(invocation);
    const { refuseBrokenNevers } = await import("../app/nevers.ts");
    await refuseBrokenNevers(loaded);
    const aws = await connectForDeploy(invocation, loaded, () => {
      void import("@plinth/deployer/deploy").catch(() => undefined); // said where it is needed
      loadClients("sts", "ssm", "cloudformation", "ec2");
    });
    const assembly = await inPlace(invocation, loaded, aws);
    try {
      const [{ planStage, changesSomething }, { deploy }, { planBlocks }, { progressOn }, { realTime }] = await Promise.all([
        import("@plinth/deployer/plan"),
        import("@plinth/deployer/deploy"),
        import("../terminal/plan-blocks.ts"),
        import("../terminal/progress.ts"),
        import("@plinth/deployer"),
      ]);
      const { wantedBuilder } = await import("@plinth/deployer/images/builder");
      const given = invocation.options["builder"] ?? process.env["PLINTH_BUILDER"];
      const builder = wantedBuilder(typeof given === "string" ? given : undefined);
      const scope = chosenScope(invocation) ?? agreed?.file.contract.scope;
      if (scope === "application") await refuseOthers(invocation, assembly, aws);
      const planned = scope ? undefined : agreed?.file.contract.layers;
      const layers = chosenLayers(invocation, assembly) ?? (planned && new Set(planned));
      const revertDrift = invocation.options["revertDrift"] === true;
      const yes = invocation.options["yes"] === true || agreed !== undefined;
      if (agreed) refuseUnaccepted(agreed.file.plan, invocation);
      else if (!yes || assembly.production) {
        // What was changed by hand is looked for where somebody is to read it.
        const staged = await planStage(assembly, aws, ownFolder(folder), layers, {
          drift: !yes && (revertDrift || !aws.embedded),
          ...(scope && { scope }),
        });
        if (yes) refuseUnaccepted(staged.plan, invocation);
        else if (changesSomething(staged.plan) || (revertDrift && staged.plan.drift.length > 0))
          await consent(staged.plan, invocation, () => planBlocks({ ...staged, assembly, folder, aws }));
      }
      const holds = async () => {
        const { contract } = await planStage(assembly, aws, ownFolder(folder), layers, { contract: true, ...(scope && { scope }) });
        agreed?.holdTo(contract!);
      };
      const { commitOf } = await import("../app/commit.ts");
      const commit = await commitOf(folder);
      const progress = progressOn(terminal);
      const onAbort = () => terminal.note(`\nStopping: what runs in the cloud finishes there. Ctrl-C again ends at once.`);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        const { outputs, changed } = await deploy(
          {
            assembly,
            aws,
            emit: (event) => progress.take(event),
            signal,
            folder: ownFolder(folder),
            time: realTime,
            waitMs: invocation.waitMs,
            ...(builder && { builder }),
          },
          {
            commandOptions: stageOptions(invocation),
            ...(layers && { layers }),
            ...(scope && { scope }),
            revertDrift,
            ...(agreed && { beforeTouching: holds }),
            release: commit ? { commit } : {},
          },
        );
        progress.end();
        if (json) terminal.print(JSON.stringify(outputs, undefined, 2));
        else {
          terminal.note(changed ? "" : "\nNothing had to change.");
          const { outputsText } = await import("./outputs.ts");
          for (const line of outputsText(outputs)) terminal.print(line);
        }
        return exitCode.done;
      } catch (error) {
        progress.end();
        if (!signal.aborted) throw isDiskFull(folder) ? diskFull(ownFolder(folder), error) : error;
        throw new Failure("Stopped. The lease is released.", {
          code: "interrupted",
          exit: exitCode.interrupted,
          remedy: `plinth deploy${stageOptions(invocation)} goes on from here: it waits for what is still under way.`,
          cause: error,
        });
      }
    } finally {
      aws.close();
    }
  },
};

/** `--plan`: what was agreed to. It is held to under the lease, so that nobody can change the stage between. */
async function agreedPlan({ options }: Invocation): Promise<{ file: PlanFile; holdTo(now: Contract): void } | undefined> {
  const given = options["plan"];
  if (typeof given !== "string") return undefined;
  const [{ readPlanFile }, { holdTo }, { readFile }] = await Promise.all([
    import("@plinth/deployer/plan/plan-file"),
    import("@plinth/deployer/plan/contract"),
    import("node:fs/promises"),
  ]);
  const text = await readFile(given, "utf8").catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "is not there" : code === "EISDIR" ? "is a folder" : `cannot be read: ${message}`;
    throw new Failure(`The plan ${given} ${why}.`, {
      code: "no-plan",
      exit: exitCode.usage,
      cause: error,
    });
  });
  const file = readPlanFile(text, given);
  return { file, holdTo: (now) => holdTo(file.contract, now, given) };
}

/** `--yes` alone does not stretch to the data of a production stage: what is touched there is agreed to by name. */
function refuseUnaccepted(plan: Plan, invocation: Invocation): void {
  if (!plan.production) return;
  const accepted = String(invocation.options["accept"] ?? "")
    .split(",")
    .map((name) => name.trim());
  const touched = plan.data.filter(touchesData);
  const others = touched.filter(({ key, logicalId }) => !accepted.includes(key ?? logicalId));
  if (others.length === 0) return;
  const names = [...new Set(touched.map(({ key, logicalId }) => key ?? logicalId))].join(",");
  const given = invocation.options["plan"];
  throw new Failure(`The plan touches data of a production stage, and ${given === undefined ? "--yes" : "--plan"} does not say whose.`, {
    code: "not-consented",
    exit: exitCode.notConsented,
    evidence: others.map(({ text }) => text),
    remedy: `plinth deploy${stageOptions(invocation)} ${given === undefined ? "--yes" : `--plan ${String(given)}`} --accept ${names}`,
  });
}

/** Shows the plan and asks. In the embedded cloud nothing is asked unless data is lost; production data is agreed to by name. */
async function consent(plan: Plan, { terminal }: Invocation, blocks: () => Promise<BlockContent[]>): Promise<void> {
  const { planText, summaryText } = await import("../terminal/plan-text.ts");
  const loses = plan.data.some(({ fate }) => fate === "lost");
  if (plan.target === "embedded" && !loses) {
    terminal.note(terminal.colours.dim(`${plan.app} ${plan.stage}: ${summaryText(plan)}`));
    return;
  }
  const style = { colours: terminal.colours, columns: terminal.columns, verbose: false };
  for (const line of planText(plan, style, await blocks())) terminal.note(line);
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to the plan.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  const byName = plan.production && plan.data.some(touchesData);
  const answer = (await terminal.ask(byName ? `Type ${plan.stage} to go on: ` : "Go on? [y/N] "))?.trim() ?? "";
  if (byName ? answer === plan.stage : /^y(es)?$/i.test(answer)) return;
  throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}

/** More than keeping it, or making it. */
const touchesData = ({ event }: DataFate) => event !== "none" && event !== "created";
