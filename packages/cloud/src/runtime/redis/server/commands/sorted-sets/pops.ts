/** The members with the lowest or the highest score, taken out at once or when there are some. */
import { timeoutMs } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { nullArray, RedisError, type Reply, syntaxError } from "../../reply.ts";
import type { Scored } from "../../sorted-set.ts";
import { firstOf, type Waiting } from "../../waiting.ts";
import { double, shown, sortedSetAt } from "./members.ts";

function take(call: Call, key: string, end: "MIN" | "MAX", amount: number): Scored[] {
  const set = sortedSetAt(call, key);
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
    return firstOf(call.args.slice(0, -1), timeoutMs(call.args.at(-1)), (key, propagate) => {
      const [taken] = take(call, key, end, 1);
      if (!taken) return undefined;
      propagate(["ZREM", key, taken.member]);
      return [key, taken.member, double(taken.score)];
    });
  };
}

/** From the first of several sets that has members. */
function popFromAny(call: Call, args: readonly string[]): { keys: string[]; attempt: Waiting["attempt"] } {
  const total = /^\d+$/.test(args[0] ?? "") ? Number(args[0]) : 0;
  if (total < 1) throw new RedisError("ERR numkeys should be greater than 0");
  const keys = args.slice(1, 1 + total);
  const [where, ...rest] = args.slice(1 + total);
  const end = where?.toUpperCase();
  if (keys.length < total || (end !== "MIN" && end !== "MAX")) throw syntaxError();
  if (rest.length > 0 && (rest.length !== 2 || rest[0]!.toUpperCase() !== "COUNT")) throw syntaxError();
  if (rest.length > 0 && !/^[1-9]\d*$/.test(rest[1]!)) throw new RedisError("ERR count should be greater than 0");
  const amount = Number(rest[1] ?? 1);
  return {
    keys,
    attempt(propagate) {
      for (const key of keys) {
        const taken = take(call, key, end, amount);
        if (taken.length === 0) continue;
        propagate([end === "MIN" ? "ZPOPMIN" : "ZPOPMAX", key, taken.length]);
        return [key, taken.map(({ member, score }) => [member, double(score)])];
      }
      return undefined;
    },
  };
}

export const pops: Commands = {
  ZMPOP: command(-4, "write", null, (call) => popFromAny(call, call.args).attempt(call.propagate) ?? nullArray),
  BZMPOP: command(-5, "write blocking", null, (call) => {
    const timeout = timeoutMs(call.args[0]);
    return { waiting: true, ...popFromAny(call, call.args.slice(1)), timeoutMs: timeout, onTimeout: nullArray };
  }),
  ZPOPMIN: command(-2, "write fast", oneKey, pop("MIN")),
  ZPOPMAX: command(-2, "write fast", oneKey, pop("MAX")),
  BZPOPMIN: command(-3, "write blocking noscript fast", [1, -2, 1], blockingPop("MIN")),
  BZPOPMAX: command(-3, "write blocking noscript fast", [1, -2, 1], blockingPop("MAX")),
};
