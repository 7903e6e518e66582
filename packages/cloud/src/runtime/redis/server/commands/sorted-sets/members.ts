/** The sorted set that a key holds, and how its members are answered. */
import type { Call } from "../../command.ts";
import type { Reply } from "../../reply.ts";
import type { Scored, SortedSet } from "../../sorted-set.ts";

export const sortedSetAt = ({ db }: Call, key: string): SortedSet | undefined => db.value(key, "zset");

export const double = (value: number): Reply => ({ double: value });

/** Members, with their scores as RESP2 (flat) or RESP3 (pairs) shows them. */
export function shown(call: Call, items: readonly Scored[], withScores: boolean): Reply {
  if (!withScores) return items.map(({ member }) => member);
  const pairs = items.map(({ member, score }) => [member, double(score)] as const);
  return call.session.protocol === 3 ? pairs : pairs.flat();
}

/** Puts a whole sorted set under a key, none where it is empty, and answers its size. */
export function store(call: Call, key: string, result: SortedSet): number {
  if (result.size === 0) call.db.delete(key);
  else call.db.set(key, { type: "zset", value: result });
  return result.size;
}
