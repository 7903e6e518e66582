/** An example in a folder of the test's own, deployed by the `plinth` command as a user would. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const plinth = join(root, "packages/plinth/bin/plinth.js");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Deployed extends AsyncDisposable {
  folder: string;
  /** Runs a command of plinth on this app; `input` is its standard input. */
  plinth(args: readonly string[], input?: string): Promise<Ran>;
  /** Changes a file of the app. */
  edit(file: string, change: (text: string) => string): void;
}

export const copyOfThrea = () => copyOf("threa");

/** A copy of the example of this name, not yet deployed. It is destroyed with its cloud at the end. */
export function copyOf(example: string): Deployed {
  const source = join(root, "examples", example, "/");
  const folder = mkdtempSync(join(tmpdir(), `plinth-${example}-`));
  cpSync(source, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.plinth|test)(\/|$)/.test(path.slice(source.length - 1)),
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const run = (args: readonly string[], input?: string) =>
    new Promise<Ran>((done) => {
      const end = args.includes("--") ? args.indexOf("--") : args.length;
      const [own, command] = [args.slice(0, end), args.slice(end)];
      const child = spawn(process.execPath, [plinth, ...own, "--app", folder, ...command], { stdio: ["pipe", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
      child.stdin.end(input ?? "");
      child.on("close", (code) => done({ code, stdout, stderr }));
    });
  return {
    folder,
    plinth: run,
    edit: (file, change) => writeFileSync(join(folder, file), change(readFileSync(join(folder, file), "utf8"))),
    async [Symbol.asyncDispose]() {
      await run(["cloud", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first answer for which `wanted` holds; asks again every `everyMs`, and gives up after `withinMs` with the last one. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (value: T) => boolean, withinMs = 120_000, everyMs = 50): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    let last: T | undefined;
    let fault: unknown;
    try {
      last = await ask();
      if (wanted(last)) return last;
    } catch (error) {
      fault = error;
    }
    if (performance.now() > endMs)
      throw new Error(`it did not come to be within ${withinMs} ms; the last answer: ${JSON.stringify(last)}`, { cause: fault });
    await new Promise((done) => setTimeout(done, everyMs));
  }
}
