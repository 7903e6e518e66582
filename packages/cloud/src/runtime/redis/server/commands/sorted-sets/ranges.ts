/** Ranges by rank, by score and by name: read, counted, kept under another key, removed. */
import { count, float, slice } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { RedisError, type Reply, syntaxError } from "../../reply.ts";
import { type Scored, sortedSet, type SortedSet } from "../../sorted-set.ts";
import { shown, sortedSetAt, store } from "./members.ts";

type Bound = (item: Scored) => boolean;

/** The lower and the upper end of a range of scores. */
function scoreBounds(low: string, high: string): [Bound, Bound] {
  const parse = (text: string) => {
    const open = text.startsWith("(");
    return { open, value: float(open ? text.slice(1) : text, () => new RedisError("ERR min or max is not a float")) };
  };
  const [from, to] = [parse(low), parse(high)];
  return [
    ({ score }) => (from.open ? score > from.value : score >= from.value),
    ({ score }) => (to.open ? score < to.value : score <= to.value),
  ];
}

function lexBounds(low: string, high: string): [Bound, Bound] {
  const compare = (text: string, sign: 1 | -1): Bound => {
    if (text === "-") return () => sign === 1;
    if (text === "+") return () => sign === -1;
    const wanted = text.slice(1);
    if (text.startsWith("[")) return ({ member }) => (sign === 1 ? member >= wanted : member <= wanted);
    if (text.startsWith("(")) return ({ member }) => (sign === 1 ? member > wanted : member < wanted);
    throw new RedisError("ERR min or max not valid string range item");
  };
  return [compare(low, 1), compare(high, -1)];
}

interface RangeOptions {
  by: "rank" | "score" | "lex";
  reverse: boolean;
  withScores: boolean;
  limit?: [offset: number, amount: number];
}

function ranged(set: SortedSet | undefined, start: string, stop: string, options: RangeOptions): Scored[] {
  const items = set?.ordered() ?? [];
  if (options.by === "rank") {
    const [from, to] = [count(start), count(stop)];
    return slice(options.reverse ? items.toReversed() : items, from, to);
  }
  const [low, high] = options.reverse ? [stop, start] : [start, stop];
  const [above, below] = options.by === "score" ? scoreBounds(low, high) : lexBounds(low, high);
  let found = items.filter((item) => above(item) && below(item));
  if (options.reverse) found = found.toReversed();
  if (!options.limit) return found;
  const [offset, amount] = options.limit;
  if (offset < 0) return [];
  return amount < 0 ? found.slice(offset) : found.slice(offset, offset + amount);
}

function parseOptions(rest: readonly string[], base: RangeOptions, allowed: readonly string[]): RangeOptions {
  const options = { ...base };
  for (let at = 0; at < rest.length; at++) {
    const name = rest[at]!.toUpperCase();
    if (!allowed.includes(name)) throw syntaxError();
    if (name === "WITHSCORES") options.withScores = true;
    else if (name === "REV") options.reverse = true;
    else if (name === "BYSCORE") options.by = "score";
    else if (name === "BYLEX") options.by = "lex";
    else {
      if (rest[at + 2] === undefined) throw syntaxError();
      options.limit = [count(rest[at + 1]), count(rest[at + 2])];
      at += 2;
    }
  }
  if (options.limit && options.by === "rank")
    throw new RedisError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  if (options.withScores && options.by === "lex")
    throw new RedisError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  return options;
}

function rangeCommand(base: Partial<RangeOptions>, allowed: readonly string[]) {
  return (call: Call): Reply => {
    const [key, start, stop, ...rest] = call.args as [string, string, string, ...string[]];
    const options = parseOptions(rest, { by: "rank", reverse: false, withScores: false, ...base }, allowed);
    checkBounds(start, stop, options);
    return shown(call, ranged(sortedSetAt(call, key), start, stop, options), options.withScores);
  };
}

function removeRange(by: RangeOptions["by"]) {
  return (call: Call): Reply => {
    const [key, start, stop] = call.args as [string, string, string];
    checkBounds(start, stop, { by, reverse: false });
    const set = sortedSetAt(call, key);
    const found = ranged(set, start, stop, { by, reverse: false, withScores: false });
    for (const { member } of found) set!.delete(member);
    if (found.length > 0) call.db.touch(key);
    return found.length;
  };
}

/** Redis reads the ends of a range before it looks at the key. */
function checkBounds(start: string, stop: string, { by, reverse }: Pick<RangeOptions, "by" | "reverse">): void {
  const [low, high] = reverse ? [stop, start] : [start, stop];
  if (by === "score") scoreBounds(low, high);
  else if (by === "lex") lexBounds(low, high);
  else [start, stop].map((text) => count(text));
}

function countRange(by: "score" | "lex") {
  return (call: Call): Reply => {
    const [key, start, stop] = call.args as [string, string, string];
    checkBounds(start, stop, { by, reverse: false });
    return ranged(sortedSetAt(call, key), start, stop, { by, reverse: false, withScores: false }).length;
  };
}

export const ranges: Commands = {
  ZRANGE: command(-4, "readonly", oneKey, rangeCommand({}, ["WITHSCORES", "REV", "BYSCORE", "BYLEX", "LIMIT"])),
  ZREVRANGE: command(-4, "readonly", oneKey, rangeCommand({ reverse: true }, ["WITHSCORES"])),
  ZRANGEBYSCORE: command(-4, "readonly", oneKey, rangeCommand({ by: "score" }, ["WITHSCORES", "LIMIT"])),
  ZREVRANGEBYSCORE: command(-4, "readonly", oneKey, rangeCommand({ by: "score", reverse: true }, ["WITHSCORES", "LIMIT"])),
  ZRANGEBYLEX: command(-4, "readonly", oneKey, rangeCommand({ by: "lex" }, ["LIMIT"])),
  ZREVRANGEBYLEX: command(-4, "readonly", oneKey, rangeCommand({ by: "lex", reverse: true }, ["LIMIT"])),
  ZRANGESTORE: command(-5, "write denyoom", [1, 2, 1], (call) => {
    const [target, key, start, stop, ...rest] = call.args as [string, string, string, string, ...string[]];
    const options = parseOptions(rest, { by: "rank", reverse: false, withScores: false }, ["REV", "BYSCORE", "BYLEX", "LIMIT"]);
    checkBounds(start, stop, options);
    const result = sortedSet();
    for (const { member, score } of ranged(sortedSetAt(call, key), start, stop, options)) result.put(member, score);
    return store(call, target, result);
  }),
  ZCOUNT: command(4, "readonly fast", oneKey, countRange("score")),
  ZLEXCOUNT: command(4, "readonly fast", oneKey, countRange("lex")),
  ZREMRANGEBYRANK: command(4, "write", oneKey, removeRange("rank")),
  ZREMRANGEBYSCORE: command(4, "write", oneKey, removeRange("score")),
  ZREMRANGEBYLEX: command(4, "write", oneKey, removeRange("lex")),
};
