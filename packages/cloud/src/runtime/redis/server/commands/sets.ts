/** Sets. */
import { count } from "../arguments.ts";
import { allKeys, type Call, command, type Commands, oneKey } from "../command.ts";
import { RedisError, type Reply, syntaxError } from "../reply.ts";
import { scanned } from "./scan.ts";

const read = ({ db }: Call, key: string) => db.value(key, "set");

export function combine(kind: "union" | "inter" | "diff", sets: readonly (ReadonlySet<string> | undefined)[]): Set<string> {
  const [first, ...rest] = sets.map((set) => set ?? new Set<string>());
  if (kind === "union") return new Set([first!, ...rest].flatMap((set) => [...set]));
  if (kind === "inter") return new Set([...first!].filter((member) => rest.every((set) => set.has(member))));
  return new Set([...first!].filter((member) => rest.every((set) => !set.has(member))));
}

function combined(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => ({
    set: [
      ...combine(
        kind,
        call.args.map((key) => read(call, key)),
      ),
    ],
  });
}

function stored(kind: "union" | "inter" | "diff") {
  return (call: Call): Reply => {
    const [target, ...keys] = call.args as [string, ...string[]];
    const result = combine(
      kind,
      keys.map((key) => read(call, key)),
    );
    if (result.size === 0) call.db.delete(target);
    else call.db.set(target, { type: "set", value: result });
    return result.size;
  };
}

function pop(call: Call): Reply {
  const [key, amountText, ...rest] = call.args as [string, ...string[]];
  if (rest.length > 0) throw syntaxError();
  if (amountText !== undefined && (!/^-?\d+$/.test(amountText) || Number(amountText) < 0))
    throw new RedisError("ERR value is out of range, must be positive");
  const set = read(call, key);
  call.propagate();
  if (!set) return amountText === undefined ? null : { set: [] };
  const taken = call.server.pickMany([...set], amountText === undefined ? 1 : Number(amountText));
  for (const member of taken) set.delete(member);
  if (taken.length > 0) {
    call.propagate(["SREM", key, ...taken]);
    call.db.touch(key);
  }
  return amountText === undefined ? taken[0]! : { set: taken };
}

export const sets: Commands = {
  SADD: command(-3, "write denyoom fast", oneKey, (call) => {
    const set = call.db.make(call.args[0]!, "set", () => new Set());
    const before = set.size;
    for (const member of call.args.slice(1)) set.add(member);
    if (set.size > before) call.db.touch(call.args[0]!);
    return set.size - before;
  }),
  SREM: command(-3, "write fast", oneKey, (call) => {
    const set = read(call, call.args[0]!);
    if (!set) return 0;
    const removed = call.args.slice(1).filter((member) => set.delete(member)).length;
    if (removed > 0) call.db.touch(call.args[0]!);
    return removed;
  }),
  SMEMBERS: command(2, "readonly", oneKey, (call) => ({ set: [...(read(call, call.args[0]!) ?? [])] })),
  SISMEMBER: command(3, "readonly fast", oneKey, (call) => (read(call, call.args[0]!)?.has(call.args[1]!) ? 1 : 0)),
  SMISMEMBER: command(-3, "readonly fast", oneKey, (call) => {
    const set = read(call, call.args[0]!);
    return call.args.slice(1).map((member) => (set?.has(member) ? 1 : 0));
  }),
  SCARD: command(2, "readonly fast", oneKey, (call) => read(call, call.args[0]!)?.size ?? 0),
  SMOVE: command(4, "write fast", [1, 2, 1], (call) => {
    const [from, to, member] = call.args as [string, string, string];
    const source = read(call, from);
    if (!source) return 0;
    const target = read(call, to);
    if (!source.has(member)) return 0;
    if (source === target) return 1;
    source.delete(member);
    call.db.make(to, "set", () => new Set()).add(member);
    call.db.touch(from);
    call.db.touch(to);
    return 1;
  }),
  SPOP: command(-2, "write fast", oneKey, pop),
  SRANDMEMBER: command(-2, "readonly", oneKey, (call) => {
    const members = [...(read(call, call.args[0]!) ?? [])];
    if (call.args.length > 2) throw syntaxError();
    if (call.args[1] === undefined) return members.length > 0 ? call.server.pick(members) : null;
    return call.server.pickMany(members, count(call.args[1]));
  }),
  SUNION: command(-2, "readonly", allKeys, combined("union")),
  SINTER: command(-2, "readonly", allKeys, combined("inter")),
  SDIFF: command(-2, "readonly", allKeys, combined("diff")),
  SUNIONSTORE: command(-3, "write denyoom", allKeys, stored("union")),
  SINTERSTORE: command(-3, "write denyoom", allKeys, stored("inter")),
  SDIFFSTORE: command(-3, "write denyoom", allKeys, stored("diff")),
  SINTERCARD: command(-3, "readonly", null, (call) => {
    const total = call.args[0];
    if (!/^\d+$/.test(total!) || Number(total) < 1) throw new RedisError("ERR numkeys should be greater than 0");
    const keys = call.args.slice(1, 1 + Number(total));
    if (keys.length < Number(total)) throw new RedisError("ERR Number of keys can't be greater than number of args");
    const rest = call.args.slice(1 + Number(total));
    if (rest.length > 0 && (rest.length !== 2 || rest[0]!.toUpperCase() !== "LIMIT")) throw syntaxError();
    if (rest.length > 0 && (!/^-?\d+$/.test(rest[1]!) || Number(rest[1]) < 0)) throw new RedisError("ERR LIMIT can't be negative");
    const limit = Number(rest[1] ?? 0) || Infinity;
    return Math.min(
      limit,
      combine(
        "inter",
        keys.map((key) => read(call, key)),
      ).size,
    );
  }),
  SSCAN: command(-3, "readonly", oneKey, (call) =>
    scanned(
      call,
      1,
      [...(read(call, call.args[0]!) ?? [])],
      (member) => member,
      (member) => [member],
    ),
  ),
};
