/** Everything that is not deterministic: the clock, randomness, the disk and processes. Nothing else in the cloud touches them. */
import type { Disk } from "./world/disk.ts";
import type { Processes } from "./world/processes.ts";

export type { Disk } from "./world/disk.ts";
export type { Processes, RunningProcess, RunningTerminal, ProcessExit, ProcessRequest, TerminalRequest, Usage } from "./world/processes.ts";

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the answer takes it back. */
  after(delayMs: number, run: () => void): () => void;
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as that is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  bytes(count: number): Uint8Array;
  /** A version 4 UUID. */
  uuid(): string;
  /** Lower-case hexadecimal digits, as in `vpc-0123456789abcdef0`. */
  hex(digits: number): string;
  /** `length` characters, each drawn evenly from `alphabet`. */
  text(length: number, alphabet: string): string;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly processes: Processes;
}
