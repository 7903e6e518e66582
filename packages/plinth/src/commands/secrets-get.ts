/** `plinth secrets get`: print the value of a secret or setting. */
import { loadApp } from "../app/load-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const command: Command = {
  summary: "Print the value of a secret or setting",
  description: "The one command that shows a value. It asks first, or takes --reveal; it prints nothing else to standard output.",
  about: "stage",
  json: true,
  arguments: [{ name: "NAME", required: true, description: "its name in the inventory; NAME.FIELD for one field of its JSON" }],
  options: [{ flags: "--reveal", description: "agree beforehand that the value is shown" }],
  examples: [
    { command: "plinth secrets get workosApiKey --stage prod", what: "the value, in the clear, after a question" },
    { command: "plinth secrets get anthropic.api_key --reveal | pbcopy", what: "one field, to another program" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const assembly = await loadApp(invocation);
    const { findField, secretValue } = await import("@plinth/deployer/secrets/slots");
    const { slot, field } = findField(assembly, name);
    if (invocation.options["reveal"] !== true) await consent(terminal, name);
    const aws = await connectToRunning(invocation, assembly);
    const whole = await secretValue(aws, slot);
    aws.close();
    const value = field === undefined || whole === undefined ? whole : memberOf(whole, field);
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

async function consent(terminal: Terminal, name: string): Promise<void> {
  const answer = terminal.interactive ? await terminal.ask(`Show the value of ${name} here? [y/N] `) : undefined;
  if (/^y(es)?$/i.test(answer?.trim() ?? "")) return;
  throw new Failure("Nothing was shown.", {
    code: "not-consented",
    exit: exitCode.notConsented,
    remedy: "Add --reveal to agree beforehand.",
  });
}

function memberOf(json: string, field: string): string | undefined {
  try {
    const value = (JSON.parse(json) as Record<string, unknown>)[field];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
