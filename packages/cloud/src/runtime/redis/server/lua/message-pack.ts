/** `cmsgpack`: MessagePack as Redis's scripts read and write it (lua-cmsgpack 0.4). */
import { isTable, list, LuaError, type LuaFunction, type LuaTable, type LuaValue } from "./values.ts";

const fault = (message: string) => new LuaError(message, "positioned");
const badFormat = () => fault("Bad data format in input.");

/** Deeper tables are packed as nil. */
const maxNesting = 16;

const integer = (tag: number, sizeBytes: number, value: number | bigint) => {
  const bytes = Buffer.alloc(1 + sizeBytes);
  bytes[0] = tag;
  if (sizeBytes === 8) bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), 1);
  else bytes.writeUIntBE(Number(value) < 0 ? Number(value) + 2 ** (8 * sizeBytes) : Number(value), 1, sizeBytes);
  return bytes.toString("latin1");
};

function packedNumber(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) {
    const single = Math.fround(value) === value || Number.isNaN(value);
    const bytes = Buffer.alloc(single ? 5 : 9);
    bytes[0] = single ? 0xca : 0xcb;
    if (single) bytes.writeFloatBE(value, 1);
    else bytes.writeDoubleBE(value, 1);
    return bytes.toString("latin1");
  }
  if (value >= 0) {
    if (value <= 127) return String.fromCharCode(value);
    if (value <= 0xff) return integer(0xcc, 1, value);
    if (value <= 0xffff) return integer(0xcd, 2, value);
    if (value <= 0xffffffff) return integer(0xce, 4, value);
    return integer(0xcf, 8, value);
  }
  if (value >= -32) return String.fromCharCode(256 + value);
  if (value >= -128) return integer(0xd0, 1, value);
  if (value >= -32768) return integer(0xd1, 2, value);
  if (value >= -2147483648) return integer(0xd2, 4, value);
  return integer(0xd3, 8, value);
}

/** The head of something that has a size: short, or by the first tag whose bytes hold it. */
function head(size: number, short: number, shortMax: number, tags: readonly [tag: number, bytes: number][]): string {
  if (size <= shortMax) return String.fromCharCode(short | size);
  const [tag, bytes] = tags.find(([, each]) => size < 2 ** (8 * each))!;
  return integer(tag, bytes, size);
}

function pack(value: LuaValue, nesting = 0): string {
  if (typeof value === "string")
    return (
      head(value.length, 0xa0, 31, [
        [0xd9, 1],
        [0xda, 2],
        [0xdb, 4],
      ]) + value
    );
  if (typeof value === "number") return packedNumber(value);
  if (typeof value === "boolean") return value ? "\xc3" : "\xc2";
  if (!isTable(value) || nesting === maxNesting) return "\xc0";
  const keys = [...value.keys()];
  const isList = keys.every((key) => typeof key === "number" && Number.isInteger(key) && key > 0 && key <= keys.length);
  if (isList) {
    const start = head(keys.length, 0x90, 15, [
      [0xdc, 2],
      [0xdd, 4],
    ]);
    return start + keys.map((_, at) => pack(value.get(at + 1), nesting + 1)).join("");
  }
  const start = head(keys.length, 0x80, 15, [
    [0xde, 2],
    [0xdf, 4],
  ]);
  return start + [...value].map(([key, each]) => pack(key, nesting + 1) + pack(each, nesting + 1)).join("");
}

/** Reads values one after another from `bytes`. */
function unpacker(bytes: Buffer, from: number) {
  let at = from;
  const need = (size: number): number => {
    if (at + size > bytes.length) throw fault("Missing bytes in input.");
    at += size;
    return at - size;
  };
  const unsigned = (size: number): number => (size === 8 ? Number(bytes.readBigUInt64BE(need(8))) : bytes.readUIntBE(need(size), size));
  const signed = (size: number): number => (size === 8 ? Number(bytes.readBigInt64BE(need(8))) : bytes.readIntBE(need(size), size));
  const raw = (size: number): string => {
    const start = need(size);
    return bytes.toString("latin1", start, start + size);
  };
  const array = (size: number): LuaTable => {
    const values: LuaValue[] = [];
    for (let index = 0; index < size; index++) values.push(value());
    return list(values);
  };
  const map = (size: number): LuaTable => {
    const table: LuaTable = new Map();
    for (let index = 0; index < size; index++) {
      const key = value();
      if (typeof key !== "string" && typeof key !== "number" && typeof key !== "boolean") throw badFormat();
      table.set(key, value());
    }
    return table;
  };
  const value = (): LuaValue => {
    const tag = bytes[need(1)]!;
    if (tag <= 0x7f) return tag;
    if (tag >= 0xe0) return tag - 256;
    if (tag <= 0x8f) return map(tag & 15);
    if (tag <= 0x9f) return array(tag & 15);
    if (tag <= 0xbf) return raw(tag & 31);
    if (tag >= 0xcc && tag <= 0xcf) return unsigned(2 ** (tag - 0xcc));
    if (tag >= 0xd0 && tag <= 0xd3) return signed(2 ** (tag - 0xd0));
    if (tag >= 0xd9 && tag <= 0xdb) return raw(unsigned(2 ** (tag - 0xd9)));
    if (tag >= 0xc4 && tag <= 0xc6) return raw(unsigned(2 ** (tag - 0xc4)));
    if (tag === 0xc0) return undefined;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    if (tag === 0xca) return bytes.readFloatBE(need(4));
    if (tag === 0xcb) return bytes.readDoubleBE(need(8));
    if (tag === 0xdc || tag === 0xdd) return array(unsigned(tag === 0xdc ? 2 : 4));
    if (tag === 0xde || tag === 0xdf) return map(unsigned(tag === 0xde ? 2 : 4));
    throw badFormat();
  };
  return { value, position: () => at, ended: () => at >= bytes.length };
}

function unpackSome(data: LuaValue, limit: number, offset: number): { values: LuaValue[]; next: number } {
  if (typeof data !== "string") throw fault("bad argument #1 to 'unpack' (string expected)");
  if (offset < 0 || limit < 0) throw fault(`Invalid request to unpack with offset of ${offset} and limit of ${data.length}.`);
  if (offset > data.length) throw fault(`Start offset ${offset} greater than input length ${data.length}.`);
  const read = unpacker(Buffer.from(data, "latin1"), offset);
  const values: LuaValue[] = [];
  const most = limit === 0 ? Infinity : limit;
  while (values.length < most && !read.ended()) values.push(read.value());
  return { values, next: read.ended() ? -1 : read.position() };
}

const number = (value: LuaValue) => (typeof value === "number" ? Math.trunc(value) : 0);

export const messagePackFunctions: Record<string, LuaFunction> = {
  "cmsgpack.pack": (args) => {
    if (args.length === 0) throw fault("bad argument #0 to 'pack' (MessagePack pack needs input.)");
    return [args.map((value) => pack(value)).join("")];
  },
  "cmsgpack.unpack": ([data]) => unpackSome(data, 0, 0).values,
  "cmsgpack.unpack_one": ([data, offset]) => {
    const { values, next } = unpackSome(data, 1, number(offset));
    return [next, ...values];
  },
  "cmsgpack.unpack_limit": ([data, limit, offset]) => {
    const { values, next } = unpackSome(data, number(limit), number(offset));
    return [next, ...values];
  },
};
