/** BITFIELD: integers of any width at any bit of a string. */
import { integer } from "../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../command.ts";
import { RedisError, type Reply, syntaxError } from "../reply.ts";

interface Field {
  signed: boolean;
  bits: number;
  offset: number;
}

type Overflow = "WRAP" | "SAT" | "FAIL";

function field(type: string | undefined, offsetText: string | undefined): Field {
  const match = /^([iu])(\d{1,2})$/.exec(type ?? "");
  const bits = Number(match?.[2]);
  if (!match || bits < 1 || bits > (match[1] === "i" ? 64 : 63))
    throw new RedisError("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");
  const scaled = offsetText?.startsWith("#") ?? false;
  const plain = scaled ? offsetText!.slice(1) : (offsetText ?? "");
  const offset = /^\d{1,12}$/.test(plain) ? Number(plain) * (scaled ? bits : 1) : NaN;
  if (!(offset + bits <= 2 ** 32)) throw new RedisError("ERR bit offset is not an integer or out of range");
  return { signed: match[1] === "i", bits, offset };
}

function read(text: string, { signed, bits, offset }: Field): bigint {
  let value = 0n;
  for (let at = offset; at < offset + bits; at++) value = (value << 1n) | BigInt(((text.charCodeAt(at >> 3) || 0) >> (7 - (at & 7))) & 1);
  return signed ? BigInt.asIntN(bits, value) : value;
}

function written(text: string, { bits, offset }: Field, value: bigint): string {
  const bytes = Buffer.from(text.padEnd(Math.ceil((offset + bits) / 8), "\0"), "latin1");
  let left = BigInt.asUintN(bits, value);
  for (let at = offset + bits - 1; at >= offset; at--, left >>= 1n) {
    const mask = 0x80 >> (at & 7);
    bytes[at >> 3] = left & 1n ? bytes[at >> 3]! | mask : bytes[at >> 3]! & ~mask;
  }
  return bytes.toString("latin1");
}

/** A value as the field holds it; `undefined` where it does not fit and FAIL was asked for. */
function fitted(value: bigint, { signed, bits }: Field, overflow: Overflow): bigint | undefined {
  const width = BigInt(bits);
  const [low, high] = signed ? [-(1n << (width - 1n)), (1n << (width - 1n)) - 1n] : [0n, (1n << width) - 1n];
  if (value >= low && value <= high) return value;
  if (overflow === "FAIL") return undefined;
  if (overflow === "SAT") return value < low ? low : high;
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function bitField(readOnly: boolean) {
  return (call: Call): Reply => {
    const [key, ...rest] = call.args as [string, ...string[]];
    let overflow: Overflow = "WRAP";
    const steps: { kind: "GET" | "SET" | "INCRBY"; field: Field; value: bigint; overflow: Overflow }[] = [];
    for (let at = 0; at < rest.length;) {
      const kind = rest[at]!.toUpperCase();
      if (kind === "GET") {
        if (rest[at + 2] === undefined) throw syntaxError();
        steps.push({ kind, field: field(rest[at + 1], rest[at + 2]), value: 0n, overflow });
        at += 3;
      } else if ((kind === "SET" || kind === "INCRBY") && rest[at + 3] !== undefined) {
        if (readOnly) throw new RedisError("ERR BITFIELD_RO only supports the GET subcommand");
        steps.push({ kind, field: field(rest[at + 1], rest[at + 2]), value: integer(rest[at + 3]), overflow });
        at += 4;
      } else if (kind === "OVERFLOW" && rest[at + 1] !== undefined) {
        const wish = rest[at + 1]!.toUpperCase();
        if (wish !== "WRAP" && wish !== "SAT" && wish !== "FAIL") throw new RedisError("ERR Invalid OVERFLOW type specified");
        overflow = wish;
        at += 2;
      } else throw syntaxError();
    }
    const before = call.db.value(key, "string") ?? "";
    // A writing step makes the string long enough, also where its value then does not fit.
    const bits = Math.max(0, ...steps.map(({ kind, field: where }) => (kind === "GET" ? 0 : where.offset + where.bits)));
    let text = before.padEnd(Math.ceil(bits / 8), "\0");
    let changed = text.length > before.length;
    const replies = steps.map(({ kind, field: where, value, overflow: wish }): Reply => {
      const present = read(text, where);
      if (kind === "GET") return present;
      const next = fitted(kind === "SET" ? value : present + value, where, wish);
      if (next === undefined) return null;
      text = written(text, where, next);
      changed = true;
      return kind === "SET" ? present : next;
    });
    if (changed) call.db.set(key, { type: "string", value: text, encoding: "raw" }, { keepTtl: true });
    else call.propagate();
    return replies;
  };
}

export const bitFields: Commands = {
  BITFIELD: command(-2, "write denyoom", oneKey, bitField(false)),
  BITFIELD_RO: command(-2, "readonly fast", oneKey, bitField(true)),
};
