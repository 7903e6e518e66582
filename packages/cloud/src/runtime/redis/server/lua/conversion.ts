/** Between what commands answer and Lua's values (redis.io, "Redis Lua API reference", "Data type conversion"). */
import { formatDouble, type Protocol, RedisError, type Reply } from "../reply.ts";
import { elements, isTable, list, luaNull, type LuaTable, type LuaValue } from "./values.ts";

/** What a script gets for a command's answer, by the protocol that it chose with `redis.setresp`. */
export function toLua(reply: Reply, protocol: Protocol): LuaValue {
  if (typeof reply === "string" || typeof reply === "number") return reply;
  if (typeof reply === "bigint") return Number(reply);
  const nothing = protocol === 3 ? undefined : false;
  if (reply === null) return nothing;
  if (reply instanceof RedisError) return errorTable(reply.message);
  if (Array.isArray(reply)) return list((reply as readonly Reply[]).map((each) => toLua(each, protocol)));
  const one = reply as Exclude<Reply, string | number | bigint | null | readonly Reply[] | RedisError>;
  if ("simple" in one) return new Map([["ok", one.simple]]);
  if ("nullArray" in one) return nothing;
  if ("double" in one) return protocol === 3 ? new Map([["double", one.double]]) : formatDouble(one.double);
  if ("map" in one) {
    if (protocol === 2) return list(one.map.flat().map((each) => toLua(each, 2)));
    return new Map([["map", new Map(one.map.map(([key, value]) => [toLua(key, 3) as string, toLua(value, 3)]))]]);
  }
  if ("set" in one) {
    if (protocol === 2) return list(one.set.map((each) => toLua(each, 2)));
    return new Map([["set", new Map(one.set.map((member) => [toLua(member, 3) as string, true as LuaValue]))]]);
  }
  if ("push" in one) return list(one.push.map((each) => toLua(each, protocol)));
  if ("boolean" in one) return protocol === 3 ? one.boolean : one.boolean ? 1 : false;
  if ("verbatim" in one) return one.verbatim;
  return "bigNumber" in one ? one.bigNumber : one.text;
}

export const errorTable = (message: string): LuaTable => new Map<string, LuaValue>([["err", message]]);

const whole = (value: number): number | bigint => {
  if (Number.isNaN(value) || Math.abs(value) >= 2 ** 63) return -(2n ** 63n);
  const integer = Math.trunc(value);
  return Number.isSafeInteger(integer) ? integer + 0 : BigInt(integer);
};

/** What the client gets for what a script gives back. `protocol`: that of the script. */
export function fromLua(value: LuaValue, protocol: Protocol): Reply {
  if (typeof value === "string") return value;
  if (typeof value === "number") return whole(value);
  if (typeof value === "boolean") return protocol === 3 ? { boolean: value } : value ? 1 : null;
  if (value === undefined || value === luaNull || !isTable(value)) return null;
  const field = (name: string) => value.get(name);
  const error = field("err");
  if (typeof error === "string") return new RedisError(error.replace(/^-/, ""));
  const status = field("ok");
  if (typeof status === "string") return { simple: status.replace(/[\r\n]/g, " ") };
  const double = field("double");
  if (typeof double === "number") return { double };
  const map = field("map");
  if (map !== undefined && isTable(map)) return { map: [...map].map(([key, each]) => [fromLua(key, protocol), fromLua(each, protocol)]) };
  const set = field("set");
  if (set !== undefined && isTable(set)) return { set: [...set.keys()].map((member) => fromLua(member, protocol)) };
  const big = field("big_number");
  if (typeof big === "string") return { bigNumber: big };
  const verbatim = field("verbatim_string");
  if (verbatim !== undefined && isTable(verbatim)) {
    const [text, format] = [verbatim.get("string"), verbatim.get("format")];
    if (typeof text === "string" && typeof format === "string") return { verbatim: text, format };
  }
  return elements(value).map((each) => fromLua(each, protocol));
}
