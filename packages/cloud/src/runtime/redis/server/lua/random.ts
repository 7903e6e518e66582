/** `math.random` of scripts: the same numbers after each start of the server (drand48's generator and its first state, as Redis has it). */
import { LuaError, type LuaFunction } from "./values.ts";

const [multiplier, increment, modulus] = [0x5deece66dn, 0xbn, 1n << 48n];
const largest = 0x7fffffff;

export function randomFunctions(): Record<string, LuaFunction> {
  let state = 0x1234abcd330en;
  const seed = (value: number) => void (state = (BigInt.asUintN(32, BigInt(Math.trunc(value))) << 16n) | 0x330en);
  const next = () => {
    state = (state * multiplier + increment) % modulus;
    return Number(state >> 17n);
  };
  return {
    "math.randomseed": ([value]) => {
      if (typeof value === "number" && Number.isFinite(value)) seed(value);
      return [];
    },
    "math.random": (args) => {
      const fraction = (next() % largest) / largest;
      const bound = (at: number) => {
        const value = Number(args[at]);
        if (!Number.isFinite(value)) throw new LuaError(`bad argument #${at + 1} to 'random' (number expected)`, "positioned");
        return Math.trunc(value);
      };
      if (args.length === 0) return [fraction];
      if (args.length > 2) throw new LuaError("wrong number of arguments", "positioned");
      const [low, high] = args.length === 1 ? [1, bound(0)] : [bound(0), bound(1)];
      if (low > high) throw new LuaError(`bad argument #${args.length} to 'random' (interval is empty)`, "positioned");
      return [Math.floor(fraction * (high - low + 1)) + low];
    },
  };
}
