/** The process: words in, exit code out; Ctrl-C once asks the command to stop, twice ends at once. */
import { readFileSync } from "node:fs";
import { runCommandLine } from "./command-line.ts";
import { exitCode } from "./exit-code.ts";
import { toFailure, type Failure } from "./failure.ts";
import { processTerminal, type Terminal } from "./terminal/terminal.ts";

const terminal = processTerminal();
const stopping = new AbortController();
const stop = () => {
  if (stopping.signal.aborted) process.exit(exitCode.interrupted);
  stopping.abort();
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
process.on("SIGHUP", stop);
// A reader that has seen enough (`plinth logs | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exitCode.done : exitCode.failed));

const words = process.argv.slice(2);
try {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  const exit = await runCommandLine({ words, workingFolder: process.cwd(), terminal, signal: stopping.signal, version });
  // A pipe takes a large answer piece by piece, and what it has not taken an end of the process would cut off.
  await new Promise<void>((done) => process.stdout.write("", () => done()));
  process.exit(exit);
} catch (error) {
  const failure = toFailure(error);
  if (words.includes("--json")) terminal.note(JSON.stringify(asData(failure)));
  else tell(failure, terminal);
  process.exit(stopping.signal.aborted && failure.exit === exitCode.failed ? exitCode.interrupted : failure.exit);
}

function tell({ message, evidence, remedy }: Failure, { note, colours }: Terminal): void {
  note(`${colours.red("✗")} ${message}`);
  for (const line of evidence) note(`  ${line}`);
  for (const line of remedy?.split("\n") ?? []) note(`${colours.cyan("→")} ${line}`);
}

function asData({ code, message, evidence, remedy }: Failure): object {
  return { error: { code, message, ...(evidence.length > 0 ? { evidence } : {}), ...(remedy === undefined ? {} : { remedy }) } };
}
