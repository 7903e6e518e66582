/** `plinth lock release`: let a stage go that somebody else holds. */
import { loadApp } from "../app/load-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Let a stage go that somebody holds",
  description:
    "For a holder that is gone and whose lease you do not want to wait for. One that lives notices it before it changes anything more, " +
    "and ends with 5; what it has begun in the cloud finishes there. Asks first.",
  about: "stage",
  json: true,
  options: [{ flags: "--yes", description: "agree beforehand" }],
  examples: [{ command: "plinth lock release --stage prod", what: "after a question" }],
  async run(invocation) {
    const { json, terminal, options } = invocation;
    const assembly = await loadApp(invocation);
    const { app, stage } = assembly;
    const aws = await connectToRunning(invocation, assembly);
    try {
      const [{ breakLease, inWords, isAlive, readLease }, { realTime }] = await Promise.all([
        import("@plinth/deployer/lease"),
        import("@plinth/deployer"),
      ]);
      const lease = await readLease(aws, app, stage);
      if (!lease) {
        if (json) terminal.print(JSON.stringify({ released: false }));
        else terminal.note(`Nobody holds ${app} ${stage}.`);
        return exitCode.done;
      }
      const { holder } = lease;
      if (options["yes"] !== true) {
        const who = holder ? `${inWords(holder)} since ${holder.since}` : "something that is no plinth";
        terminal.note(`${app} ${stage} is held by ${who}.`);
        if (holder && isAlive(aws, realTime, holder)) terminal.note("It gives signs of life: it will stop where it is.");
        if (!terminal.interactive) {
          throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
            code: "not-consented",
            exit: exitCode.notConsented,
            remedy: `plinth lock release${stageOptions(invocation)} --yes agrees beforehand.`,
          });
        }
        const answer = (await terminal.ask("Release it? [y/N] "))?.trim() ?? "";
        if (!/^y(es)?$/i.test(answer)) {
          throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
        }
      }
      const released = await breakLease(aws, app, stage, holder);
      if (json) terminal.print(JSON.stringify({ released, ...(released && holder && { from: holder }) }, undefined, 2));
      else terminal.note(released ? `${app} ${stage} is released.` : "That has just ended by itself.");
      return exitCode.done;
    } finally {
      aws.close();
    }
  },
};
