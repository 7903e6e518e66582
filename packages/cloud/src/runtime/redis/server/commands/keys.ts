/** Keys, whatever they hold: existence, time to live, names, order. */
import { count, float, integer } from "../arguments.ts";
import { allKeys, type Call, command, type Commands, oneKey } from "../command.ts";
import { globMatcher } from "../glob.ts";
import type { Entry } from "../keyspace.ts";
import { ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import { sortedSet } from "../sorted-set.ts";
import { scanned } from "./scan.ts";

function remove(call: Call): Reply {
  return call.args.filter((key) => call.db.delete(key)).length;
}

function expire(name: string, unitMs: number, absolute: boolean) {
  return (call: Call): Reply => {
    const [key, text, ...options] = call.args as [string, string, ...string[]];
    const flags = new Set(options.map((option) => option.toUpperCase()));
    for (const flag of flags)
      if (!["NX", "XX", "GT", "LT"].includes(flag))
        throw new RedisError(`ERR Unsupported option ${options.find((option) => option.toUpperCase() === flag)}`);
    if (flags.has("NX") && flags.size > 1) throw new RedisError("ERR NX and XX, GT or LT options at the same time are not compatible");
    if (flags.has("GT") && flags.has("LT")) throw new RedisError("ERR GT and LT options at the same time are not compatible");
    const value = integer(text);
    const at = value * BigInt(unitMs) + (absolute ? 0n : BigInt(call.server.nowMs()));
    if (at > 2n ** 63n - 1n || value * BigInt(unitMs) < -(2n ** 63n)) throw new RedisError(`ERR invalid expire time in '${name}' command`);
    call.propagate();
    const entry = call.db.get(key);
    if (!entry) return 0;
    const present = entry.expiresMs;
    const next = Number(at);
    if ((flags.has("NX") && present !== undefined) || (flags.has("XX") && present === undefined)) return 0;
    if (flags.has("GT") && (present === undefined || next <= present)) return 0;
    if (flags.has("LT") && present !== undefined && next >= present) return 0;
    if (next <= call.server.nowMs()) {
      call.db.delete(key);
      call.propagate(["DEL", key]);
      return 1;
    }
    call.db.expire(key, next);
    call.propagate(["PEXPIREAT", key, next]);
    return 1;
  };
}

function timeToLive(unitMs: number, absolute: boolean) {
  return (call: Call): Reply => {
    const entry = call.db.get(call.args[0]!);
    if (!entry) return -2;
    if (entry.expiresMs === undefined) return -1;
    const ms = absolute ? entry.expiresMs : Math.max(0, entry.expiresMs - call.server.nowMs());
    return unitMs === 1 ? ms : absolute ? Math.floor(ms / unitMs) : Math.floor((ms + 500) / unitMs);
  };
}

function rename(call: Call, onlyIfFree: boolean): Reply {
  const [from, to] = call.args as [string, string];
  const entry = call.db.get(from);
  if (!entry) throw new RedisError("ERR no such key");
  if (onlyIfFree && call.db.get(to)) return 0;
  if (from !== to) {
    call.db.delete(from);
    call.db.set(to, entry);
  }
  return onlyIfFree ? 1 : ok;
}

/** A copy that shares nothing with its original. */
function duplicate(entry: Entry): Entry {
  switch (entry.type) {
    case "string":
      return { ...entry };
    case "hash":
      return { ...entry, value: new Map(entry.value) };
    case "list":
      return { ...entry, value: [...entry.value] };
    case "set":
      return { ...entry, value: new Set(entry.value) };
    case "zset": {
      const value = sortedSet();
      for (const { member, score } of entry.value.ordered()) value.put(member, score);
      return { ...entry, value };
    }
    case "stream":
      return {
        ...entry,
        value: {
          ...entry.value,
          entries: [...entry.value.entries],
          groups: new Map(
            [...entry.value.groups].map(([name, group]) => [
              name,
              {
                ...group,
                consumers: new Map(group.consumers),
                pending: new Map([...group.pending].map(([id, pending]) => [id, { ...pending }])),
              },
            ]),
          ),
        },
      };
  }
}

function copy(call: Call): Reply {
  const [from, to, ...options] = call.args as [string, string, ...string[]];
  let [target, replace] = [call.db, false];
  for (let at = 0; at < options.length; at++) {
    const option = options[at]!.toUpperCase();
    if (option === "REPLACE") replace = true;
    else if (option === "DB") target = call.server.database(count(options[++at]));
    else throw syntaxError();
  }
  if (from === to && target === call.db) throw new RedisError("ERR source and destination objects are the same");
  const entry = call.db.get(from);
  if (!entry || (target.get(to) && !replace)) return 0;
  target.set(to, duplicate(entry));
  return 1;
}

function sort(call: Call, readOnly: boolean): Reply {
  const [key, ...options] = call.args as [string, ...string[]];
  let [descending, alpha, by, target] = [false, false, undefined as string | undefined, undefined as string | undefined];
  let limit: [number, number] | undefined;
  const gets: string[] = [];
  for (let at = 0; at < options.length; at++) {
    const option = options[at]!.toUpperCase();
    if (option === "ASC" || option === "DESC") descending = option === "DESC";
    else if (option === "ALPHA") alpha = true;
    else if (option === "LIMIT" && options.length > at + 2) {
      limit = [count(options[at + 1]), count(options[at + 2])];
      at += 2;
    } else if (option === "BY" && options.length > at + 1) by = options[++at];
    else if (option === "GET" && options.length > at + 1) gets.push(options[++at]!);
    else if (option === "STORE" && options.length > at + 1 && !readOnly) target = options[++at];
    else throw syntaxError();
  }
  const entry = call.db.get(key);
  if (entry && !["list", "set", "zset"].includes(entry.type))
    throw new RedisError("WRONGTYPE Operation against a key holding the wrong kind of value");
  const members =
    entry?.type === "list"
      ? [...entry.value]
      : entry?.type === "set"
        ? [...entry.value]
        : entry?.type === "zset"
          ? entry.value.ordered().map(({ member }) => member)
          : [];
  const lookUp = (pattern: string, member: string): string | undefined => {
    if (pattern === "#") return member;
    const [name, field] = pattern.split("->") as [string, string?];
    const found = call.db.get(name.replace("*", () => member));
    if (field !== undefined) return found?.type === "hash" ? found.value.get(field) : undefined;
    return found?.type === "string" ? found.value : undefined;
  };
  let sorted = members;
  if (by === undefined || by.includes("*")) {
    const weights = new Map(members.map((member) => [member, by === undefined ? member : lookUp(by, member)]));
    const number = (member: string) => {
      const text = weights.get(member);
      // As strtod reads it: nothing is nought.
      return text === undefined || text === ""
        ? 0
        : float(text, () => new RedisError("ERR One or more scores can't be converted into double"));
    };
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    const compare = alpha
      ? (a: string, b: string) => order(weights.get(a) ?? "", weights.get(b) ?? "")
      : (a: string, b: string) => number(a) - number(b);
    if (!alpha) for (const member of members) number(member);
    sorted = members.sort((a, b) => (compare(a, b) || (by === undefined ? order(a, b) : order(a, b))) * (descending ? -1 : 1));
  }
  if (limit)
    sorted = limit[1] < 0 ? sorted.slice(Math.max(0, limit[0])) : sorted.slice(Math.max(0, limit[0]), Math.max(0, limit[0]) + limit[1]);
  const result = gets.length === 0 ? sorted : sorted.flatMap((member) => gets.map((pattern) => lookUp(pattern, member) ?? null));
  if (target === undefined) return result;
  if (result.length === 0) call.db.delete(target);
  else call.db.set(target, { type: "list", value: result.map((value) => value ?? "") });
  return result.length;
}

function objectCommand(call: Call): Reply {
  const [subcommand, key] = call.args as [string, string];
  const entry = key === undefined ? undefined : call.db.get(key);
  const upper = subcommand.toUpperCase();
  if (!["ENCODING", "REFCOUNT", "IDLETIME", "FREQ"].includes(upper))
    throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try OBJECT HELP.`);
  if (!entry) return null;
  if (upper === "REFCOUNT") return 1;
  if (upper === "FREQ")
    throw new RedisError(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    );
  if (upper === "IDLETIME") return 0;
  return encodingOf(entry);
}

/** The encoding that Redis would choose by its default limits. */
function encodingOf(entry: Entry): string {
  const short = (text: string) => text.length <= 64;
  const isInteger = (text: string) => /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  switch (entry.type) {
    case "string":
      if (entry.encoding) return entry.encoding;
      return isInteger(entry.value) ? "int" : entry.value.length <= 44 ? "embstr" : "raw";
    case "hash":
      return entry.value.size <= 128 && [...entry.value].flat().every(short) ? "listpack" : "hashtable";
    case "list":
      return "quicklist";
    case "set":
      return entry.value.size <= 512 && [...entry.value].every(isInteger) ? "intset" : "hashtable";
    case "zset":
      return entry.value.size <= 128 && entry.value.ordered().every(({ member }) => short(member)) ? "listpack" : "skiplist";
    case "stream":
      return "stream";
  }
}

export const keys: Commands = {
  DEL: command(-2, "write", allKeys, remove),
  UNLINK: command(-2, "write fast", allKeys, remove),
  EXISTS: command(-2, "readonly fast", allKeys, (call) => call.args.filter((key) => call.db.get(key)).length),
  TOUCH: command(-2, "readonly fast", allKeys, (call) => call.args.filter((key) => call.db.get(key)).length),
  TYPE: command(2, "readonly fast", oneKey, (call) => ({ simple: call.db.get(call.args[0]!)?.type ?? "none" })),
  KEYS: command(2, "readonly", null, (call) => call.db.keys().filter(globMatcher(call.args[0]!))),
  SCAN: command(-2, "readonly", null, (call) =>
    scanned(
      call,
      0,
      call.db.keys(),
      (key) => key,
      (key) => [key],
      { type: (key) => call.db.get(key)?.type ?? "none" },
    ),
  ),
  RANDOMKEY: command(1, "readonly", null, (call) => call.db.randomKey(call.server.random) ?? null),
  DBSIZE: command(1, "readonly fast", null, (call) => call.db.size()),
  RENAME: command(3, "write", [1, 2, 1], (call) => rename(call, false)),
  RENAMENX: command(3, "write fast", [1, 2, 1], (call) => rename(call, true)),
  COPY: command(-3, "write denyoom", [1, 2, 1], copy),
  MOVE: command(3, "write fast", oneKey, (call) => {
    const target = call.server.database(count(call.args[1]));
    if (target === call.db) throw new RedisError("ERR source and destination objects are the same");
    const entry = call.db.get(call.args[0]!);
    if (!entry || target.get(call.args[0]!)) return 0;
    call.db.delete(call.args[0]!);
    target.set(call.args[0]!, entry);
    return 1;
  }),
  EXPIRE: command(-3, "write fast", oneKey, expire("expire", 1000, false)),
  PEXPIRE: command(-3, "write fast", oneKey, expire("pexpire", 1, false)),
  EXPIREAT: command(-3, "write fast", oneKey, expire("expireat", 1000, true)),
  PEXPIREAT: command(-3, "write fast", oneKey, expire("pexpireat", 1, true)),
  PERSIST: command(2, "write fast", oneKey, (call) => {
    if (call.db.get(call.args[0]!)?.expiresMs === undefined) return 0;
    call.db.expire(call.args[0]!, undefined);
    return 1;
  }),
  TTL: command(2, "readonly fast", oneKey, timeToLive(1000, false)),
  PTTL: command(2, "readonly fast", oneKey, timeToLive(1, false)),
  EXPIRETIME: command(2, "readonly fast", oneKey, timeToLive(1000, true)),
  PEXPIRETIME: command(2, "readonly fast", oneKey, timeToLive(1, true)),
  SORT: command(-2, "write denyoom", oneKey, (call) => sort(call, false)),
  SORT_RO: command(-2, "readonly", oneKey, (call) => sort(call, true)),
  OBJECT: command(-2, "readonly", [2, 2, 1], objectCommand),
  FLUSHDB: command(-1, "write", null, (call) => {
    call.db.clear();
    return ok;
  }),
  FLUSHALL: command(-1, "write", null, (call) => {
    for (let index = 0; index < call.server.databaseCount; index++) call.server.database(index).clear();
    return ok;
  }),
};
