/** `plinth cloud reset`: empty the embedded cloud of this folder: everything in it is deleted. */
import type { Command } from "../command.ts";
import { deleteState, findCloud, startCloud, stopCloud } from "../cloud/cloud-process.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Empty the embedded cloud of this folder: everything in it is deleted",
  description: "Stops it, deletes its state, data included, and starts it again where it ran. Stages on AWS are not touched.",
  about: "folder",
  json: true,
  examples: [{ command: "plinth cloud reset", what: "begin anew" }],
  async run({ folder, json, terminal }) {
    const running = await findCloud(folder);
    await stopCloud(folder);
    deleteState(folder);
    const again = running ? await startCloud(folder, { port: running.port }) : undefined;
    if (json) terminal.print(JSON.stringify(again ? { state: "running", ...again.cloud } : { state: "stopped" }, undefined, 2));
    else terminal.print(again ? `The embedded cloud is empty, and runs at ${again.cloud.endpoint}.` : "The embedded cloud is empty.");
    return exitCode.done;
  },
};
