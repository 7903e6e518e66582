/** `plinth stop`: stop a stage that is not in use. */
import { operate } from "../app/operate.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Stop a stage that is not in use; its data stays",
  description:
    "Suspends scaling, takes services to no task, switches off what alarms do, and stops databases. What ran is remembered, and " +
    "plinth start brings back just that. Says what goes on costing. AWS starts a stopped database again after seven days.",
  about: "stage",
  changes: true,
  json: true,
  options: [{ flags: "--yes", description: "agree beforehand" }],
  examples: [
    { command: "plinth stop --stage dev", what: "over night" },
    { command: "plinth stop", what: "the stage local, inside the embedded cloud" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const { stopStage } = await import("@plinth/deployer/pause/stop-stage");
    const result = await operate(invocation, "stop", stopStage, async ({ assembly }) => {
      if (!invocation.local && invocation.options["yes"] !== true) await consent(invocation, assembly.production);
    });
    if (json) {
      terminal.print(JSON.stringify(result, undefined, 2));
      return exitCode.done;
    }
    terminal.note(`\n${invocation.stage} is stopped. plinth start${stageOptions(invocation)} brings it back.`);
    for (const line of result.notStopped) terminal.note(terminal.colours.yellow(`  not stopped: ${line}`));
    if (result.costsOn.length > 0) terminal.note(`On AWS these go on costing: ${result.costsOn.join(", ")}.`);
    if (result.databases.length > 0) terminal.note("AWS starts a stopped database again after seven days.");
    return exitCode.done;
  },
};

async function consent({ stage, terminal }: Invocation, production: boolean): Promise<void> {
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  const question = production ? `Nobody can use it then. Type ${stage} to stop it: ` : `Stop ${stage}? [y/N] `;
  const answer = (await terminal.ask(question))?.trim() ?? "";
  if (production ? answer === stage : /^y(es)?$/i.test(answer)) return;
  throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}
