/** HyperLogLog: how many different elements there were, in 12 kB, with an error of 0.81 % (redis.io, "HyperLogLog"). Kept in Redis's dense form. */
import { allKeys, type Call, command, type Commands, oneKey } from "../command.ts";
import { ok, RedisError, type Reply } from "../reply.ts";

const registerCount = 16_384;
const header = `HYLL\0\0\0\0${"\0".repeat(7)}\x80`; // dense; the last byte's highest bit: no count is kept beside it
const bytesInAll = header.length + (registerCount * 6) / 8;
/** The number of bits of the hash that are looked at for its first one. */
const q = 50;

function registersOf(text: string): Uint8Array {
  const registers = new Uint8Array(registerCount);
  for (let at = 0; at < registerCount; at++) {
    const bit = at * 6;
    const byte = header.length + (bit >> 3);
    const pair = text.charCodeAt(byte) | ((text.charCodeAt(byte + 1) || 0) << 8);
    registers[at] = (pair >> (bit & 7)) & 63;
  }
  return registers;
}

function textOf(registers: Uint8Array): string {
  const bytes = Buffer.alloc(bytesInAll + 1);
  bytes.write(header, "latin1");
  registers.forEach((value, at) => {
    const bit = at * 6;
    const byte = header.length + (bit >> 3);
    bytes.writeUInt16LE(bytes.readUInt16LE(byte) | (value << (bit & 7)), byte);
  });
  return bytes.toString("latin1", 0, bytesInAll);
}

/** MurmurHash64A with Redis's seed. */
function hash(text: string): bigint {
  const m = 0xc6a4a7935bd1e995n;
  const wrap = (value: bigint) => BigInt.asUintN(64, value);
  const bytes = Buffer.from(text, "latin1");
  let h = wrap(0xadc83b19n ^ (BigInt(bytes.length) * m));
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    let k = wrap(bytes.readBigUInt64LE(at) * m);
    k = wrap((k ^ (k >> 47n)) * m);
    h = wrap((h ^ k) * m);
  }
  if (whole < bytes.length) {
    let rest = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8n) | BigInt(bytes[at]!);
    h = wrap((h ^ rest) * m);
  }
  h = wrap((h ^ (h >> 47n)) * m);
  return h ^ (h >> 47n);
}

/** Which register an element belongs to, and how many zeros its hash begins with, and one. */
function placeOf(element: string): { register: number; run: number } {
  const hashed = hash(element);
  let rest = (hashed >> 14n) | (1n << BigInt(q));
  let run = 1;
  for (; (rest & 1n) === 0n; rest >>= 1n) run++;
  return { register: Number(hashed & 16_383n), run };
}

/** Otmar Ertl's estimator, as Redis has it. */
function estimate(registers: Uint8Array): number {
  const histogram = new Float64Array(q + 2);
  for (const value of registers) histogram[value]!++;
  const m = registerCount;
  let z = m * tau((m - histogram[q + 1]!) / m);
  for (let at = q; at >= 1; at--) z = 0.5 * (z + histogram[at]!);
  z += m * sigma(histogram[0]! / m);
  return Math.round((0.7213475204444817 * m * m) / z);
}

function sigma(start: number): number {
  if (start === 1) return Infinity;
  let [x, y, z, before] = [start, 1, start, NaN];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let [x, y, z, before] = [start, 1, 1 - start, NaN];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}

function stored({ db }: Call, key: string): Uint8Array | undefined {
  const text = db.value(key, "string");
  if (text === undefined) return undefined;
  if (!text.startsWith("HYLL\0") || text.length !== bytesInAll)
    throw new RedisError("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return registersOf(text);
}

const put = ({ db }: Call, key: string, registers: Uint8Array) =>
  db.set(key, { type: "string", value: textOf(registers), encoding: "raw" }, { keepTtl: true });

function merged(call: Call, keys: readonly string[]): Uint8Array {
  const all = new Uint8Array(registerCount);
  for (const key of keys) stored(call, key)?.forEach((value, at) => (all[at] = Math.max(all[at]!, value)));
  return all;
}

function add(call: Call): Reply {
  const [key, ...elements] = call.args as [string, ...string[]];
  const before = stored(call, key);
  const registers = before ?? new Uint8Array(registerCount);
  let changed = before === undefined;
  for (const element of elements) {
    const { register, run } = placeOf(element);
    if (registers[register]! >= run) continue;
    registers[register] = run;
    changed = true;
  }
  if (changed) put(call, key, registers);
  return changed ? 1 : 0;
}

export const hyperLogLogs: Commands = {
  PFADD: command(-2, "write denyoom fast", oneKey, add),
  PFCOUNT: command(-2, "readonly", allKeys, (call) => estimate(merged(call, call.args))),
  PFMERGE: command(-2, "write denyoom", allKeys, (call) => {
    put(call, call.args[0]!, merged(call, call.args));
    return ok;
  }),
};
