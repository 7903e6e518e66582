/** `plinth status`: show how a stage is: services, queues, databases, alarms, missing secrets. */
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

/** Of a page that is watched. */
const pauseMs = { embedded: 1_000, aws: 5_000 };

export const command: Command = {
  summary: "Show how a stage is: services, tasks, queues, databases, alarms, missing secrets",
  description:
    "Of services how many tasks run, whether they are healthy, when they were deployed and where they answer; of tasks how they " +
    "ended the last time, and when they run next; of queues how many " +
    "messages wait and how many are dead; of alarms which fire and why; of secrets which have no value.",
  about: "stage",
  json: true,
  options: [{ flags: "--watch", description: "draw the page again and again, until Ctrl-C" }],
  examples: [
    { command: "plinth status", what: "the stage local" },
    { command: "plinth status --stage prod --watch", what: "prod, as it changes" },
    { command: "plinth status --stage prod --json", what: "prod as data" },
  ],
  async run(invocation) {
    const { json, terminal, signal } = invocation;
    const watch = invocation.options["watch"] === true;
    if (watch && (json || !terminal.interactive)) {
      throw new Failure("--watch draws on a terminal, and only there.", { code: "usage", exit: exitCode.usage, remedy: "Leave it out." });
    }
    const folder = ownFolder(invocation.folder);
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    try {
      const assembly = await inPlace(invocation, loaded, aws);
      const [{ readStatus }, { realTime }] = await Promise.all([import("@plinth/deployer/status"), import("@plinth/deployer")]);
      if (json) {
        terminal.print(JSON.stringify(await readStatus(aws, assembly, folder, new Date(realTime.now())), undefined, 2));
        return exitCode.done;
      }
      const { statusText } = await import("../terminal/status-text.ts");
      for (;;) {
        const now = new Date(realTime.now());
        const lines = statusText(await readStatus(aws, assembly, folder, now), terminal.colours, now, stageOptions(invocation));
        if (!watch) {
          for (const line of lines) terminal.print(line);
          return exitCode.done;
        }
        terminal.draw(`\u001B[H\u001B[2J${lines.slice(0, terminal.rows - 1).join("\n")}\n`);
        await realTime.sleep(aws.embedded ? pauseMs.embedded : pauseMs.aws, signal).catch(() => undefined);
        if (signal.aborted) return exitCode.done;
      }
    } finally {
      aws.close();
    }
  },
};
