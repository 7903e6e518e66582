/** What a change does to the bill: an estimate of before and one of after, by thing and item. */
import { everywhere, sum, times, type Columns } from "./columns.ts";
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
  const earlier = byItem(before?.lines ?? []);
  const later = byItem(after.lines);
  const things = new Map<string, PriceDifference["things"][number]>();
  for (const key of new Set([...earlier.keys(), ...later.keys()])) {
    const [old, next] = [earlier.get(key), later.get(key)];
    const change = minus(next?.columns, old?.columns);
    if (Math.max(...Object.values(change).map(Math.abs)) < least) continue;
    const { name, item } = (next ?? old)!;
    const thing = things.get(name) ?? { name, change: everywhere(0), items: [] };
    thing.items.push({ item, before: old?.detail ?? "", after: next?.detail ?? "", change });
    thing.change = sum([thing.change, change]);
    things.set(name, thing);
  }
  const known = new Set((before?.notPriced ?? []).map(({ name, reason }) => `${name} ${reason}`));
  const total = before?.total ?? everywhere(0);
  return {
    before: total,
    after: after.total,
    change: minus(after.total, total),
    things: [...things.values()].toSorted((a, b) => Math.abs(b.change.expected) - Math.abs(a.change.expected)),
    newlyNotPriced: [...new Set(after.notPriced.filter(({ name, reason }) => !known.has(`${name} ${reason}`)).map(({ name }) => name))],
  };
}

interface ItemSum {
  name: string;
  item: string;
  detail: string;
  columns: Columns;
}

function byItem(lines: readonly CostLine[]): Map<string, ItemSum> {
  const sums = new Map<string, ItemSum>();
  for (const { name, item, detail, idle, expected, busy } of lines) {
    const key = `${name}\n${item}`;
    const so = sums.get(key);
    const columns = { idle, expected, busy };
    if (so) so.columns = sum([so.columns, columns]);
    else sums.set(key, { name, item, detail, columns });
  }
  return sums;
}

const minus = (one: Columns = everywhere(0), other: Columns = everywhere(0)): Columns => sum([one, times(other, -1)]);
