/** A folder with an app in it, outside the workspace, in which `plinth` is installed as it is for users. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../src/command-line.ts";
import { toFailure, type Failure } from "../src/failure.ts";
import { noColours, type Attached, type Terminal } from "../src/terminal/terminal.ts";

const plinthPackage = fileURLToPath(new URL("..", import.meta.url));

/** What each app's config said when it was first loaded, and the numbers of what it said later. */
const loaded = new Map<string, Map<string, number>>();

// A process keeps a module as it was loaded. Here a config that has changed is another module, so that a command need not be a process of its own.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (!specifier.endsWith("/plinth.config.ts") || !specifier.includes("/plinth-app-")) return resolved;
    const texts = loaded.get(resolved.url) ?? new Map<string, number>();
    loaded.set(resolved.url, texts);
    const text = readFileSync(fileURLToPath(resolved.url), "utf8");
    const number = texts.get(text) ?? texts.size;
    texts.set(text, number);
    return number === 0 ? resolved : { ...resolved, url: `${resolved.url}?${number}` };
  },
});

export interface AppFolder extends AsyncDisposable {
  folder: string;
  write(files: Record<string, string>): Promise<void>;
}

export async function appFolder(files: Record<string, string> = {}): Promise<AppFolder> {
  const folder = await mkdtemp(join(tmpdir(), "plinth-app-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(plinthPackage, join(folder, "node_modules/plinth"));
  const app: AppFolder = {
    folder,
    async write(more) {
      for (const [path, text] of Object.entries(more)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
  await app.write({ "package.json": '{ "type": "module" }', ...files });
  return app;
}

/** A person at a terminal: sees what is shown, and types. */
export interface Keyboard {
  columns: number;
  rows: number;
  seen(text: string, type: (keys: string) => void, resize: (columns: number, rows: number) => void): void;
}

function attachTo({ input = "", keyboard }: { input?: string; keyboard?: Keyboard }, out: string[]): Attached {
  let type = (_bytes: Uint8Array) => {};
  let resize = (_columns: number, _rows: number) => {};
  let text = "";
  return {
    terminal: keyboard !== undefined,
    size: () => ({ columns: keyboard?.columns ?? 80, rows: keyboard?.rows ?? 24 }),
    onResize: (changed) => void (resize = changed),
    onInput(take, end) {
      type = take;
      if (keyboard) return;
      take(Buffer.from(input));
      end();
    },
    write(bytes) {
      text += Buffer.from(bytes).toString("utf8");
      out.splice(0, out.length, text);
      keyboard?.seen(
        text,
        (keys) => type(Buffer.from(keys)),
        (columns, rows) => resize(columns, rows),
      );
    },
    release: () => undefined,
  };
}

export interface Ran {
  exit: number;
  out: string[];
  err: string[];
  failure?: Failure;
}

/** Runs a command in this process. `answers` make the terminal one at which a person sits. */
export async function plinth(
  folder: string,
  words: string[],
  given: {
    answers?: string[];
    input?: string;
    signal?: AbortSignal;
    keyboard?: Keyboard;
    /** How wide the terminal is. */
    columns?: number;
    printed?: (line: string) => void;
    noted?: (line: string) => void;
  } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const answers = [...(given.answers ?? [])];
  const terminal: Terminal = {
    print(line) {
      out.push(line);
      given.printed?.(line);
    },
    note(line) {
      err.push(line);
      given.noted?.(line);
    },
    draw: () => undefined,
    interactive: given.answers !== undefined,
    columns: given.columns ?? 100,
    rows: 40,
    colours: noColours,
    async ask(question) {
      err.push(question);
      return answers.shift();
    },
    readInput: async () => given.input ?? "",
    attach: () => attachTo(given, out),
    async run(program, args, env, ended) {
      const child = spawn(program, args, { env, stdio: "pipe", signal: ended });
      child.stdin.on("error", () => undefined).end(given.input ?? ""); // it may not want any
      child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
      const [code] = (await once(child, "close")) as [number | null];
      return code ?? 128;
    },
  };
  try {
    const signal = given.signal ?? new AbortController().signal;
    return { exit: await runCommandLine({ words, workingFolder: folder, terminal, signal, version: "1.2.3" }), out, err };
  } catch (error) {
    const failure = toFailure(error);
    return { exit: failure.exit, out, err, failure };
  }
}

/** As `plinthProcess`, but in this process, which takes a second less of the processor. */
export async function plinthInside(folder: string, words: string[]): Promise<Ended> {
  const { exit, out, err, failure } = await plinth(folder, words, { columns: 80 });
  const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");
  if (!failure) return { exit, out: lines(out), err: lines(err) };
  const { code, message, evidence, remedy } = failure;
  const error = { code, message, ...(evidence.length > 0 && { evidence: [...evidence] }), ...(remedy !== undefined && { remedy }) };
  const told = [`✗ ${message}`, ...evidence, ...(remedy === undefined ? [] : [remedy])];
  return { exit, out: lines(out), err: lines([...err, ...told]), error };
}

const program = fileURLToPath(new URL("../bin/plinth.js", import.meta.url));

export interface Ended {
  exit: number | null;
  out: string;
  err: string;
  /** The error that a command with --json ends with. */
  error?: { code: string; message: string; evidence?: string[]; remedy?: string };
}

/** Runs the program in a process of its own, as a user does: needed where it is the process that matters. */
export async function plinthProcess(folder: string, words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [exit] = (await once(child, "close")) as [number | null];
  const last = err.trim().split("\n").at(-1) ?? "";
  const error = last.startsWith('{"error":') ? (JSON.parse(last) as { error: NonNullable<Ended["error"]> }).error : undefined;
  return { exit, out, err, ...(error ? { error } : {}) };
}
