/** The arguments of commands as Redis reads them: integers of 64 bits, positions, floating-point numbers, seconds to wait. */
import { notAFloat, notAnInteger, RedisError, syntaxError } from "./reply.ts";

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
