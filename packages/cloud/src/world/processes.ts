/** Programs that the cloud runs: each in a process group of its own, so that nothing of it is left behind. */
import type { Readable, Writable } from "node:stream";

export interface ProcessRequest {
  command: string;
  args: readonly string[];
  /** The whole environment of the program: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /**
   * The name of a variable of `env` whose value no other program has: by it those of its descendants are found that have left its
   * process group, and ended with it.
   */
  mark?: string;
  /** `pipe` hands over the streams; `ignore` is /dev/null. Default: stdin `ignore`, the others `pipe`. */
  stdin?: "ignore" | "pipe";
  stdout?: "ignore" | "pipe" | { file: string };
  stderr?: "ignore" | "pipe" | { file: string };
}

/** How a program ended: with a code, by a signal, or it could not be started. */
export type ProcessExit = { code: number } | { signal: NodeJS.Signals } | { error: NodeJS.ErrnoException };

export interface Usage {
  cpuSeconds: number;
  residentBytes: number;
  /** Whether one of its processes was at work in the moment of the look, or waited for a processor or the disk. */
  busy: boolean;
}

export interface RunningProcess {
  /** Absent when it could not be started; `exited` then says why. */
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the whole group; `false` when it is gone. */
  signal(signal: NodeJS.Signals): boolean;
  /** What the whole group and its descendants use, as of a moment ago; `undefined` when it is gone, or the system does not tell. */
  usage(): Usage | undefined;
}

/** A program at a terminal of its own (a pty): its input, output and errors are one stream. */
export interface TerminalRequest extends Pick<ProcessRequest, "command" | "args" | "env" | "cwd" | "mark"> {
  columns: number;
  rows: number;
}

export interface RunningTerminal {
  readonly pid: number;
  /** Where its output goes; asked for once, at once. */
  onOutput(take: (bytes: Uint8Array) => void): void;
  write(bytes: Uint8Array): void;
  resize(columns: number, rows: number): void;
  /** Stops and goes on reading: a program that writes more than the terminal holds waits. */
  pause(): void;
  resume(): void;
  /** Resolves when it has ended, what it left behind with it, and its output was handed over. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the group of the program. */
  signal(signal: NodeJS.Signals): boolean;
}

export interface Processes {
  spawn(request: ProcessRequest): RunningProcess;
  /** Why no terminal can be had on this machine, or `undefined` where one can. */
  terminalsMissing(): string | undefined;
  /** @throws Error where terminals are missing. A program that cannot be started ends with code 1. */
  openTerminal(request: TerminalRequest): RunningTerminal;
  /**
   * Ends what an earlier life of this cloud (killed without notice) started and left running: each started process is
   * noted on disk with its start time, so that a reused process id is never hit. Returns how many groups were ended.
   */
  reapLeftovers(): Promise<number>;
  /**
   * The first of `names` that is an executable on the PATH, as an absolute path. Shims of pyenv and its like, which may
   * lead to nothing, only where there is no other.
   */
  find(...names: string[]): string | undefined;
}
