/** Lua's values outside of Lua. Strings are bytes, each character one; a table is a map in the order in which Lua lists it. */

/** cjson.null and cmsgpack's nil inside tables: a light userdata that points nowhere. */
export const luaNull = Symbol("null");

/** A function, a thread or userdata: of which only the kind is known outside. */
export interface Opaque {
  opaque: "function" | "userdata" | "thread";
}

export type LuaTable = Map<LuaKey, LuaValue>;
export type LuaKey = string | number | boolean;
export type LuaValue = undefined | boolean | number | string | typeof luaNull | Opaque | LuaTable;

export type LuaFunction = (args: readonly LuaValue[]) => readonly LuaValue[];

/** Thrown by a function that Lua calls: becomes an error there, of this value; `positioned`: with the caller's place before it. */
export class LuaError extends Error {
  readonly value: LuaValue;
  readonly positioned: boolean;
  constructor(value: LuaValue, positioned?: "positioned") {
    super(typeof value === "string" ? value : "a Lua error");
    this.value = value;
    this.positioned = positioned !== undefined;
  }
}

export const isTable = (value: LuaValue): value is LuaTable => value instanceof Map;

export function list(values: Iterable<LuaValue>): LuaTable {
  const table: LuaTable = new Map();
  let at = 1;
  for (const value of values) table.set(at++, value);
  return table;
}

/** The elements from 1 on, up to the first that is not there. */
export function elements(table: LuaTable): LuaValue[] {
  const found: LuaValue[] = [];
  for (let at = 1; ; at++) {
    const value = table.get(at);
    if (value === undefined) return found;
    found.push(value);
  }
}

/** As Lua 5.1 writes a number: 14 significant digits (`%.14g`). */
export const numberText = (value: number) => significant(value, 14);

/** As C's `%.{digits}g` writes it. */
export function significant(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponentText] = value.toExponential(digits - 1).split("e") as [string, string];
  const exponent = Number(exponentText);
  const trimmed = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) return trimmed(value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent))));
  return `${trimmed(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
