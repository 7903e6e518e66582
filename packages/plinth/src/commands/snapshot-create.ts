/** `plinth snapshot create`: keep what a database holds now. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Keep what a database holds now, until it is deleted by name",
  description:
    "The database serves on. The snapshot stays when the stage is destroyed, and costs what it holds. Ctrl-C ends the waiting; the " +
    "snapshot is completed in the cloud.",
  about: "stage",
  json: true,
  arguments: [{ name: "DATABASE", description: "its name in the inventory, or a restored database; default: the only one" }],
  options: [{ flags: "--name <name>", description: "what it is called; default: app, stage, database and time" }],
  examples: [
    { command: "plinth snapshot create", what: "of the app's only database, on the stage local" },
    { command: "plinth snapshot create database --name before-cleanup --stage prod", what: "under a name of one's own" },
  ],
  async run(invocation) {
    const { json, options, terminal } = invocation;
    const database = invocation.arguments["DATABASE"];
    const name = options["name"];
    const { createSnapshot } = await import("@plinth/deployer/recovery/snapshots");
    const snapshot = await operate(invocation, "snapshot list", (deployment) =>
      createSnapshot(deployment, { database, snapshot: typeof name === "string" ? name : undefined }),
    );
    if (json) terminal.print(JSON.stringify(snapshot, undefined, 2));
    else terminal.note(`${snapshot.name} holds ${snapshot.database} as of ${snapshot.createdAt}.`);
    return exitCode.done;
  },
};
