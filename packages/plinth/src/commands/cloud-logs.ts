/** `plinth cloud logs`: show what the embedded cloud itself has reported. */
import { existsSync, statSync } from "node:fs";
import type { Command } from "../command.ts";
import { cloudLogFile, readFrom } from "../cloud/cloud-process.ts";
import { exitCode } from "../exit-code.ts";

const followEveryMs = 250;

export const command: Command = {
  summary: "Show what the embedded cloud itself has reported",
  description: "Its own troubles, not the programs' output: that is plinth logs.",
  about: "folder",
  options: [{ flags: "--follow", description: "go on with what comes, until Ctrl-C" }],
  examples: [{ command: "plinth cloud logs --follow", what: "" }],
  async run({ folder, options, terminal, signal }) {
    const file = cloudLogFile(folder);
    const { realTime } = await import("@plinth/deployer");
    let position = 0;
    for (;;) {
      const size = existsSync(file) ? statSync(file).size : 0;
      if (size < position) position = 0; // reset meanwhile
      const text = size > position ? readFrom(file, position) : "";
      position = size;
      if (text !== "") terminal.print(text.replace(/\n$/, ""));
      if (options["follow"] !== true) return exitCode.done;
      try {
        await realTime.sleep(followEveryMs, signal);
      } catch {
        return exitCode.interrupted;
      }
    }
  },
};
