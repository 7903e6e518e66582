/** `plinth secrets set`: give a secret or setting its value, and roll the programs that use it. */
import { readFile } from "node:fs/promises";
import type { Aws, DeployEvent } from "@plinth/deployer";
import type { Assembly, SecretSlot } from "@plinth/compiler";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure, toFailure } from "../failure.ts";
import { connectForDeploy } from "../target.ts";

export const command: Command = {
  summary: "Give a secret or setting its value",
  description:
    "The value is asked for without being shown, or comes from standard input or a file; never from the command line, where other " +
    "programs and the shell's history would see it. Services that use it are rolled, one task after the other, and the command waits " +
    "until they run with it; a task takes it at its next run.",
  about: "stage",
  changes: true,
  arguments: [{ name: "NAME", required: true, description: "its name in the inventory; NAME.FIELD for one field of its JSON" }],
  options: [
    { flags: "--file <file>", description: "take the value from a file, as it is" },
    { flags: "--field <name>", description: "the same as NAME.FIELD" },
    { flags: "--no-roll", description: "leave running programs as they are, as when several secrets are set one after the other" },
  ],
  examples: [
    { command: "plinth secrets set workosApiKey", what: "asks for the value" },
    {
      command: "pass show workos | plinth secrets set workosApiKey --stage prod",
      what: "takes it from another program; one line end at its end is left out",
    },
    { command: "plinth secrets set anthropic.api_key", what: "one field; the others stay" },
    {
      command: "plinth secrets set anthropic --file anthropic.json --no-roll",
      what: "the whole JSON, which has to have all declared fields",
    },
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const assembly = await loadApp(invocation);
    const { findField, setSecret } = await import("@plinth/deployer/secrets/slots");
    const { slot, field = options["field"] } = findField(assembly, name);
    const value = await readValue(invocation, name);
    if (value === "") {
      throw new Failure(`The value of ${name} is empty: nothing was set.`, { code: "empty-value", exit: exitCode.usage });
    }
    const aws = await connectForDeploy(invocation, assembly);
    try {
      if (typeof field === "string") await alone(invocation, assembly, aws, () => setSecret(aws, slot, value, field));
      else await setSecret(aws, slot, value);
      terminal.note(`${name} is set (${slot.id}).`);
      const rolled = options["roll"] === false ? undefined : await roll(invocation, aws, slot);
      const deployText = `plinth deploy${stageOptions(invocation)}`;
      if (rolled && rolled.length > 0) terminal.note(`${rolled.join(", ")} ${rolled.length === 1 ? "runs" : "run"} with it now.`);
      else if (rolled) terminal.note(`Nothing runs that uses it: programs take it with the next deploy: ${deployText}`);
      else if (slot.usedBy.length > 0)
        terminal.note(`${slot.usedBy.join(", ")} ${slot.usedBy.length === 1 ? "takes" : "take"} it with the next deploy: ${deployText}`);
      return exitCode.done;
    } finally {
      aws.close();
    }
  },
};

/** One field is read, changed and written: two that did so at once would lose one of both. */
async function alone(invocation: Invocation, assembly: Assembly, aws: Aws, act: () => Promise<void>): Promise<void> {
  const { terminal, signal, folder, waitMs } = invocation;
  const [{ underLease }, { realTime }] = await Promise.all([import("@plinth/deployer/under-lease"), import("@plinth/deployer")]);
  const emit = (event: DeployEvent) => event.type === "note" && terminal.note(event.message);
  await underLease({ assembly, aws, emit, signal, folder: ownFolder(folder), time: realTime, waitMs }, "secrets set", act);
}

async function roll(invocation: Invocation, aws: Aws, slot: SecretSlot): Promise<string[]> {
  const { terminal, signal, folder, waitMs } = invocation;
  const [{ rollPrograms }, { realTime }, { progressOn }] = await Promise.all([
    import("@plinth/deployer/secrets/roll"),
    import("@plinth/deployer"),
    import("../terminal/progress.ts"),
  ]);
  const assembly = await inPlace(invocation, await loadApp(invocation), aws);
  const progress = progressOn(terminal);
  try {
    return await rollPrograms(
      { assembly, aws, emit: (event) => progress.take(event), signal, folder: ownFolder(folder), time: realTime, waitMs },
      slot,
    );
  } catch (error) {
    const { message, code, exit, evidence, remedy } = toFailure(error);
    throw new Failure(`${slot.name} is set, but not everything that uses it was rolled: ${message}`, {
      code,
      exit,
      evidence,
      remedy: remedy ?? `plinth deploy${stageOptions(invocation)} rolls what is left.`,
      cause: error,
    });
  } finally {
    progress.end();
  }
}

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
