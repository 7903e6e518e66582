/** Strings, and the bits in them. */
import { count, float, inRange, integer } from "../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../command.ts";
import { formatDouble, notAFloat, ok, RedisError, type Reply, syntaxError } from "../reply.ts";

const maxBytes = 512 * 1024 * 1024;
const read = ({ db }: Call, key: string) => db.value(key, "string");
const write = ({ db }: Call, key: string, value: string, keepTtl = true, encoding?: "raw" | "embstr") => {
  if (value.length > maxBytes) throw new RedisError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  db.set(key, { type: "string", value, encoding }, { keepTtl });
};

/** The time that EX, PX, EXAT and PXAT mean; throws for one that is not after the epoch. */
export function expiryOf(call: Call, option: string, text: string | undefined, name: string): number {
  const value = integer(text);
  const fault = () => new RedisError(`ERR invalid expire time in '${name}' command`);
  if (value <= 0n) throw fault();
  const ms = option.startsWith("P") ? value : value * 1000n;
  const at = option.endsWith("AT") ? ms : ms + BigInt(call.server.nowMs());
  if (at > 2n ** 63n - 1n) throw fault();
  return Number(at);
}

function set(call: Call): Reply {
  const [key, value, ...options] = call.args as [string, string, ...string[]];
  let expiresMs: number | undefined;
  let [keepTtl, get, condition, timed] = [false, false, "", false];
  for (let at = 0; at < options.length; at++) {
    const option = options[at]!.toUpperCase();
    if ((option === "NX" || option === "XX") && !condition) condition = option;
    else if (option === "GET") get = true;
    else if (option === "KEEPTTL" && !timed) keepTtl = timed = true;
    else if (["EX", "PX", "EXAT", "PXAT"].includes(option) && !timed) {
      if (options[at + 1] === undefined) throw syntaxError();
      expiresMs = expiryOf(call, option, options[++at], "set");
      timed = true;
    } else throw syntaxError();
  }
  const before = get ? (read(call, key) ?? null) : null;
  const exists = call.db.get(key) !== undefined;
  if ((condition === "NX" && exists) || (condition === "XX" && !exists)) {
    call.propagate();
    return get ? before : null;
  }
  call.db.set(key, { type: "string", value, expiresMs }, { keepTtl });
  call.propagate(["SET", key, value, ...(expiresMs !== undefined ? ["PXAT", expiresMs] : keepTtl ? ["KEEPTTL"] : [])]);
  return get ? before : ok;
}

function increment(call: Call, by: bigint): Reply {
  const key = call.args[0]!;
  const text = read(call, key) ?? "0";
  const value = inRange(integer(text) + by);
  write(call, key, String(value));
  return value;
}

function setTimed(option: "EX" | "PX", name: string) {
  return (call: Call): Reply => {
    const [key, time, value] = call.args as [string, string, string];
    const expiresMs = expiryOf(call, option, time, name);
    call.db.set(key, { type: "string", value, expiresMs });
    call.propagate(["SET", key, value, "PXAT", expiresMs]);
    return ok;
  };
}

/** Sums as decimal numbers would, not as binary ones: 0.1 + 0.2 is 0.3. */
export function addFloats(a: number, b: number, what: string): number {
  const sum = Number((a + b).toPrecision(15));
  if (!Number.isFinite(sum)) throw new RedisError(`ERR ${what} would produce NaN or Infinity`);
  return sum;
}

/** Without an exponent, as INCRBYFLOAT answers. */
export function plainNumber(value: number): string {
  const text = formatDouble(value);
  return text.includes("e") ? value.toFixed(17).replace(/\.?0+$/, "") : text;
}

function setRange(call: Call): Reply {
  const [key, , patch] = call.args as [string, string, string];
  const offset = count(call.args[1]);
  if (offset < 0) throw new RedisError("ERR offset is out of range");
  const before = read(call, key) ?? "";
  if (patch === "") return before.length;
  if (offset + patch.length > maxBytes) throw new RedisError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  const padded = before.padEnd(offset, "\0");
  const after = padded.slice(0, offset) + patch + padded.slice(offset + patch.length);
  write(call, key, after, true, "raw");
  return after.length;
}

function bitOffset(text: string | undefined): number {
  const fault = () => new RedisError("ERR bit offset is not an integer or out of range");
  if (!/^\d{1,10}$/.test(text ?? "")) throw fault();
  const offset = Number(text);
  if (offset >= maxBytes * 8) throw fault();
  return offset;
}

function setBit(call: Call): Reply {
  const key = call.args[0]!;
  const offset = bitOffset(call.args[1]);
  if (call.args[2] !== "0" && call.args[2] !== "1") throw new RedisError("ERR bit is not an integer or out of range");
  const bytes = (read(call, key) ?? "").padEnd((offset >> 3) + 1, "\0");
  const byte = bytes.charCodeAt(offset >> 3);
  const mask = 0x80 >> (offset & 7);
  const after = call.args[2] === "1" ? byte | mask : byte & ~mask;
  write(call, key, bytes.slice(0, offset >> 3) + String.fromCharCode(after) + bytes.slice((offset >> 3) + 1), true, "raw");
  return byte & mask ? 1 : 0;
}

const bitAt = (text: string, offset: number) => (text.charCodeAt(offset >> 3) >> (7 - (offset & 7))) & 1;

/** The bits that a range means, in bytes or bits, both ends included; `undefined` when there are none. */
function bitRange(
  text: string,
  start: string | undefined,
  stop: string | undefined,
  unit: string | undefined,
): [from: number, to: number] | undefined {
  const upper = unit?.toUpperCase() ?? "BYTE";
  if (upper !== "BYTE" && upper !== "BIT") throw syntaxError();
  const size = upper === "BIT" ? text.length * 8 : text.length;
  let [from, to] = [start === undefined ? 0 : count(start), stop === undefined ? -1 : count(stop)];
  if (from < 0 && to < 0 && from > to) return undefined;
  if (from < 0) from = Math.max(0, size + from);
  if (to < 0) to = Math.max(0, size + to);
  to = Math.min(to, size - 1);
  if (from > to) return undefined;
  return upper === "BIT" ? [from, to] : [from * 8, to * 8 + 7];
}

function bitCount(call: Call): Reply {
  const [key, start, stop, unit, ...rest] = call.args as [string, ...string[]];
  if (rest.length > 0 || (start !== undefined && stop === undefined)) throw syntaxError();
  const text = read(call, key) ?? "";
  const bits = bitRange(text, start, stop, unit);
  let total = 0;
  if (bits) for (let at = bits[0]; at <= bits[1]; at++) total += bitAt(text, at);
  return total;
}

function bitPosition(call: Call): Reply {
  const [key, bit, start, stop, unit, ...rest] = call.args as [string, string, ...string[]];
  if (rest.length > 0) throw syntaxError();
  if (integer(bit) !== 0n && integer(bit) !== 1n) throw new RedisError("ERR The bit argument must be 1 or 0.");
  const text = read(call, key);
  if (text === undefined) return bit === "1" ? -1 : 0;
  const bits = bitRange(text, start, stop, unit);
  if (!bits) return -1;
  for (let at = bits[0]; at <= bits[1]; at++) if (bitAt(text, at) === Number(bit)) return at;
  return bit === "0" && stop === undefined ? text.length * 8 : -1;
}

function bitOperation(call: Call): Reply {
  const [name, target, ...keys] = call.args as [string, string, ...string[]];
  const operation = name.toUpperCase();
  if (!["AND", "OR", "XOR", "NOT"].includes(operation)) throw syntaxError();
  if (operation === "NOT" && keys.length !== 1) throw new RedisError("ERR BITOP NOT must be called with a single source key.");
  const texts = keys.map((key) => read(call, key) ?? "");
  const length = Math.max(...texts.map((text) => text.length));
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    const values = texts.map((text) => (at < text.length ? text.charCodeAt(at) : 0));
    if (operation === "NOT") bytes[at] = ~values[0]! & 255;
    else bytes[at] = values.reduce((a, b) => (operation === "AND" ? a & b : operation === "OR" ? a | b : a ^ b));
  }
  if (length === 0) call.db.delete(target);
  else write(call, target, bytes.toString("latin1"), false, "raw");
  return length;
}

export const strings: Commands = {
  GET: command(2, "readonly fast", oneKey, (call) => read(call, call.args[0]!) ?? null),
  SET: command(-3, "write denyoom", oneKey, set),
  SETNX: command(3, "write denyoom fast", oneKey, (call) => {
    if (call.db.get(call.args[0]!)) return 0;
    write(call, call.args[0]!, call.args[1]!, false);
    return 1;
  }),
  SETEX: command(4, "write denyoom", oneKey, setTimed("EX", "setex")),
  PSETEX: command(4, "write denyoom", oneKey, setTimed("PX", "psetex")),
  GETSET: command(3, "write denyoom fast", oneKey, (call) => {
    const before = read(call, call.args[0]!) ?? null;
    write(call, call.args[0]!, call.args[1]!, false);
    return before;
  }),
  GETDEL: command(2, "write fast", oneKey, (call) => {
    const before = read(call, call.args[0]!) ?? null;
    call.db.delete(call.args[0]!);
    return before;
  }),
  GETEX: command(-2, "write fast", oneKey, (call) => {
    const [key, option, time, ...rest] = call.args as [string, ...string[]];
    const name = option?.toUpperCase();
    if (
      rest.length > 0 ||
      (name !== undefined && !["PERSIST", "EX", "PX", "EXAT", "PXAT"].includes(name)) ||
      (name === "PERSIST") !== (name !== undefined && time === undefined)
    )
      throw syntaxError();
    const value = read(call, key);
    call.propagate();
    if (value === undefined) return null;
    if (name === "PERSIST") {
      call.db.expire(key, undefined);
      call.propagate(["PERSIST", key]);
    } else if (name) {
      const at = expiryOf(call, name, time, "getex");
      call.db.expire(key, at);
      call.propagate(["PEXPIREAT", key, at]);
    }
    return value;
  }),
  MGET: command(-2, "readonly fast", [1, -1, 1], ({ db, args }) =>
    args.map((key) => {
      const entry = db.get(key);
      return entry?.type === "string" ? entry.value : null;
    }),
  ),
  MSET: command(-3, "write denyoom", [1, -1, 2], (call) => {
    if (call.args.length % 2) throw new RedisError("ERR wrong number of arguments for 'mset' command");
    for (let at = 0; at < call.args.length; at += 2) write(call, call.args[at]!, call.args[at + 1]!, false);
    return ok;
  }),
  MSETNX: command(-3, "write denyoom", [1, -1, 2], (call) => {
    if (call.args.length % 2) throw new RedisError("ERR wrong number of arguments for 'msetnx' command");
    for (let at = 0; at < call.args.length; at += 2) if (call.db.get(call.args[at]!)) return 0;
    for (let at = 0; at < call.args.length; at += 2) write(call, call.args[at]!, call.args[at + 1]!, false);
    return 1;
  }),
  APPEND: command(3, "write denyoom fast", oneKey, (call) => {
    const before = read(call, call.args[0]!);
    const value = (before ?? "") + call.args[1]!;
    write(call, call.args[0]!, value, true, before === undefined ? undefined : "raw");
    return value.length;
  }),
  STRLEN: command(2, "readonly fast", oneKey, (call) => read(call, call.args[0]!)?.length ?? 0),
  GETRANGE: command(4, "readonly", oneKey, getRange),
  SUBSTR: command(4, "readonly", oneKey, getRange),
  SETRANGE: command(4, "write denyoom", oneKey, setRange),
  INCR: command(2, "write denyoom fast", oneKey, (call) => increment(call, 1n)),
  DECR: command(2, "write denyoom fast", oneKey, (call) => increment(call, -1n)),
  INCRBY: command(3, "write denyoom fast", oneKey, (call) => increment(call, integer(call.args[1]))),
  DECRBY: command(3, "write denyoom fast", oneKey, (call) => {
    const by = integer(call.args[1]);
    if (by === -(2n ** 63n)) throw new RedisError("ERR decrement would overflow");
    return increment(call, -by);
  }),
  INCRBYFLOAT: command(3, "write denyoom fast", oneKey, (call) => {
    const before = read(call, call.args[0]!);
    const sum = plainNumber(addFloats(before === undefined ? 0 : float(before, notAFloat), float(call.args[1], notAFloat), "increment"));
    write(call, call.args[0]!, sum, true, "embstr");
    call.propagate(["SET", call.args[0]!, sum, "KEEPTTL"]);
    return sum;
  }),
  SETBIT: command(4, "write denyoom", oneKey, setBit),
  GETBIT: command(3, "readonly fast", oneKey, (call) => {
    const offset = bitOffset(call.args[1]);
    const text = read(call, call.args[0]!) ?? "";
    return offset >> 3 < text.length ? bitAt(text, offset) : 0;
  }),
  BITCOUNT: command(-2, "readonly", oneKey, bitCount),
  BITPOS: command(-3, "readonly", oneKey, bitPosition),
  BITOP: command(-4, "write denyoom", [2, -1, 1], bitOperation),
};

function getRange(call: Call): Reply {
  const [start, stop] = [count(call.args[1]), count(call.args[2])];
  const text = read(call, call.args[0]!) ?? "";
  if (start < 0 && stop < 0 && start > stop) return "";
  if (text.length === 0) return "";
  const from = start < 0 ? Math.max(0, text.length + start) : start;
  const to = Math.min(stop < 0 ? Math.max(0, text.length + stop) : stop, text.length - 1);
  return from > to ? "" : text.slice(from, to + 1);
}
