/** `plinth outputs`: show what the deployed things are called and where they answer. */
import type { Outputs } from "@plinth/deployer";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Show what the deployed things are called and where they answer",
  about: "stage",
  json: true,
  examples: [
    { command: "plinth outputs", what: "URLs, names and addresses" },
    { command: "plinth outputs --json", what: '{ "web": { "url": "http://…" } }' },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const [{ readOutputs }, { describeStage }] = await Promise.all([
      import("@plinth/deployer/outputs"),
      import("@plinth/deployer/stacks/stack-state"),
    ]);
    const outputs = await readOutputs(aws, assembly, await describeStage(aws, assembly), ownFolder(invocation.folder));
    aws.close();
    if (json) terminal.print(JSON.stringify(outputs, undefined, 2));
    else for (const line of outputsText(outputs)) terminal.print(line);
    return exitCode.done;
  },
};

export function outputsText(outputs: Outputs): string[] {
  return table(
    Object.entries(outputs).flatMap(([name, values]) => Object.entries(values).map(([output, value]) => [`${name}.${output}`, value])),
  );
}
