/** What a change does to the bill: an estimate of before and one of after, by thing and item. */
import { add, everywhere, type Columns } from "./columns.ts";
import type { Estimate } from "./estimate.ts";
import type { CostLine } from "./line.ts";

export interface PriceDifference {
  before: Columns;
  after: Columns;
  change: Columns;
  /** The things whose price is another, the greatest change first. */
  things: { name: string; change: Columns; items: { item: string; before: string; after: string; change: Columns }[] }[];
  /** Names of things that are new and have no price. */
  newlyNotPriced: string[];
}

type Priced = Pick<Estimate, "total" | "lines" | "notPriced">;

/** Half a cent: less is noise of the arithmetic. */
const least = 0.005;

/** @param before `undefined` where nothing stands yet */
export function priceDifference(before: Priced | undefined, after: Priced): PriceDifference {
  const earlier = byThing(before?.lines ?? []);
  const later = byThing(after.lines);
  const things: PriceDifference["things"] = [];
  for (const name of keysOf(earlier, later)) {
    const old = earlier.get(name);
    const next = later.get(name);
    const items: PriceDifference["things"][number]["items"] = [];
    const whole = everywhere(0);
    for (const item of keysOf(old, next)) {
      const was = old?.get(item);
      const becomes = next?.get(item);
      const change = minus(becomes, was);
      if (Math.max(Math.abs(change.idle), Math.abs(change.expected), Math.abs(change.busy)) < least) continue;
      items.push({ item, before: was?.detail ?? "", after: becomes?.detail ?? "", change });
      add(whole, change);
    }
    if (items.length > 0) things.push({ name, change: whole, items });
  }
  const known = new Set((before?.notPriced ?? []).map(({ name, reason }) => `${name} ${reason}`));
  const total = before?.total ?? everywhere(0);
  return {
    before: total,
    after: after.total,
    change: minus(after.total, total),
    things: things.toSorted((a, b) => Math.abs(b.change.expected) - Math.abs(a.change.expected)),
    newlyNotPriced: [...new Set(after.notPriced.filter(({ name, reason }) => !known.has(`${name} ${reason}`)).map(({ name }) => name))],
  };
}

/** The keys of both, each once; at a first plan there is nothing before. */
const keysOf = (before: ReadonlyMap<string, unknown> = nothing, after: ReadonlyMap<string, unknown> = nothing): Iterable<string> =>
  before.size === 0 ? after.keys() : new Set([...before.keys(), ...after.keys()]);
const nothing: ReadonlyMap<string, unknown> = new Map();

interface ItemSum extends Columns {
  detail: string;
}

/** By the names of things, and of each by item. */
function byThing(lines: readonly CostLine[]): Map<string, Map<string, ItemSum>> {
  const things = new Map<string, Map<string, ItemSum>>();
  for (const line of lines) {
    const { name, item, detail, idle, expected, busy } = line;
    let sums = things.get(name);
    if (!sums) things.set(name, (sums = new Map()));
    const so = sums.get(item);
    if (so) add(so, line);
    else sums.set(item, { detail, idle, expected, busy });
  }
  return things;
}

const minus = (one: Columns = none, other: Columns = none): Columns => ({
  idle: one.idle - other.idle,
  expected: one.expected - other.expected,
  busy: one.busy - other.busy,
});
const none = everywhere(0);
