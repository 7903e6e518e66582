/** `plinth previews list`: the previews of an app, and until when they live. */
import { loadApp } from "../app/load-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "List the previews of an app, and until when they live",
  description: "Those in the account and region that a stage of this name would go to; --local: in the embedded cloud.",
  about: "stage",
  json: true,
  examples: [{ command: "plinth previews list --stage pr-1", what: "all previews in the account" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const assembly = await loadApp(invocation);
    const aws = await connectToRunning(invocation, assembly);
    try {
      const [{ listPreviews }, { realTime }] = await Promise.all([import("@plinth/deployer/previews"), import("@plinth/deployer")]);
      const previews = await listPreviews(aws, realTime, assembly.app);
      if (json) terminal.print(JSON.stringify(previews, undefined, 2));
      else if (previews.length === 0) terminal.print(`${assembly.app} has no previews.`);
      else {
        const rows = previews.map(({ stage, expires, expired, held }) => [
          stage,
          expired ? terminal.colours.yellow(`expired ${expires}`) : `until ${expires}`,
          held ? "is being changed" : "",
        ]);
        for (const line of table(rows)) terminal.print(line);
      }
      return exitCode.done;
    } finally {
      aws.close();
    }
  },
};
