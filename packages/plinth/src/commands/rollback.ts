/** `plinth rollback`: go back to an earlier release. */
import type { RollbackPlan } from "@plinth/deployer";
import { operate } from "../app/operate.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Go back to an earlier release",
  description:
    "Programs get the images of that release back, each the way in which it gets new versions: copy by copy, or by moving requests. " +
    "Without a number it is the release before the one that runs; after a deploy that failed, the one that runs. Says beforehand what it " +
    "does not undo: migrations, data, secrets. The next plinth deploy goes forward again.",
  about: "stage",
  changes: true,
  json: true,
  arguments: [{ name: "RELEASE", description: "its number in plinth releases" }],
  options: [
    { flags: "--templates", description: "the templates of programs too: variables, sizes, routes, permissions, alarms" },
    { flags: "--yes", description: "agree beforehand" },
  ],
  examples: [
    { command: "plinth rollback --stage prod", what: "prod, to the release before" },
    { command: "plinth rollback 12 --stage prod --templates --yes", what: "to release 12 with its templates, from a script" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const wanted = invocation.arguments["RELEASE"];
    const templates = invocation.options["templates"] === true;
    const commandOptions = stageOptions(invocation);
    const { planRollback, rollback } = await import("@plinth/deployer/releases/rollback");
    let plan: RollbackPlan | undefined;
    const { outputs } = await operate(
      invocation,
      `rollback${wanted === undefined ? "" : ` ${wanted}`}${templates ? " --templates" : ""}`,
      (deployment) => rollback(deployment, plan!, commandOptions),
      async (deployment) => {
        plan = await planRollback(deployment, { wanted, templates, commandOptions });
        await consent(plan, invocation, deployment.aws.embedded !== undefined);
      },
    );
    const { from, to, images, notUndone } = plan!;
    if (json) terminal.print(JSON.stringify({ from: from.number, to: to.number, templates, images, notUndone, outputs }, undefined, 2));
    else terminal.note(`\nRelease ${to.number} runs again.`);
    return exitCode.done;
  },
};

/** In the embedded cloud nothing is asked. */
async function consent(
  { from, to, images, templates, notUndone }: RollbackPlan,
  { options, terminal, stage }: Invocation,
  embedded: boolean,
): Promise<void> {
  const { colours } = terminal;
  const { commitText } = await import("../terminal/releases-text.ts");
  const when = to.startedAt.slice(0, 16).replace("T", " ");
  terminal.note(
    colours.bold(`${stage}: back from release ${from.number} to release ${to.number} (${commitText(to)}, ${when} UTC, by ${to.from})`),
  );
  for (const { name, before, after } of images)
    terminal.note(`  ${name} ${before === undefined ? "" : `${short(before)} → `}${short(after)}`);
  if (templates) terminal.note("  with the templates of its programs");
  for (const sentence of notUndone) terminal.note(colours.yellow(`  ${sentence}`));
  if (embedded || options["yes"] === true) return;
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  if (/^y(es)?$/i.test((await terminal.ask("Go on? [y/N] "))?.trim() ?? "")) return;
  throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}

const short = (digest: string) => digest.slice(0, "sha256:".length + 12);
