/** Members and their scores: ZADD, ZINCRBY, ZREM, and what looks at one or at some by chance. */
import { count, float } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { formatDouble, notAFloat, RedisError, type Reply, syntaxError } from "../../reply.ts";
import { sortedSet } from "../../sorted-set.ts";
import { scanned } from "../scan.ts";
import { double, shown, sortedSetAt } from "./members.ts";

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
  const set = sortedSetAt(call, key) ?? (flags.has("XX") ? undefined : call.db.make(key, "zset", sortedSet));
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

function rank(reverse: boolean) {
  return (call: Call): Reply => {
    const set = sortedSetAt(call, call.args[0]!);
    const at = set?.rank(call.args[1]!);
    if (at === undefined) return null;
    return reverse ? set!.size - 1 - at : at;
  };
}

function random(call: Call): Reply {
  const set = sortedSetAt(call, call.args[0]!);
  const [, amountText, withScores, ...rest] = call.args;
  const members = (set?.ordered() ?? []).map(({ member }) => member);
  if (amountText === undefined) return members.length > 0 ? call.server.pick(members) : null;
  const amount = count(amountText);
  if (rest.length > 0 || (withScores !== undefined && withScores.toUpperCase() !== "WITHSCORES")) throw syntaxError();
  const picked = call.server.pickMany(members, amount).map((member) => ({ member, score: set!.score(member)! }));
  return shown(call, picked, withScores !== undefined);
}

export const scores: Commands = {
  ZADD: command(-4, "write denyoom fast", oneKey, add),
  ZINCRBY: command(4, "write denyoom fast", oneKey, (call) => {
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
  ZREM: command(-3, "write fast", oneKey, (call) => {
    const set = sortedSetAt(call, call.args[0]!);
    if (!set) return 0;
    const removed = call.args.slice(1).filter((member) => set.delete(member)).length;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  ZCARD: command(2, "readonly fast", oneKey, (call) => sortedSetAt(call, call.args[0]!)?.size ?? 0),
  ZSCORE: command(3, "readonly fast", oneKey, (call) => {
    const score = sortedSetAt(call, call.args[0]!)?.score(call.args[1]!);
    return score === undefined ? null : double(score);
  }),
  ZMSCORE: command(-3, "readonly fast", oneKey, (call) => {
    const set = sortedSetAt(call, call.args[0]!);
    return call.args.slice(1).map((member) => {
      const score = set?.score(member);
      return score === undefined ? null : double(score);
    });
  }),
  ZRANK: command(3, "readonly fast", oneKey, rank(false)),
  ZREVRANK: command(3, "readonly fast", oneKey, rank(true)),
  ZRANDMEMBER: command(-2, "readonly", oneKey, random),
  ZSCAN: command(-3, "readonly", oneKey, (call) =>
    scanned(
      call,
      1,
      sortedSetAt(call, call.args[0]!)?.ordered() ?? [],
      ({ member }) => member,
      ({ member, score }) => [member, formatDouble(score)],
    ),
  ),
};
