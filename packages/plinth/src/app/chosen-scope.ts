/** `--only`: which part of the app a command is about. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "@plinth/deployer";
import type { Scope } from "@plinth/deployer/scope";
import { stageOptions, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { ownFolder } from "./own-folder.ts";

export const scopeOption = {
  flags: "--only <part>",
  description: "infrastructure: everything, with the images that programs have; application: new images and what runs them, nothing else",
};

/** `undefined`: all of it. @throws Failure for another word, or beside `--layer`. */
export function chosenScope({ options }: Invocation): Scope | undefined {
  const given = options["only"];
  if (given === undefined) return undefined;
  const fault =
    given !== "infrastructure" && given !== "application"
      ? `--only takes infrastructure or application, not ${JSON.stringify(given)}.`
      : options["layer"] !== undefined
        ? "--only and --layer both say which part: give one of them."
        : undefined;
  if (fault === undefined) return given as Scope;
  throw new Failure(fault, { code: "usage", exit: exitCode.usage, remedy: "Without both it is the whole stage." });
}

/** What an application deploy would leave undone, it refuses: so does its plan. */
export async function refuseOthers(invocation: Invocation, assembly: Assembly, aws: Aws | undefined): Promise<void> {
  const [{ refuseOtherChanges }, { describeStage }] = await Promise.all([
    import("@plinth/deployer/other-changes"),
    import("@plinth/deployer/stacks/stack-state"),
  ]);
  const stacks = aws ? await describeStage(aws, assembly) : new Map<string, never>();
  await refuseOtherChanges(assembly, aws, stacks, ownFolder(invocation.folder), stageOptions(invocation));
}
