/** Hashes. */
import { count, float, integer } from "../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../command.ts";
import { ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import { scanned } from "./scan.ts";
import { addFloats, plainNumber } from "./strings.ts";

const read = ({ db, args }: Call) => db.value(args[0]!, "hash");
const make = ({ db, args }: Call) => db.make(args[0]!, "hash", () => new Map());

function put(name: string, answer: (added: number) => Reply) {
  return (call: Call): Reply => {
    const pairs = call.args.slice(1);
    if (pairs.length % 2) throw new RedisError(`ERR wrong number of arguments for '${name}' command`);
    const hash = make(call);
    let added = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      if (!hash.has(pairs[at]!)) added++;
      hash.set(pairs[at]!, pairs[at + 1]!);
    }
    call.db.touch(call.args[0]!);
    return answer(added);
  };
}

function randomFields(call: Call): Reply {
  const hash = read(call);
  const [, amountText, withValues, ...rest] = call.args;
  if (amountText === undefined) return hash ? call.server.pick([...hash.keys()]) : null;
  const amount = count(amountText);
  if (rest.length > 0 || (withValues !== undefined && withValues.toUpperCase() !== "WITHVALUES")) throw syntaxError();
  const names = call.server.pickMany([...(hash?.keys() ?? [])], amount);
  if (withValues === undefined) return names;
  const pairs = names.map((name) => [name, hash!.get(name)!] as const);
  return call.session.protocol === 3 ? pairs : pairs.flat();
}

export const hashes: Commands = {
  HSET: command(
    -4,
    "write denyoom fast",
    oneKey,
    put("hset", (added) => added),
  ),
  HMSET: command(
    -4,
    "write denyoom fast",
    oneKey,
    put("hmset", () => ok),
  ),
  HSETNX: command(4, "write denyoom fast", oneKey, (call) => {
    const hash = make(call);
    if (hash.has(call.args[1]!)) return 0;
    hash.set(call.args[1]!, call.args[2]!);
    call.db.touch(call.args[0]!);
    return 1;
  }),
  HGET: command(3, "readonly fast", oneKey, (call) => read(call)?.get(call.args[1]!) ?? null),
  HMGET: command(-3, "readonly fast", oneKey, (call) => {
    const hash = read(call);
    return call.args.slice(1).map((name) => hash?.get(name) ?? null);
  }),
  HGETALL: command(2, "readonly", oneKey, (call) => ({ map: [...(read(call) ?? [])] })),
  HKEYS: command(2, "readonly", oneKey, (call) => [...(read(call)?.keys() ?? [])]),
  HVALS: command(2, "readonly", oneKey, (call) => [...(read(call)?.values() ?? [])]),
  HLEN: command(2, "readonly fast", oneKey, (call) => read(call)?.size ?? 0),
  HSTRLEN: command(3, "readonly fast", oneKey, (call) => read(call)?.get(call.args[1]!)?.length ?? 0),
  HEXISTS: command(3, "readonly fast", oneKey, (call) => (read(call)?.has(call.args[1]!) ? 1 : 0)),
  HDEL: command(-3, "write fast", oneKey, (call) => {
    const hash = read(call);
    if (!hash) return 0;
    const removed = call.args.slice(1).filter((name) => hash.delete(name)).length;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  HINCRBY: command(4, "write denyoom fast", oneKey, (call) => {
    const by = integer(call.args[2]);
    const before = read(call)?.get(call.args[1]!);
    let present = 0n;
    try {
      if (before !== undefined) present = integer(before);
    } catch {
      throw new RedisError("ERR hash value is not an integer");
    }
    const sum = present + by;
    if (sum > 2n ** 63n - 1n || sum < -(2n ** 63n)) throw new RedisError("ERR increment or decrement would overflow");
    make(call).set(call.args[1]!, String(sum));
    call.db.touch(call.args[0]!);
    return sum;
  }),
  HINCRBYFLOAT: command(4, "write denyoom fast", oneKey, (call) => {
    const by = float(call.args[2]);
    const before = read(call)?.get(call.args[1]!);
    const present = before === undefined ? 0 : float(before, () => new RedisError("ERR hash value is not a float"));
    const sum = plainNumber(addFloats(present, by, "increment"));
    make(call).set(call.args[1]!, sum);
    call.db.touch(call.args[0]!);
    call.propagate(["HSET", call.args[0]!, call.args[1]!, sum]);
    return sum;
  }),
  HRANDFIELD: command(-2, "readonly", oneKey, randomFields),
  HSCAN: command(-3, "readonly", oneKey, (call) =>
    scanned(
      call,
      1,
      [...(read(call) ?? [])],
      ([name]) => name,
      (pair) => pair,
    ),
  ),
};
