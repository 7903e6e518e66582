/** `plinth start`: start a stopped stage again. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Start a stopped stage again, as it was",
  description:
    "Databases first, then as many tasks of each service as there were, then scaling, and what alarms do. Waits until all of it runs; " +
    "run again after a failure it goes on from there.",
  about: "stage",
  changes: true,
  json: true,
  examples: [{ command: "plinth start --stage dev", what: "in the morning" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const { startStage } = await import("@plinth/deployer/pause/start-stage");
    const result = await operate(invocation, "start", startStage);
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else if (result.stoppedSince === undefined) terminal.note(`${invocation.stage} is not stopped.`);
    else terminal.note(`\n${invocation.stage} runs again; it was stopped since ${result.stoppedSince}.`);
    return exitCode.done;
  },
};
