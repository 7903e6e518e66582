/** `plinth status`: show how a stage is: services, databases, alarms, missing secrets. */
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Show how a stage is: services, databases, alarms, missing secrets",
  about: "stage",
  json: true,
  examples: [
    { command: "plinth status", what: "the stage local" },
    { command: "plinth status --stage prod --json", what: "prod as data" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const { readStatus } = await import("@plinth/deployer/status");
    const status = await readStatus(aws, assembly);
    aws.close();
    if (json) terminal.print(JSON.stringify(status, undefined, 2));
    else {
      const { statusText } = await import("../terminal/status-text.ts");
      for (const line of statusText(status, terminal.colours, new Date())) terminal.print(line);
    }
    return exitCode.done;
  },
};
