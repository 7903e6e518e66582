/** `plinth cloud stop`: stop the embedded cloud; its state stays. */
import type { Command } from "../command.ts";
import { stopCloud } from "../cloud/cloud-process.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Stop the embedded cloud; its state stays",
  about: "folder",
  json: true,
  examples: [{ command: "plinth cloud stop", what: "programs, databases and caches end; plinth cloud start brings them back" }],
  async run({ folder, json, terminal }) {
    const ran = await stopCloud(folder);
    if (json) terminal.print(JSON.stringify({ state: "stopped", wasRunning: ran }));
    else terminal.print(ran ? "The embedded cloud has stopped. Its state stays in .plinth/cloud." : "The embedded cloud does not run.");
    return exitCode.done;
  },
};
