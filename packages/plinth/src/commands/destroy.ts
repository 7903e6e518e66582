/** `plinth destroy`: take a stage down. */
import type { Destruction } from "@plinth/deployer";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Take a stage down",
  description:
    "Deletes the stage's stacks in reverse order. Says beforehand what becomes of data, and afterwards what is left. Databases that are " +
    "protected against deletion stop it before anything is deleted, unless --lift-protection is given. Can be run again after a failure.",
  about: "stage",
  changes: true,
  json: true,
  options: [
    { flags: "--yes", description: "agree beforehand" },
    { flags: "--lift-protection", description: "switch off the protection of databases against deletion" },
  ],
  examples: [
    { command: "plinth destroy", what: "the stage local, after typing its name" },
    { command: "plinth destroy --stage prod --yes --lift-protection", what: "a production stage from a script" },
  ],
  async run(invocation) {
    const { folder, json, signal, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    try {
      const [{ planDestroy, destroy }, { progressOn }, { realTime }] = await Promise.all([
        import("@plinth/deployer/destroy"),
        import("../terminal/progress.ts"),
        import("@plinth/deployer"),
      ]);
      const plan = await planDestroy({ assembly, aws });
      if (plan.stacks.length === 0) {
        if (json) terminal.print(JSON.stringify({ deleted: [], left: [] }));
        else terminal.note(`${assembly.app} ${assembly.stage} is not deployed: there is nothing to destroy.`);
        return exitCode.done;
      }
      const liftProtection = invocation.options["liftProtection"] === true;
      refuseProtected(plan, liftProtection);
      if (invocation.options["yes"] !== true) await consent(plan, invocation);
      const progress = progressOn(terminal);
      try {
        const result = await destroy(
          {
            assembly,
            aws,
            emit: (event) => progress.take(event),
            signal,
            folder: ownFolder(folder),
            time: realTime,
            waitMs: invocation.waitMs,
          },
          { liftProtection },
        );
        progress.end();
        if (json) terminal.print(JSON.stringify(result, undefined, 2));
        else {
          terminal.note(`\n${assembly.app} ${assembly.stage} is gone.${result.left.length > 0 ? " Left are:" : " Nothing is left."}`);
          for (const line of result.left) terminal.note(`  ${line}`);
        }
        return exitCode.done;
      } catch (error) {
        progress.end();
        if (!signal.aborted) throw error;
        throw new Failure("Stopped. The lease is released.", {
          code: "interrupted",
          exit: exitCode.interrupted,
          remedy: `plinth destroy${stageOptions(invocation)} goes on from here.`,
          cause: error,
        });
      }
    } finally {
      aws.close();
    }
  },
};

function refuseProtected({ protectedResources }: Destruction, liftProtection: boolean): void {
  if (protectedResources.length === 0 || liftProtection) return;
  throw new Failure(`Protected against deletion: ${protectedResources.join(", ")}. Nothing was touched.`, {
    code: "protected",
    exit: exitCode.notConsented,
    remedy: "Add --lift-protection to switch that off.",
  });
}

/** By typing the stage's name. */
async function consent({ stacks, data, protectedResources }: Destruction, { stage, terminal }: Invocation): Promise<void> {
  const { colours } = terminal;
  terminal.note(`These stacks are deleted: ${stacks.map(({ name }) => name).join(", ")}.`);
  for (const { text, fate } of data) terminal.note(fate === "lost" ? colours.red(`  ! ${text}`) : `    ${text}`);
  if (protectedResources.length > 0) terminal.note(colours.yellow(`  The protection of ${protectedResources.join(", ")} is lifted.`));
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  const answer = await terminal.ask(`Type ${stage} to destroy it: `);
  if (answer?.trim() === stage) return;
  throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}
