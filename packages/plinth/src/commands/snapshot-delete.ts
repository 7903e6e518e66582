/** `plinth snapshot delete`: remove a snapshot of a stage's database. */
import type { SnapshotState } from "@plinth/deployer";
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Delete a snapshot; what it holds is gone then",
  description: "Only of this stage's databases, also of one that is gone. Automated ones are removed by RDS when their retention is over.",
  about: "stage",
  arguments: [{ name: "NAME", required: true, description: "the snapshot, as plinth snapshot list shows it" }],
  options: [{ flags: "--yes", description: "agree beforehand" }],
  examples: [{ command: "plinth snapshot delete before-cleanup --stage prod", what: "asks for its name to be typed" }],
  async run(invocation) {
    const { options, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const { checkDeletable, deleteSnapshot } = await import("@plinth/deployer/recovery/snapshots");
    let found: SnapshotState | undefined;
    await operate(
      invocation,
      `snapshot delete ${name}`,
      (deployment) => deleteSnapshot(deployment, found!),
      async (deployment) => {
        found = await checkDeletable(deployment, name);
        if (options["yes"] === true) return;
        terminal.note(`${found.name} holds ${found.database} as of ${found.createdAt ?? "now"}.`);
        if (!terminal.interactive)
          throw notConsented("Nobody is there to agree to this. Nothing was touched.", "Add --yes to agree beforehand.");
        const answer = await terminal.ask(`Type ${found.name} to delete it: `);
        if (answer?.trim() !== found.name) throw notConsented("Nothing was touched.");
      },
    );
    terminal.note(`${found!.name} is deleted.`);
    return exitCode.done;
  },
};

const notConsented = (message: string, remedy?: string) =>
  new Failure(message, { code: "not-consented", exit: exitCode.notConsented, remedy });
