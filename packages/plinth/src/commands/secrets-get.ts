/** `plinth secrets get`: print the value of a secret or setting. */
import { loadApp } from "../app/load-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Print the value of a secret or setting",
  description: "The one command that shows a value. It prints nothing else to standard output.",
  about: "stage",
  json: true,
  arguments: [{ name: "NAME", required: true, description: "its name in the inventory" }],
  examples: [{ command: "plinth secrets get workosApiKey --stage prod", what: "the value, in the clear" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const assembly = await loadApp(invocation);
    const { findSlot, secretValue } = await import("@plinth/deployer/secrets/slots");
    const slot = findSlot(assembly, name);
    const aws = await connectToRunning(invocation, assembly);
    const value = await secretValue(aws, slot);
    aws.close();
    if (value === undefined) {
      throw new Failure(`${name} has no value in ${assembly.app} ${assembly.stage}.`, {
        code: "no-value",
        exit: exitCode.failed,
        remedy: `plinth secrets set ${name}${stageOptions(invocation)}`,
      });
    }
    terminal.print(json ? JSON.stringify({ name, value }) : value);
    return exitCode.done;
  },
};
