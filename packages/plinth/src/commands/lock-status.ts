/** `plinth lock status`: who holds a stage now. */
import { loadApp } from "../app/load-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Show who holds a stage now",
  description:
    "Whoever changes a stage holds it until that has ended: one at a time. Says who, on which machine, with which command, since when, and " +
    "whether there are still signs of life.",
  about: "stage",
  json: true,
  examples: [{ command: "plinth lock status --stage prod", what: "" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const assembly = await loadApp(invocation);
    const { app, stage } = assembly;
    const aws = await connectToRunning(invocation, assembly);
    try {
      const [{ inWords, isAlive, readLease }, { realTime }] = await Promise.all([
        import("@plinth/deployer/lease"),
        import("@plinth/deployer"),
      ]);
      const lease = await readLease(aws, app, stage);
      const { holder } = lease ?? {};
      const alive = holder !== undefined && isAlive(aws, realTime, holder);
      if (json) terminal.print(JSON.stringify({ held: lease !== undefined, ...(holder && { alive, holder }) }, undefined, 2));
      else if (!lease) terminal.print(`Nobody holds ${app} ${stage}.`);
      else if (!holder) terminal.print(`${app} ${stage} is held by something that is no plinth: plinth lock release ends that.`);
      else {
        terminal.print(`${app} ${stage} is held by ${inWords(holder)} since ${holder.since}.`);
        if (!alive) terminal.print("There is no sign of life any more: the next command that changes the stage takes over.");
      }
      return exitCode.done;
    } finally {
      aws.close();
    }
  },
};
