/**
 * Which target group of a weighted forward gets a request. Shares are drawn as from a bag that holds each group as often as its weight
 * says, and is filled again when it is empty: so a canary gets its share of few requests, too, and still at random.
 */
import type { RandomSource } from "./random-source.ts";

interface Weighted {
  readonly arn: string;
  readonly weight: number;
}

interface Bag {
  places: Uint8Array;
  left: number;
}

/** By the groups of a rule as they were handed to the data plane: a rule that changes has others. */
const bags = new WeakMap<readonly Weighted[], Bag>();

/** `undefined` when none of several has any weight; one alone gets all requests. */
export function drawGroup(groups: readonly Weighted[], random: RandomSource): string | undefined {
  if (groups.length === 1) return groups[0]!.arn;
  let bag = bags.get(groups);
  if (!bag) bags.set(groups, (bag = fill(groups)));
  const { places } = bag;
  if (places.length === 0) return undefined;
  if (bag.left === 0) bag.left = places.length;
  // One step of a shuffle: what is drawn goes behind those that are left.
  const at = random.below(bag.left);
  const drawn = places[at]!;
  bag.left--;
  places[at] = places[bag.left]!;
  places[bag.left] = drawn;
  return groups[drawn]!.arn;
}

function fill(groups: readonly Weighted[]): Bag {
  const divisor = groups.reduce((all, { weight }) => greatestCommonDivisor(all, weight), 0) || 1;
  const places = groups.flatMap(({ weight }, i) => Array.from({ length: weight / divisor }, () => i));
  return { places: Uint8Array.from(places), left: places.length };
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
