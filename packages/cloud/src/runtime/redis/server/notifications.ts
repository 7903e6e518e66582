/** Keyspace notifications: which event a command means for the keys that it changed (redis.io, "Redis keyspace notifications"). The classes `n` (new) and `m` (miss) are not told. */
import type { Database } from "./keyspace.ts";

type Event = readonly [classOf: string, event: string];

/** By command: the event of its keys, or of its first and its second key. */
const events: Readonly<Record<string, Event | readonly [Event, Event]>> = {
  ...of("$", {
    SET: "set",
    SETNX: "set",
    SETEX: "set",
    PSETEX: "set",
    GETSET: "set",
    MSET: "set",
    MSETNX: "set",
    INCR: "incrby",
    DECR: "decrby",
    INCRBY: "incrby",
    DECRBY: "decrby",
    INCRBYFLOAT: "incrbyfloat",
    APPEND: "append",
    SETRANGE: "setrange",
    SETBIT: "setbit",
    BITFIELD: "setbit",
    BITOP: "set",
    PFADD: "pfadd",
    PFMERGE: "pfadd",
  }),
  ...of("g", {
    DEL: "del",
    UNLINK: "del",
    GETDEL: "del",
    EXPIRE: "expire",
    PEXPIRE: "expire",
    EXPIREAT: "expire",
    PEXPIREAT: "expire",
    PERSIST: "persist",
    GETEX: "expire",
    COPY: "copy_to",
  }),
  ...of("l", {
    LPUSH: "lpush",
    RPUSH: "rpush",
    LPUSHX: "lpush",
    RPUSHX: "rpush",
    LPOP: "lpop",
    RPOP: "rpop",
    BLPOP: "lpop",
    BRPOP: "rpop",
    LSET: "lset",
    LREM: "lrem",
    LTRIM: "ltrim",
    LINSERT: "linsert",
    SORT: "sortstore",
  }),
  ...of("h", { HSET: "hset", HMSET: "hset", HSETNX: "hset", HDEL: "hdel", HINCRBY: "hincrby", HINCRBYFLOAT: "hincrbyfloat" }),
  ...of("s", {
    SADD: "sadd",
    SREM: "srem",
    SPOP: "spop",
    SINTERSTORE: "sinterstore",
    SUNIONSTORE: "sunionstore",
    SDIFFSTORE: "sdiffstore",
  }),
  ...of("z", {
    ZADD: "zadd",
    ZINCRBY: "zincr",
    ZREM: "zrem",
    ZPOPMIN: "zpopmin",
    ZPOPMAX: "zpopmax",
    BZPOPMIN: "zpopmin",
    BZPOPMAX: "zpopmax",
    ZREMRANGEBYRANK: "zremrangebyrank",
    ZREMRANGEBYSCORE: "zremrangebyscore",
    ZREMRANGEBYLEX: "zremrangebylex",
    ZUNIONSTORE: "zunionstore",
    ZINTERSTORE: "zinterstore",
    ZDIFFSTORE: "zdiffstore",
    ZRANGESTORE: "zrangestore",
    GEOADD: "zadd",
    GEOSEARCHSTORE: "geosearchstore",
    GEORADIUS: "georadiusstore",
    GEORADIUSBYMEMBER: "georadiusstore",
  }),
  ...of("t", { XADD: "xadd", XTRIM: "xtrim", XDEL: "xdel", XSETID: "xsetid" }),
  RENAME: [
    ["g", "rename_from"],
    ["g", "rename_to"],
  ],
  RENAMENX: [
    ["g", "rename_from"],
    ["g", "rename_to"],
  ],
  MOVE: [
    ["g", "move_from"],
    ["g", "move_to"],
  ],
  SMOVE: [
    ["s", "srem"],
    ["s", "sadd"],
  ],
  RPOPLPUSH: [
    ["l", "rpop"],
    ["l", "lpush"],
  ],
  BRPOPLPUSH: [
    ["l", "rpop"],
    ["l", "lpush"],
  ],
};

function of(kind: string, names: Readonly<Record<string, string>>): Record<string, Event> {
  return Object.fromEntries(Object.entries(names).map(([command, event]) => [command, [kind, event]]));
}

const isPair = (found: Event | readonly [Event, Event]): found is readonly [Event, Event] => typeof found[0] !== "string";

/** What the setting `notify-keyspace-events` asks for; `A` stands for all classes of keys. */
export function wantedEvents(setting: string): { keyspace: boolean; keyevent: boolean; classes: string } {
  const classes = setting.replace("A", "g$lshzxetd");
  return { keyspace: classes.includes("K"), keyevent: classes.includes("E"), classes };
}

/** The event of one key that a command changed; `undefined` where it has none. */
export function eventOf(name: string, args: readonly string[], key: string): Event | undefined {
  if (name === "LMOVE" || name === "BLMOVE") {
    const end = (text: string | undefined) => (text?.toUpperCase() === "LEFT" ? "l" : "r");
    return key === args[0] ? ["l", `${end(args[2])}pop`] : ["l", `${end(args[3])}push`];
  }
  if (name === "LMPOP" || name === "BLMPOP") return ["l", args.some((word) => word.toUpperCase() === "LEFT") ? "lpop" : "rpop"];
  if (name === "ZMPOP" || name === "BZMPOP") return ["z", args.some((word) => word.toUpperCase() === "MIN") ? "zpopmin" : "zpopmax"];
  if (name === "XGROUP") return ["t", `xgroup-${args[0]!.toLowerCase()}`];
  if (name === "GETEX" && args[1]?.toUpperCase() === "PERSIST") return ["g", "persist"];
  if (name === "ZADD" && args.some((word, at) => at > 0 && word.toUpperCase() === "INCR")) return ["z", "zincr"];
  const found = events[name];
  if (!found) return undefined;
  return isPair(found) ? found[key === args[0] ? 0 : 1] : found;
}

/** Tells of what `name` did to `keys`. A key that is gone for another reason than its own removal is told of as deleted too. */
export function notified(
  tell: (kind: string, event: string, key: string) => void,
  db: Database,
  name: string,
  args: readonly string[],
  keys: Iterable<string>,
): void {
  for (const key of keys) {
    const found = eventOf(name, args, key);
    if (!found) continue;
    const [kind, event] = found;
    const isThere = db.get(key) !== undefined;
    // A store whose result is empty, and an expiry in the past, delete their key and say no more.
    if (!isThere && (event.endsWith("store") || event === "expire")) {
      tell("g", "del", key);
      continue;
    }
    tell(kind, event, key);
    if (name === "SETEX" || name === "PSETEX" || (name === "SET" && args.slice(2).some((word) => /^(ex|px)(at)?$/i.test(word))))
      tell("g", "expire", key);
    if (name === "XADD" && args.slice(1).some((word) => /^(maxlen|minid)$/i.test(word))) tell("t", "xtrim", key);
    if (!isThere && event !== "del" && event !== "rename_from" && event !== "move_from") tell("g", "del", key);
  }
}
