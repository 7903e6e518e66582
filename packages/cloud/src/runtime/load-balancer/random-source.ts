/** Random bytes for each request, drawn from the world in larger pieces: one by one they would cost more than routing does. */
import type { Random } from "../../world.ts";

export interface RandomSource {
  hex(digits: number): string;
  /** Evenly, from 0 to below `limit` (at most 2³²). */
  below(limit: number): number;
}

const poolBytes = 4096;

export function randomSource(random: Random): RandomSource {
  let pool = Buffer.alloc(0);
  let at = 0;
  const take = (count: number) => {
    if (at + count > pool.length) {
      pool = Buffer.from(random.bytes(poolBytes));
      at = 0;
    }
    at += count;
    return at - count;
  };
  return {
    hex(digits) {
      const from = take(digits / 2);
      return pool.toString("hex", from, from + digits / 2);
    },
    below(limit) {
      const from = take(4);
      return Math.floor((pool.readUInt32LE(from) / 2 ** 32) * limit);
    },
  };
}
