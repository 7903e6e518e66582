/** `plinth previews reap`: destroy the previews that have outlived their time. */
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure, toFailure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Destroy the previews that have outlived their time",
  description:
    "A preview lives for previews.expireAfter after its last deploy. What is past that is destroyed, data and all; one that somebody changes " +
    "just now is left for the next time. plinth ci init writes a workflow that does this every hour.",
  about: "stage",
  changes: true,
  json: true,
  options: [{ flags: "--yes", description: "agree beforehand" }],
  examples: [{ command: "plinth previews reap --stage pr-1 --yes", what: "from a script" }],
  async run(invocation) {
    const { folder, json, signal, terminal, waitMs, options } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    try {
      const [{ listPreviews }, { destroy }, { progressOn }, { realTime }] = await Promise.all([
        import("@plinth/deployer/previews"),
        import("@plinth/deployer/destroy"),
        import("../terminal/progress.ts"),
        import("@plinth/deployer"),
      ]);
      const expired = (await listPreviews(aws, realTime, loaded.app)).filter((preview) => preview.expired);
      const stages = expired.map(({ stage }) => stage);
      if (stages.length > 0 && options["yes"] !== true) await consent(stages, terminal);
      const reaped: string[] = [];
      const failed: { stage: string; message: string }[] = [];
      for (const stage of stages) {
        const progress = progressOn(terminal);
        try {
          const one = { ...invocation, stage };
          const assembly = await inPlace(one, await loadApp(one), aws);
          const emit = progress.take.bind(progress);
          // A preview that was made production since, or whose stage is one now, is not reaped.
          if (assembly.expireAfterMs === undefined) throw new Error(`${stage} is no preview any more`);
          // A deploy may have extended its life since it was listed.
          const beforeTouching = async () => {
            const now = (await listPreviews(aws, realTime, loaded.app)).find((preview) => preview.stage === stage);
            if (now && !now.expired) throw new Error(`${stage} lives until ${now.expires} by now`);
          };
          await destroy(
            { assembly, aws, emit, signal, folder: ownFolder(folder), time: realTime, waitMs },
            { liftProtection: false, beforeTouching },
          );
          reaped.push(stage);
        } catch (error) {
          failed.push({ stage, message: toFailure(error).message });
        } finally {
          progress.end();
        }
      }
      if (json) terminal.print(JSON.stringify({ reaped, failed }, undefined, 2));
      else terminal.note(reaped.length > 0 ? `Reaped: ${reaped.join(", ")}.` : "No preview has outlived its time.");
      if (failed.length === 0) return exitCode.done;
      throw new Failure(`${failed.map(({ stage }) => stage).join(", ")} could not be reaped.`, {
        code: "not-reaped",
        exit: exitCode.failed,
        evidence: failed.map(({ stage, message }) => `${stage}: ${message}`),
        remedy: "The same command tries again.",
      });
    } finally {
      aws.close();
    }
  },
};

async function consent(stages: readonly string[], terminal: Parameters<Command["run"]>[0]["terminal"]): Promise<void> {
  terminal.note(`These previews are destroyed, with their data: ${stages.join(", ")}.`);
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  const answer = (await terminal.ask("Destroy them? [y/N] "))?.trim() ?? "";
  if (!/^y(es)?$/i.test(answer)) throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}
