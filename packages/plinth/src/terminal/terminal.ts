/** Where commands write and ask: standard output for what was asked for, standard error for everything about it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import picocolors from "picocolors";

export interface Terminal {
  /** A line of the answer. */
  print(line: string): void;
  /** A line about the work: progress, notes, questions, errors. */
  note(line: string): void;
  /** Raw text to standard error, for a progress that is drawn over. */
  draw(text: string): void;
  /** Whether a person sees standard error and can answer. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  /** Asks for a line; without echo for a secret. `undefined` when the person ends it (Ctrl-D). */
  ask(question: string, options?: { hidden?: boolean }): Promise<string | undefined>;
  /** All of standard input, for a value that is piped in. */
  readInput(): Promise<string>;
  /** Hands keyboard and screen, or what stands for them, to a program elsewhere. */
  attach(): Attached;
  /**
   * Hands them to a program of this machine until it ends, Ctrl-C with them: that then asks nobody else to stop.
   * @returns its exit code; of one that a signal ended 128 and the signal's number
   */
  run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number>;
}

export interface Attached {
  /** Whether both are a terminal at which a person sits. */
  readonly terminal: boolean;
  size(): { columns: number; rows: number };
  onResize(changed: (columns: number, rows: number) => void): void;
  /** Every key as it is pressed (Ctrl-C, too) on a terminal, else the bytes of standard input; then `end`. */
  onInput(take: (bytes: Uint8Array) => void, end: () => void): void;
  /** To standard output, as it is. */
  write(bytes: Uint8Array): void;
  /** Gives them back. */
  release(): void;
}

export type Colours = ReturnType<typeof picocolors.createColors>;

export const noColours: Colours = picocolors.createColors(false);

/** Whether to colour: only on a terminal, never with NO_COLOR (no-color.org), always with FORCE_COLOR. */
export function wantsColours(environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (environment["NO_COLOR"]) return false;
  if (environment["FORCE_COLOR"] && environment["FORCE_COLOR"] !== "0") return true;
  return isTerminal && environment["TERM"] !== "dumb";
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  const coloured = wantsColours(process.env, stderr.isTTY === true && stdout.isTTY === true);
  return {
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    draw: (text) => void stderr.write(text),
    interactive,
    get columns() {
      return stderr.columns || Number(process.env["COLUMNS"]) || 80; // 0 where a terminal does not know its size
    },
    get rows() {
      return stderr.rows || 24;
    },
    colours: picocolors.createColors(coloured),
    async ask(question, { hidden = false } = {}) {
      // What is typed is not shown: readline then writes its echo to nowhere.
      const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
      if (hidden) stderr.write(question);
      const lines = createInterface({ input: stdin, output, terminal: true });
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      lines.on("SIGINT", () => {
        lines.close();
        process.kill(process.pid, "SIGINT");
      });
      lines.on("close", () => resolve(undefined));
      lines.question(question, (answer) => {
        resolve(answer);
        lines.close();
      });
      const answer = await promise;
      if (hidden) stderr.write("\n");
      return answer;
    },
    attach,
    run: runProgram,
    async readInput() {
      let text = "";
      stdin.setEncoding("utf8");
      for await (const part of stdin) text += part;
      return text;
    },
  };
}

async function runProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const listening = process.rawListeners("SIGINT") as NodeJS.SignalsListener[];
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", () => {}); // the terminal gives it to the program, too, which knows what to do with it
  try {
    const child = spawn(program, args, { env, stdio: "inherit" });
    const end = () => child.kill("SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    const [code, by] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    signal.removeEventListener("abort", end);
    return code ?? 128 + (by === null ? 0 : constants.signals[by]);
  } finally {
    process.removeAllListeners("SIGINT");
    for (const one of listening) process.on("SIGINT", one);
  }
}

function attach(): Attached {
  const { stdin, stdout } = process;
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const undo: (() => void)[] = [];
  return {
    terminal,
    size,
    onResize(changed) {
      const look = () => changed(size().columns, size().rows);
      stdout.on("resize", look);
      undo.push(() => stdout.off("resize", look));
    },
    onInput(take, end) {
      if (terminal) {
        stdin.setRawMode(true);
        undo.push(() => stdin.setRawMode(false));
      }
      stdin.on("data", take);
      stdin.once("end", end);
      undo.push(() => {
        stdin.off("data", take);
        stdin.off("end", end);
        stdin.pause();
      });
    },
    write: (bytes) => void stdout.write(bytes),
    release() {
      for (const one of undo.splice(0)) one();
    },
  };
}
