/** What a command is: a row in a table, with its arity as Redis counts it, its flags and where its keys stand. */
import type { Database } from "./keyspace.ts";
import type { ScriptEngine } from "./lua/engine.ts";
import type { Reply } from "./reply.ts";
import type { SlowLog } from "./slow-log.ts";
import type { Session } from "./session.ts";
import type { Propagate, Waiting } from "./waiting.ts";

export type Flag =
  | "write"
  | "readonly"
  | "fast"
  | "blocking"
  | "pubsub"
  | "noscript"
  | "admin"
  | "no_auth"
  | "no_multi"
  | "loading"
  | "stale"
  | "denyoom";

/** What commands see of the server that runs them. */
export interface Server {
  readonly version: string;
  readonly startedMs: number;
  readonly commands: Commands;
  readonly databaseCount: number;
  readonly sessions: Map<number, Session>;
  /** What CONFIG GET tells. */
  readonly configuration: Map<string, string>;
  readonly scripts: ScriptEngine;
  readonly slowLog: SlowLog;
  /** To be called when the configuration has changed. */
  configured(): void;
  readonly statistics: { commands: number; connections: number };
  nowMs(): number;
  /** From 0 (included) to 1. */
  random(): number;
  database(index: number): Database;
  swap(a: number, b: number): void;
  needsPassword(): boolean;
  accepts(password: string): boolean;
  pick<T>(from: readonly T[]): T;
  /** So many different ones; a negative number: so many, some perhaps twice. */
  pickMany<T>(from: readonly T[], amount: number): T[];
  /** Runs a command of a session; the answer goes to `session.send`. */
  handle(session: Session, words: readonly string[]): void;
  /** Runs what MULTI queued. */
  execute(session: Session): Reply;
  /** Forgets a connection. */
  leave(session: Session): void;
  /** Removes keys whose time has come, whether or not anybody asks for them. */
  sweep(): void;
}

export interface Call {
  readonly server: Server;
  readonly session: Session;
  readonly db: Database;
  /** The arguments after the command's name. */
  readonly args: readonly string[];
  readonly propagate: Propagate;
  /** Whether a script may let others be heard before it has ended: not inside a transaction. */
  readonly mayPause: boolean;
}

export interface Command {
  /** How many words, the name included; negative: at least so many. */
  arity: number;
  flags: readonly Flag[];
  /** First key, last key (negative: from the end), step; absent: none. */
  keys?: readonly [first: number, last: number, step: number];
  run(call: Call): Reply | Waiting | undefined;
}

export type Commands = Readonly<Record<string, Command>>;

export function command(arity: number, flags: string, keys: Command["keys"] | null, run: Command["run"]): Command {
  return { arity, flags: flags.split(" ").filter(Boolean) as Flag[], ...(keys && { keys }), run };
}

/** The keys of a command whose first argument is its only one. */
export const oneKey: Command["keys"] = [1, 1, 1];

/** The keys of a command all of whose arguments are keys. */
export const allKeys: Command["keys"] = [1, -1, 1];
