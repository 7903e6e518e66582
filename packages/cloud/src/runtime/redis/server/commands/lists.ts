/** Lists, those that wait among them. */
import { count, slice, timeoutMs } from "../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../command.ts";
import { notAnInteger, nullArray, ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import { firstOf, type Waiting } from "../waiting.ts";

const read = ({ db }: Call, key: string) => db.value(key, "list");
type End = "LEFT" | "RIGHT";

function push(end: End, onlyIfThere: boolean) {
  return (call: Call): Reply => {
    const [key, ...values] = call.args as [string, ...string[]];
    if (onlyIfThere && !read(call, key)) return 0;
    const list = call.db.make(key, "list", () => []);
    if (end === "LEFT") list.unshift(...values.toReversed());
    else for (const value of values) list.push(value);
    // What was waiting for it may take it at once; the length is told as it was.
    const length = list.length;
    call.db.touch(key);
    return length;
  };
}

function take(list: string[], end: End, amount: number): string[] {
  return end === "LEFT" ? list.splice(0, amount) : list.splice(Math.max(0, list.length - amount), amount).toReversed();
}

function pop(end: End, name: string) {
  return (call: Call): Reply => {
    const [key, amountText, ...rest] = call.args as [string, ...string[]];
    if (rest.length > 0) throw new RedisError(`ERR wrong number of arguments for '${name}' command`);
    let amount = 1;
    if (amountText !== undefined) {
      if (!/^-?\d+$/.test(amountText) || Number(amountText) < 0) throw new RedisError("ERR value is out of range, must be positive");
      amount = Number(amountText);
    }
    const list = read(call, key);
    if (!list) return amountText === undefined ? null : nullArray;
    const taken = take(list, end, amount);
    if (taken.length > 0) call.db.touch(key);
    return amountText === undefined ? taken[0]! : taken;
  };
}

function blockingPop(end: End) {
  return (call: Call): Waiting => {
    return firstOf(call.args.slice(0, -1), timeoutMs(call.args.at(-1)), (key, propagate) => {
      const list = read(call, key);
      if (!list) return undefined;
      const [value] = take(list, end, 1);
      propagate([end === "LEFT" ? "LPOP" : "RPOP", key]);
      call.db.touch(key);
      return [key, value!];
    });
  };
}

function endOf(text: string | undefined): End {
  const upper = text?.toUpperCase();
  if (upper !== "LEFT" && upper !== "RIGHT") throw syntaxError();
  return upper;
}

function move(call: Call, from: string, to: string, take1: End, put: End): Reply | undefined {
  const source = read(call, from);
  if (!source) return undefined;
  read(call, to); // the target's type is checked before anything moves
  const [value] = take(source, take1, 1);
  if (from === to) source[put === "LEFT" ? "unshift" : "push"](value!);
  else call.db.make(to, "list", () => [])[put === "LEFT" ? "unshift" : "push"](value!);
  if (from !== to) call.db.touch(to);
  call.db.touch(from);
  return value!;
}

function blockingMove(call: Call, from: string, to: string, take1: End, put: End, timeout: number): Waiting {
  return {
    waiting: true,
    keys: [from],
    timeoutMs: timeout,
    onTimeout: null,
    attempt(propagate) {
      const moved = move(call, from, to, take1, put);
      if (moved !== undefined) propagate(["LMOVE", from, to, take1, put]);
      return moved;
    },
  };
}

function popFromAny(call: Call, args: readonly string[]): { keys: string[]; attempt: Waiting["attempt"] } {
  const total = args[0];
  if (!/^\d+$/.test(total ?? "") || Number(total) < 1) throw new RedisError("ERR numkeys should be greater than 0");
  const keys = args.slice(1, 1 + Number(total));
  const [where, ...rest] = args.slice(1 + Number(total));
  if (keys.length < Number(total)) throw syntaxError();
  const end = endOf(where);
  let amount = 1;
  if (rest.length > 0) {
    if (rest.length !== 2 || rest[0]!.toUpperCase() !== "COUNT") throw syntaxError();
    if (!/^\d+$/.test(rest[1]!) || Number(rest[1]) < 1) throw new RedisError("ERR count should be greater than 0");
    amount = Number(rest[1]);
  }
  return {
    keys,
    attempt(propagate) {
      for (const key of keys) {
        const list = read(call, key);
        if (!list) continue;
        const taken = take(list, end, amount);
        propagate([end === "LEFT" ? "LPOP" : "RPOP", key, taken.length]);
        call.db.touch(key);
        return [key, taken];
      }
      return undefined;
    },
  };
}

function position(call: Call): Reply {
  const [key, wanted, ...options] = call.args as [string, string, ...string[]];
  let [rank, amount, most] = [1, undefined as number | undefined, 0];
  for (let at = 0; at < options.length; at += 2) {
    const name = options[at]!.toUpperCase();
    if (options[at + 1] === undefined) throw syntaxError();
    const value = /^-?\d{1,18}$/.test(options[at + 1]!) ? Number(options[at + 1]) : undefined;
    if (name === "RANK") {
      if (value === undefined) throw notAnInteger();
      if (value === 0)
        throw new RedisError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        );
      rank = value;
    } else if (name === "COUNT") {
      if (value === undefined || value < 0) throw new RedisError("ERR COUNT can't be negative");
      amount = value;
    } else if (name === "MAXLEN") {
      if (value === undefined || value < 0) throw new RedisError("ERR MAXLEN can't be negative");
      most = value;
    } else throw syntaxError();
  }
  const list = read(call, key) ?? [];
  const found: number[] = [];
  let [seen, compared] = [0, 0];
  const limit = amount === undefined ? 1 : amount === 0 ? Infinity : amount;
  const comparisons = most === 0 ? Infinity : most;
  for (let step = 0; step < list.length && found.length < limit && compared < comparisons; step++, compared++) {
    const at = rank > 0 ? step : list.length - 1 - step;
    if (list[at] === wanted && ++seen >= Math.abs(rank)) found.push(at);
  }
  return amount === undefined ? (found[0] ?? null) : found;
}

function remove(call: Call): Reply {
  const [key, , value] = call.args as [string, string, string];
  const amount = count(call.args[1]);
  const list = read(call, key);
  if (!list) return 0;
  let left = amount === 0 ? Infinity : Math.abs(amount);
  const keep = (each: string) => each !== value || left-- <= 0;
  const kept = amount < 0 ? list.toReversed().filter(keep).toReversed() : list.filter(keep);
  const removed = list.length - kept.length;
  list.splice(0, list.length, ...kept);
  if (removed > 0) call.db.touch(key);
  return removed;
}

export const lists: Commands = {
  LPUSH: command(-3, "write denyoom fast", oneKey, push("LEFT", false)),
  RPUSH: command(-3, "write denyoom fast", oneKey, push("RIGHT", false)),
  LPUSHX: command(-3, "write denyoom fast", oneKey, push("LEFT", true)),
  RPUSHX: command(-3, "write denyoom fast", oneKey, push("RIGHT", true)),
  LPOP: command(-2, "write fast", oneKey, pop("LEFT", "lpop")),
  RPOP: command(-2, "write fast", oneKey, pop("RIGHT", "rpop")),
  BLPOP: command(-3, "write blocking noscript", [1, -2, 1], blockingPop("LEFT")),
  BRPOP: command(-3, "write blocking noscript", [1, -2, 1], blockingPop("RIGHT")),
  LLEN: command(2, "readonly fast", oneKey, (call) => read(call, call.args[0]!)?.length ?? 0),
  LRANGE: command(4, "readonly", oneKey, (call) => {
    const [start, stop] = [count(call.args[1]), count(call.args[2])];
    return slice(read(call, call.args[0]!) ?? [], start, stop);
  }),
  LINDEX: command(3, "readonly", oneKey, (call) => {
    const list = read(call, call.args[0]!);
    if (!list) return null;
    return list.at(count(call.args[1])) ?? null;
  }),
  LSET: command(4, "write denyoom", oneKey, (call) => {
    const list = read(call, call.args[0]!);
    if (!list) throw new RedisError("ERR no such key");
    const index = count(call.args[1]);
    const at = index < 0 ? list.length + index : index;
    if (at < 0 || at >= list.length) throw new RedisError("ERR index out of range");
    list[at] = call.args[2]!;
    call.db.touch(call.args[0]!);
    return ok;
  }),
  LINSERT: command(5, "write denyoom", oneKey, (call) => {
    const [key, where, pivot, value] = call.args as [string, string, string, string];
    const side = where.toUpperCase();
    if (side !== "BEFORE" && side !== "AFTER") throw syntaxError();
    const list = read(call, key);
    if (!list) return 0;
    const at = list.indexOf(pivot);
    if (at < 0) return -1;
    list.splice(side === "BEFORE" ? at : at + 1, 0, value);
    call.db.touch(key);
    return list.length;
  }),
  LREM: command(4, "write", oneKey, remove),
  LTRIM: command(4, "write", oneKey, (call) => {
    const [start, stop] = [count(call.args[1]), count(call.args[2])];
    const list = read(call, call.args[0]!);
    if (!list) return ok;
    list.splice(0, list.length, ...slice(list, start, stop));
    call.db.touch(call.args[0]!);
    return ok;
  }),
  LPOS: command(-3, "readonly", oneKey, position),
  LMOVE: command(5, "write denyoom", [1, 2, 1], (call) => {
    const [from, to, a, b] = call.args as [string, string, string, string];
    return move(call, from, to, endOf(a), endOf(b)) ?? null;
  }),
  RPOPLPUSH: command(3, "write denyoom", [1, 2, 1], (call) => move(call, call.args[0]!, call.args[1]!, "RIGHT", "LEFT") ?? null),
  BLMOVE: command(6, "write denyoom blocking noscript", [1, 2, 1], (call) => {
    const [from, to, a, b, timeout] = call.args as [string, string, string, string, string];
    return blockingMove(call, from, to, endOf(a), endOf(b), timeoutMs(timeout));
  }),
  BRPOPLPUSH: command(4, "write denyoom blocking noscript", [1, 2, 1], (call) =>
    blockingMove(call, call.args[0]!, call.args[1]!, "RIGHT", "LEFT", timeoutMs(call.args[2])),
  ),
  LMPOP: command(-4, "write", null, (call) => popFromAny(call, call.args).attempt(call.propagate) ?? nullArray),
  BLMPOP: command(-5, "write blocking", null, (call) => {
    const timeout = timeoutMs(call.args[0]);
    return { waiting: true, ...popFromAny(call, call.args.slice(1)), timeoutMs: timeout, onTimeout: nullArray };
  }),
};
