/** `plinth secrets set`: give a secret or setting its value. */
import { readFile } from "node:fs/promises";
import { loadApp } from "../app/load-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectForDeploy } from "../target.ts";

export const command: Command = {
  summary: "Give a secret or setting its value",
  description:
    "The value is asked for without being shown, or comes from standard input or a file; never from the command line, where other " +
    "programs and the shell's history would see it. Programs that run take it with the next deploy.",
  about: "stage",
  arguments: [{ name: "NAME", required: true, description: "its name in the inventory" }],
  options: [
    { flags: "--file <file>", description: "take the value from a file, as it is" },
    { flags: "--field <name>", description: "set one field of a secret that has fields" },
  ],
  examples: [
    { command: "plinth secrets set workosApiKey", what: "asks for the value" },
    {
      command: "pass show workos | plinth secrets set workosApiKey --stage prod",
      what: "takes it from another program; one line end at its end is left out",
    },
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const assembly = await loadApp(invocation);
    const { findSlot, setSecret } = await import("@plinth/deployer/secrets/slots");
    const slot = findSlot(assembly, name);
    const value = await readValue(invocation, name);
    if (value === "") {
      throw new Failure(`The value of ${name} is empty: nothing was set.`, { code: "empty-value", exit: exitCode.usage });
    }
    const aws = await connectForDeploy(invocation, assembly);
    const field = options["field"];
    await setSecret(aws, slot, value, typeof field === "string" ? field : undefined);
    aws.close();
    terminal.note(`${name} is set (${slot.id}). Programs that run take it with the next deploy: plinth deploy${stageOptions(invocation)}`);
    return exitCode.done;
  },
};

async function readValue({ options, terminal }: Invocation, name: string): Promise<string> {
  const file = options["file"];
  if (typeof file === "string") {
    try {
      return await readFile(file, "utf8");
    } catch (error) {
      throw new Failure(`${file} cannot be read: ${(error as Error).message}`, { code: "no-file", exit: exitCode.usage, cause: error });
    }
  }
  if (!terminal.interactive) return (await terminal.readInput()).replace(/\r?\n$/, "");
  const answer = await terminal.ask(`Value of ${name} (not shown): `, { hidden: true });
  return answer ?? "";
}
