/** Sorted sets. */
import { type Call, command, type Commands, count, float, slice, timeoutMs, type Waiting } from "../command.ts";
import { formatDouble, notAFloat, nullArray, RedisError, type Reply, syntaxError } from "../reply.ts";
import { type Scored, sortedSet, type SortedSet } from "../sorted-set.ts";
import { scanned } from "./scan.ts";

const one: [number, number, number] = [1, 1, 1];
const read = ({ db }: Call, key: string) => db.value(key, "zset");
const double = (value: number): Reply => ({ double: value });

/** Members, with their scores as RESP2 (flat) or RESP3 (pairs) shows them. */
function shown(call: Call, items: readonly Scored[], withScores: boolean): Reply {
  if (!withScores) return items.map(({ member }) => member);
  const pairs = items.map(({ member, score }) => [member, double(score)] as const);
  return call.session.protocol === 3 ? pairs : pairs.flat();
}

function add(call: Call): Reply {
  const [key, ...rest] = call.args as [string, ...string[]];
  const flags = new Set<string>();
  while (rest.length > 0 && ["NX", "XX", "GT", "LT", "CH", "INCR"].includes(rest[0]!.toUpperCase())) flags.add(rest.shift()!.toUpperCase());
  if (rest.length === 0 || rest.length % 2) throw syntaxError();
  if (flags.has("NX") && flags.has("XX")) throw new RedisError("ERR XX and NX options at the same time are not compatible");
  if ((flags.has("GT") && flags.has("LT")) || (flags.has("NX") && (flags.has("GT") || flags.has("LT")))) {
    throw new RedisError("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (flags.has("INCR") && rest.length > 2) throw new RedisError("ERR INCR option supports a single increment-element pair");
  const pairs: [score: number, member: string][] = [];
  for (let at = 0; at < rest.length; at += 2) pairs.push([float(rest[at]), rest[at + 1]!]);
  const set = read(call, key) ?? (flags.has("XX") ? undefined : call.db.make(key, "zset", sortedSet));
  if (!set) return flags.has("INCR") ? null : 0;
  let [added, changed] = [0, 0];
  let result: number | null = null;
  for (const [given, member] of pairs) {
    const before = set.score(member);
    if ((before === undefined && flags.has("XX")) || (before !== undefined && flags.has("NX"))) continue;
    const score = flags.has("INCR") ? (before ?? 0) + given : given;
    if (Number.isNaN(score)) throw new RedisError("ERR resulting score is not a number (NaN)");
    if (before !== undefined && ((flags.has("GT") && score <= before) || (flags.has("LT") && score >= before))) continue;
    if (set.put(member, score)) added++;
    if (before !== score) changed++;
    result = score;
  }
  call.db.touch(key);
  if (flags.has("INCR")) return result === null ? null : double(result);
  return flags.has("CH") ? changed : added;
}

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
    return shown(call, ranged(read(call, key), start, stop, options), options.withScores);
  };
}

function removeRange(by: RangeOptions["by"]) {
  return (call: Call): Reply => {
    const [key, start, stop] = call.args as [string, string, string];
    checkBounds(start, stop, { by, reverse: false });
    const set = read(call, key);
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
    return ranged(read(call, key), start, stop, { by, reverse: false, withScores: false }).length;
  };
}

/** The scores of a sorted set, or of a set, whose members count 1 each. */
function scoresOf({ db }: Call, key: string): Map<string, number> {
  const entry = db.get(key);
  if (entry?.type === "set") return new Map([...entry.value].map((member) => [member, 1]));
  return new Map((db.value(key, "zset")?.ordered() ?? []).map(({ member, score }) => [member, score]));
}

function combine(
  call: Call,
  kind: "union" | "inter" | "diff",
  args: readonly string[],
  name: string,
): { result: SortedSet; withScores: boolean } {
  const total = count(args[0]);
  if (total < 1) throw new RedisError(`ERR at least 1 input key is needed for '${name}' command`);
  const keys = args.slice(1, 1 + total);
  if (keys.length < total) throw syntaxError();
  const rest = args.slice(1 + total);
  const all = keys.map((key) => scoresOf(call, key));
  let weights = keys.map(() => 1);
  let [aggregate, withScores] = ["SUM", false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "WEIGHTS" && kind !== "diff" && rest.length - at > keys.length) {
      weights = keys.map((_, index) => float(rest[at + 1 + index], () => new RedisError("ERR weight value is not a float")));
      at += keys.length;
    } else if (option === "AGGREGATE" && kind !== "diff" && ["SUM", "MIN", "MAX"].includes(rest[at + 1]?.toUpperCase() ?? ""))
      aggregate = rest[++at]!.toUpperCase();
    else if (option === "WITHSCORES" && !name.endsWith("store")) withScores = true;
    else throw syntaxError();
  }
  const result = sortedSet();
  const members = kind === "union" ? new Set(all.flatMap((scores) => [...scores.keys()])) : all[0]!.keys();
  for (const member of members) {
    const holds = all.map((scores) => scores.has(member));
    if (kind === "inter" && holds.includes(false)) continue;
    if (kind === "diff" && holds.indexOf(true, 1) > 0) continue;
    const scores = all.flatMap((each, index) => (each.has(member) ? [each.get(member)! * weights[index]! || 0] : []));
    const score =
      kind === "diff"
        ? scores[0]!
        : scores.reduce((a, b) =>
            aggregate === "SUM" ? (Number.isNaN(a + b) ? 0 : a + b) : aggregate === "MIN" ? Math.min(a, b) : Math.max(a, b),
          );
    result.put(member, score);
  }
  return { result, withScores };
}

function combined(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => {
    const { result, withScores } = combine(call, kind, call.args, `z${kind}`);
    return shown(call, result.ordered(), withScores);
  };
}

function stored(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => {
    const { result } = combine(call, kind, call.args.slice(1), `z${kind}store`);
    return store(call, call.args[0]!, result);
  };
}

function store(call: Call, key: string, result: SortedSet): number {
  if (result.size === 0) call.db.delete(key);
  else call.db.set(key, { type: "zset", value: result });
  return result.size;
}

function take(call: Call, key: string, end: "MIN" | "MAX", amount: number): Scored[] {
  const set = read(call, key);
  const items = set?.ordered() ?? [];
  const taken = end === "MIN" ? items.slice(0, amount) : items.slice(Math.max(0, items.length - amount)).toReversed();
  for (const { member } of taken) set!.delete(member);
  if (taken.length > 0) call.db.touch(key);
  return taken;
}

function pop(end: "MIN" | "MAX") {
  return (call: Call): Reply => {
    const [key, amountText, ...rest] = call.args as [string, ...string[]];
    if (rest.length > 0) throw syntaxError();
    if (amountText !== undefined && (!/^-?\d+$/.test(amountText) || Number(amountText) < 0))
      throw new RedisError("ERR value is out of range, must be positive");
    const taken = take(call, key, end, Number(amountText ?? 1));
    return amountText !== undefined ? shown(call, taken, true) : taken.flatMap(({ member, score }) => [member, double(score)]);
  };
}

function blockingPop(end: "MIN" | "MAX") {
  return (call: Call): Waiting => {
    const keys = call.args.slice(0, -1);
    const timeout = timeoutMs(call.args.at(-1));
    return {
      waiting: true,
      keys,
      timeoutMs: timeout,
      onTimeout: nullArray,
      attempt(propagate) {
        for (const key of keys) {
          const [taken] = take(call, key, end, 1);
          if (!taken) continue;
          propagate(["ZREM", key, taken.member]);
          return [key, taken.member, double(taken.score)];
        }
        return undefined;
      },
    };
  };
}

function rank(reverse: boolean) {
  return (call: Call): Reply => {
    const set = read(call, call.args[0]!);
    const at = set?.rank(call.args[1]!);
    if (at === undefined) return null;
    return reverse ? set!.size - 1 - at : at;
  };
}

function random(call: Call): Reply {
  const set = read(call, call.args[0]!);
  const [, amountText, withScores, ...rest] = call.args;
  const members = (set?.ordered() ?? []).map(({ member }) => member);
  if (amountText === undefined) return members.length > 0 ? call.server.pick(members) : null;
  const amount = count(amountText);
  if (rest.length > 0 || (withScores !== undefined && withScores.toUpperCase() !== "WITHSCORES")) throw syntaxError();
  const picked = call.server.pickMany(members, amount).map((member) => ({ member, score: set!.score(member)! }));
  return shown(call, picked, withScores !== undefined);
}

export const sortedSets: Commands = {
  ZADD: command(-4, "write denyoom fast", one, add),
  ZINCRBY: command(4, "write denyoom fast", one, (call) => {
    const [key, by, member] = call.args as [string, string, string];
    const amount = float(by, notAFloat);
    const set = call.db.make(key, "zset", sortedSet);
    const score = (set.score(member) ?? 0) + amount;
    if (Number.isNaN(score)) throw new RedisError("ERR resulting score is not a number (NaN)");
    set.put(member, score);
    call.db.touch(key);
    call.propagate(["ZADD", key, formatDouble(score), member]);
    return double(score);
  }),
  ZREM: command(-3, "write fast", one, (call) => {
    const set = read(call, call.args[0]!);
    if (!set) return 0;
    const removed = call.args.slice(1).filter((member) => set.delete(member)).length;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  ZCARD: command(2, "readonly fast", one, (call) => read(call, call.args[0]!)?.size ?? 0),
  ZSCORE: command(3, "readonly fast", one, (call) => {
    const score = read(call, call.args[0]!)?.score(call.args[1]!);
    return score === undefined ? null : double(score);
  }),
  ZMSCORE: command(-3, "readonly fast", one, (call) => {
    const set = read(call, call.args[0]!);
    return call.args.slice(1).map((member) => {
      const score = set?.score(member);
      return score === undefined ? null : double(score);
    });
  }),
  ZRANK: command(3, "readonly fast", one, rank(false)),
  ZREVRANK: command(3, "readonly fast", one, rank(true)),
  ZRANGE: command(-4, "readonly", one, rangeCommand({}, ["WITHSCORES", "REV", "BYSCORE", "BYLEX", "LIMIT"])),
  ZREVRANGE: command(-4, "readonly", one, rangeCommand({ reverse: true }, ["WITHSCORES"])),
  ZRANGEBYSCORE: command(-4, "readonly", one, rangeCommand({ by: "score" }, ["WITHSCORES", "LIMIT"])),
  ZREVRANGEBYSCORE: command(-4, "readonly", one, rangeCommand({ by: "score", reverse: true }, ["WITHSCORES", "LIMIT"])),
  ZRANGEBYLEX: command(-4, "readonly", one, rangeCommand({ by: "lex" }, ["LIMIT"])),
  ZREVRANGEBYLEX: command(-4, "readonly", one, rangeCommand({ by: "lex", reverse: true }, ["LIMIT"])),
  ZRANGESTORE: command(-5, "write denyoom", [1, 2, 1], (call) => {
    const [target, key, start, stop, ...rest] = call.args as [string, string, string, string, ...string[]];
    const options = parseOptions(rest, { by: "rank", reverse: false, withScores: false }, ["REV", "BYSCORE", "BYLEX", "LIMIT"]);
    checkBounds(start, stop, options);
    const result = sortedSet();
    for (const { member, score } of ranged(read(call, key), start, stop, options)) result.put(member, score);
    return store(call, target, result);
  }),
  ZCOUNT: command(4, "readonly fast", one, countRange("score")),
  ZLEXCOUNT: command(4, "readonly fast", one, countRange("lex")),
  ZREMRANGEBYRANK: command(4, "write", one, removeRange("rank")),
  ZREMRANGEBYSCORE: command(4, "write", one, removeRange("score")),
  ZREMRANGEBYLEX: command(4, "write", one, removeRange("lex")),
  ZPOPMIN: command(-2, "write fast", one, pop("MIN")),
  ZPOPMAX: command(-2, "write fast", one, pop("MAX")),
  BZPOPMIN: command(-3, "write blocking noscript fast", [1, -2, 1], blockingPop("MIN")),
  BZPOPMAX: command(-3, "write blocking noscript fast", [1, -2, 1], blockingPop("MAX")),
  ZUNION: command(-3, "readonly", null, combined("union")),
  ZINTER: command(-3, "readonly", null, combined("inter")),
  ZDIFF: command(-3, "readonly", null, combined("diff")),
  ZUNIONSTORE: command(-4, "write denyoom", one, stored("union")),
  ZINTERSTORE: command(-4, "write denyoom", one, stored("inter")),
  ZDIFFSTORE: command(-4, "write denyoom", one, stored("diff")),
  ZRANDMEMBER: command(-2, "readonly", one, random),
  ZSCAN: command(-3, "readonly", one, (call) =>
    scanned(
      call,
      1,
      read(call, call.args[0]!)?.ordered() ?? [],
      ({ member }) => member,
      ({ member, score }) => [member, formatDouble(score)],
    ),
  ),
};
