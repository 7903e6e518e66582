/** `plinth destroy`: take a stage down. */
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { consent } from "../destroy/consent.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Take a stage down",
  description:
    "Deletes the stage's stacks in reverse order. Says beforehand what becomes of data and how much that is, and afterwards what is left and " +
    "what that costs a month. Databases, clusters and load balancers that are protected against deletion stop it before anything is " +
    "deleted, until their protection is lifted: at a terminal it asks, elsewhere that takes --lift-protection. Databases leave a last " +
    "snapshot as their policies say (production: yes), or as you say. Can be run again after a failure: what is gone stays gone.",
  about: "stage",
  changes: true,
  json: true,
  options: [
    { flags: "--yes", description: "agree beforehand" },
    { flags: "--lift-protection", description: "switch off the protection of databases, clusters and load balancers against deletion" },
    { flags: "--final-snapshot", description: "keep a last snapshot of every database, also where it would be lost" },
    { flags: "--no-final-snapshot", description: "keep none" },
  ],
  examples: [
    { command: "plinth destroy", what: "the stage local, after typing its name" },
    { command: "plinth destroy --stage staging --final-snapshot", what: "with a last copy of its databases" },
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
      const plan = await planDestroy({ assembly, aws, time: realTime });
      if (plan.stacks.length === 0) {
        if (json) terminal.print(JSON.stringify({ deleted: [], left: [], remains: [] }));
        else terminal.note(`${assembly.app} ${assembly.stage} is not deployed: there is nothing to destroy.`);
        return exitCode.done;
      }
      const agreed = await consent(plan, invocation);
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
          agreed,
        );
        progress.end();
        if (json) terminal.print(JSON.stringify(result, undefined, 2));
        else {
          const { remainLines } = await import("../destroy/remain-lines.ts");
          for (const line of remainLines(result, assembly, ownFolder(folder))) terminal.note(line);
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
