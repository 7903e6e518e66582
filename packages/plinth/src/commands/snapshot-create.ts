/** `plinth snapshot create`: keep what a database or a file system holds now. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Keep what a database holds now, until it is deleted by name; or a file system, for 35 days",
  description:
    "The database serves on. The snapshot stays when the stage is destroyed, and costs what it holds. Ctrl-C ends the waiting; the " +
    "snapshot is completed in the cloud.",
  about: "stage",
  json: true,
  arguments: [
    { name: "DATABASE", description: "its name in the inventory, a file system's, or a restored database; default: the only database" },
  ],
  options: [{ flags: "--name <name>", description: "what it is called; default: app, stage, database and time" }],
  examples: [
    { command: "plinth snapshot create", what: "of the app's only database, on the stage local" },
    { command: "plinth snapshot create database --name before-cleanup --stage prod", what: "under a name of one's own" },
    { command: "plinth snapshot create repositories --stage prod", what: "of a file system, by AWS Backup" },
  ],
  async run(invocation) {
    const { json, options, terminal } = invocation;
    const database = invocation.arguments["DATABASE"];
    const name = options["name"];
    const { backUpFileSystem, stageFileSystem } = await import("@plinth/deployer/files/file-system-backups");
    const { createSnapshot } = await import("@plinth/deployer/recovery/snapshots");
    const made = await operate(invocation, "snapshot list", async (deployment) => {
      const fileSystem = database === undefined ? undefined : await stageFileSystem(deployment, database);
      if (!fileSystem) return createSnapshot(deployment, { database, snapshot: typeof name === "string" ? name : undefined });
      if (name === undefined) return backUpFileSystem(deployment, fileSystem);
      throw new Failure("A copy of a file system has no name of one's own.", {
        code: "usage",
        exit: exitCode.usage,
        remedy: `plinth snapshot create ${fileSystem.name}; plinth files restore ${fileSystem.name} . --list shows it.`,
      });
    });
    if (json) terminal.print(JSON.stringify(made, undefined, 2));
    else if ("vault" in made) terminal.note(`${made.id} holds ${database} as of ${made.at}, in the vault ${made.vault}.`);
    else terminal.note(`${made.name} holds ${made.database} as of ${made.createdAt}.`);
    return exitCode.done;
  },
};
