/** `struct` and `bit`: numbers as bytes and as 32 bits (Roberto Ierusalimschy's struct 0.2 and Mike Pall's BitOp, as Redis's scripts have them). */
import { LuaError, numberText, type LuaFunction, type LuaValue } from "./values.ts";

const fault = (message: string) => new LuaError(message, "positioned");

type Item =
  | { kind: "integer"; sizeBytes: number; signed: boolean; little: boolean }
  | { kind: "float"; sizeBytes: 4 | 8; little: boolean }
  | { kind: "chars"; sizeBytes: number }
  | { kind: "string" }
  | { kind: "padding" };

const nativeBytes: Readonly<Record<string, number>> = { b: 1, h: 2, i: 4, l: 8, T: 8 };
const maxIntegerBytes = 32;

/** The items of a format, each with the bytes of padding that its alignment wants at `offsetOf()`. */
function* items(name: string, format: string, offsetOf: () => number): Generator<{ item: Item; padding: number }> {
  let [little, align] = [true, 1];
  for (let at = 0; at < format.length;) {
    const code = format[at++]!;
    const digits = /^\d+/.exec(format.slice(at))?.[0];
    const size = digits === undefined ? undefined : Number(digits);
    if (code === " ") continue;
    if (code === ">" || code === "<") {
      little = code === "<";
      continue;
    }
    if (digits && "!iIc".includes(code)) at += digits.length;
    if (code === "!") {
      align = size ?? 8;
      if (align === 0 || (align & (align - 1)) !== 0) throw fault("alignment is not a power of 2");
      continue;
    }
    let item: Item;
    const lower = code === "T" ? "T" : code.toLowerCase();
    if (lower in nativeBytes) {
      const sizeBytes = lower === "i" && size !== undefined ? size : nativeBytes[lower]!;
      if (sizeBytes > maxIntegerBytes) throw fault(`integral size ${sizeBytes} is larger than limit of ${maxIntegerBytes}`);
      item = { kind: "integer", sizeBytes, signed: code === lower && code !== "T", little };
    } else if (code === "f" || code === "d") item = { kind: "float", sizeBytes: code === "f" ? 4 : 8, little };
    else if (code === "c") item = { kind: "chars", sizeBytes: size ?? 1 };
    else if (code === "s") item = { kind: "string" };
    else if (code === "x") item = { kind: "padding" };
    else throw fault(`bad argument #1 to '${name}' (invalid format option '${code}')`);
    const own = "sizeBytes" in item && item.kind !== "chars" ? Math.min(item.sizeBytes, align) : 1;
    yield { item, padding: own > 1 ? (own - (offsetOf() % own)) % own : 0 };
  }
}

const bytesText = (bytes: Buffer, little: boolean) => Buffer.from(little ? bytes.toReversed() : bytes).toString("latin1");

function packInteger(value: number, sizeBytes: number, little: boolean): string {
  let left = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  const big = Buffer.alloc(sizeBytes, value < 0 ? 0xff : 0);
  for (let at = sizeBytes - 1; at >= 0 && at >= sizeBytes - 8; at--, left >>= 8n) big[at] = Number(left & 255n);
  return bytesText(big, little);
}

function asNumber(value: LuaValue, at: number, name: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number))
    throw fault(`bad argument #${at} to '${name}' (number expected, got ${value === undefined ? "no value" : typeof value})`);
  return number;
}

function packStruct([format, ...values]: readonly LuaValue[]): LuaValue[] {
  if (typeof format !== "string") throw fault("bad argument #1 to 'pack' (string expected, got no value)");
  let packed = "";
  let next = 0;
  const text = (): string => {
    const value = values[next++];
    if (typeof value === "number") return numberText(value);
    if (typeof value !== "string")
      throw fault(`bad argument #${next + 1} to 'pack' (string expected, got ${value === undefined ? "no value" : typeof value})`);
    return value;
  };
  for (const { item, padding } of items("pack", format, () => packed.length)) {
    packed += "\0".repeat(padding);
    if (item.kind === "padding") packed += "\0";
    else if (item.kind === "integer") packed += packInteger(asNumber(values[next++], next + 1, "pack"), item.sizeBytes, item.little);
    else if (item.kind === "float") {
      const bytes = Buffer.alloc(item.sizeBytes);
      const value = asNumber(values[next++], next + 1, "pack");
      if (item.sizeBytes === 4) bytes.writeFloatBE(value);
      else bytes.writeDoubleBE(value);
      packed += bytesText(bytes, item.little);
    } else if (item.kind === "string") packed += `${text()}\0`;
    else {
      const value = text();
      const size = item.sizeBytes === 0 ? value.length : item.sizeBytes;
      if (value.length < size) throw fault(`bad argument #${next + 2} to 'pack' (string too short)`);
      packed += value.slice(0, size);
    }
  }
  return [packed];
}

function unpackStruct([format, data, from]: readonly LuaValue[]): LuaValue[] {
  if (typeof format !== "string" || typeof data !== "string") throw fault("bad argument #2 to 'unpack' (string expected, got no value)");
  let at = from === undefined ? 0 : asNumber(from, 3, "unpack") - 1;
  if (at < 0) throw fault("bad argument #3 to 'unpack' (offset must be 1 or greater)");
  const found: LuaValue[] = [];
  for (const { item, padding } of items("unpack", format, () => at)) {
    at += padding;
    const need = (size: number): string => {
      if (at + size > data.length) throw fault("bad argument #2 to 'unpack' (data string too short)");
      at += size;
      return data.slice(at - size, at);
    };
    if (item.kind === "padding") need(1);
    else if (item.kind === "integer") {
      const text = need(item.sizeBytes);
      const big = Buffer.from(item.little ? [...text].toReversed().join("") : text, "latin1").subarray(-8);
      const value = big.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      found.push(Number(item.signed ? BigInt.asIntN(8 * Math.min(8, item.sizeBytes), value) : value));
    } else if (item.kind === "float") {
      const text = need(item.sizeBytes);
      const bytes = Buffer.from(item.little ? [...text].toReversed().join("") : text, "latin1");
      found.push(item.sizeBytes === 4 ? bytes.readFloatBE() : bytes.readDoubleBE());
    } else if (item.kind === "string") {
      const end = data.indexOf("\0", at);
      if (end < 0) throw fault("unfinished string in data");
      found.push(data.slice(at, end));
      at = end + 1;
    } else {
      let size = item.sizeBytes;
      if (size === 0) {
        const before = found.pop();
        if (typeof before !== "number") throw fault("format 'c0' needs a previous size");
        size = before;
      }
      found.push(need(size));
    }
  }
  return [...found, at + 1];
}

function sizeOfStruct([format]: readonly LuaValue[]): LuaValue[] {
  let total = 0;
  for (const { item, padding } of items("size", String(format), () => total)) {
    if (item.kind === "string") throw fault("bad argument #1 to 'size' (option 's' has no fixed size)");
    if (item.kind === "chars" && item.sizeBytes === 0) throw fault("bad argument #1 to 'size' (option 'c0' has no fixed size)");
    total += padding + ("sizeBytes" in item ? item.sizeBytes : 1);
  }
  return [total];
}

export const structFunctions: Record<string, LuaFunction> = {
  "struct.pack": packStruct,
  "struct.unpack": unpackStruct,
  "struct.size": sizeOfStruct,
};

const bits = (name: string, run: (...values: number[]) => number): LuaFunction => {
  return (args) => {
    if (args.length === 0) throw fault(`bad argument #1 to '${name}' (number expected, got no value)`);
    return [run(...args.map((value, at) => Math.round(asNumber(value, at + 1, name)) | 0)) | 0];
  };
};
const rotated = (value: number, by: number) => (value << (by & 31)) | (value >>> (-by & 31));

export const bitFunctions: Record<string, LuaFunction> = {
  "bit.tobit": bits("tobit", (value) => value),
  "bit.bnot": bits("bnot", (value) => ~value),
  "bit.band": bits("band", (...values) => values.reduce((a, b) => a & b)),
  "bit.bor": bits("bor", (...values) => values.reduce((a, b) => a | b)),
  "bit.bxor": bits("bxor", (...values) => values.reduce((a, b) => a ^ b)),
  "bit.lshift": bits("lshift", (value, by = 0) => value << (by & 31)),
  "bit.rshift": bits("rshift", (value, by = 0) => value >>> (by & 31)),
  "bit.arshift": bits("arshift", (value, by = 0) => value >> (by & 31)),
  "bit.rol": bits("rol", (value, by = 0) => rotated(value, by)),
  "bit.ror": bits("ror", (value, by = 0) => rotated(value, -by)),
  "bit.bswap": bits("bswap", (value) =>
    Buffer.from(new Int32Array([value]).buffer)
      .swap32()
      .readInt32LE(),
  ),
  "bit.tohex": ([value, width]) => {
    const digits = width === undefined ? 8 : asNumber(width, 2, "tohex");
    const hex = (Math.round(asNumber(value, 1, "tohex")) >>> 0)
      .toString(16)
      .padStart(8, "0")
      .slice(-Math.min(8, Math.abs(digits) || 8));
    return [digits < 0 ? hex.toUpperCase() : hex];
  },
};
