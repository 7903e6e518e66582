/** What a command is: a row in a table, with its arity as Redis counts it, its flags and where its keys stand. */
import type { Database } from "./keyspace.ts";
import { notAFloat, notAnInteger, RedisError, type Reply, syntaxError } from "./reply.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

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

export interface Call {
  readonly server: Server;
  readonly session: Session;
  readonly db: Database;
  /** The arguments after the command's name. */
  readonly args: readonly string[];
  /**
   * What the append-only file gets instead of the command as it came: for commands whose effect depends on the time or
   * on chance. An empty list: nothing.
   */
  propagate(...commands: readonly (readonly (string | number)[])[]): void;
}

/** A command that waits: tried again whenever one of the keys changes, until `timeoutMs` (0: for ever). */
export interface Waiting {
  waiting: true;
  keys: readonly string[];
  timeoutMs: number;
  /** The answer once there is one. */
  attempt(propagate: Call["propagate"]): Reply | undefined;
  onTimeout: Reply;
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

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A 64-bit integer as Redis reads it: no blanks, no plus, no leading zeros. */
export function integer(text: string | undefined): bigint {
  if (text === undefined) throw syntaxError();
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) throw notAnInteger();
  const value = BigInt(text);
  if (value < int64.min || value > int64.max) throw notAnInteger();
  return value;
}

/** An integer that is used as a position or a count. */
export function count(text: string | undefined): number {
  return Number(integer(text));
}

export function inRange(value: bigint): bigint {
  if (value < int64.min || value > int64.max) throw new RedisError("ERR increment or decrement would overflow");
  return value;
}

/** A floating-point number, `inf` and `-inf` among them. */
export function float(text: string | undefined, fault: () => RedisError = notAFloat): number {
  const lower = text?.toLowerCase() ?? "";
  if (/^\+?inf(inity)?$/.test(lower)) return Infinity;
  if (/^-inf(inity)?$/.test(lower)) return -Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower)) throw fault();
  return Number(lower);
}

/** Seconds to wait, as the blocking commands take them. */
export function timeoutMs(text: string | undefined): number {
  const seconds = float(text, () => new RedisError("ERR timeout is not a float or out of range"));
  if (seconds < 0) throw new RedisError("ERR timeout is negative");
  return Math.ceil(seconds * 1000);
}

/** The part of a list between two positions, negative ones counted from its end, both included. */
export function slice<T>(list: readonly T[], start: number, stop: number): T[] {
  const from = start < 0 ? Math.max(0, list.length + start) : start;
  const to = stop < 0 ? list.length + stop : stop;
  return from > to ? [] : list.slice(from, to + 1);
}
