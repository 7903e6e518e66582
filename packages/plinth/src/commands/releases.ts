/** `plinth releases`: who deployed what, when, from which commit. */
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "List the releases of a stage: who deployed what, when, from which commit",
  description:
    "The newest 20, the one that runs is marked. A star behind a commit says that files differed from it. They are noted in the account " +
    "itself, so that everybody who may see the stage sees the same list.",
  about: "stage",
  json: true,
  examples: [
    { command: "plinth releases --stage prod", what: "the releases of prod" },
    { command: "plinth releases --stage prod --json", what: "with callers, digests and task definitions" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    try {
      const { app, stage } = await inPlace(invocation, loaded, aws);
      const { readReleases, runningRelease } = await import("@plinth/deployer/releases/release");
      const releases = await readReleases(aws, app, stage);
      if (json) terminal.print(JSON.stringify(releases, undefined, 2));
      else if (releases.length === 0) terminal.note(`${app} ${stage} has no releases yet: plinth deploy${stageOptions(invocation)}`);
      else {
        const { releasesText } = await import("../terminal/releases-text.ts");
        for (const line of releasesText(releases, runningRelease(releases)?.number, terminal.colours, new Date())) terminal.print(line);
      }
      return exitCode.done;
    } finally {
      aws.close();
    }
  },
};
