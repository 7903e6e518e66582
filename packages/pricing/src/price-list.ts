/** The prices: the snapshot of this package, and over it what `plinth cost refresh` has read. Read from disk at the first question. */
import { readFileSync } from "node:fs";

/** How sure a price is; the snapshot says the same in words. `listed`: read from AWS's price list by this user. */
export type Confidence = "confirmed-2026" | "confirmed-older" | "derived" | "memory" | "listed";

export interface Price {
  /** US dollars for one `unit`. */
  usd: number;
  unit: string;
  confidence: Confidence;
  /** The day or month the price was read, as far as it is known: `2026-09-11`, `2021-08`, `undated`. */
  asOf: string;
  /** Letters of `sources` in the snapshot. */
  source: string;
  note?: string;
}

/** Prices of one's own, region → service → item. */
export type PriceOverlay = Record<string, Record<string, Record<string, Price>>>;

/** A price as the snapshot has it: without a figure where nobody knew one. */
type Entry = Omit<Price, "usd" | "confidence"> & { usd: number | null; confidence: Confidence | "unknown" };

interface Snapshot {
  meta: { compiled: string; hoursPerMonth: number };
  sources: Record<string, unknown>;
  regions: Record<string, { usagetypePrefix?: string; location?: string; services: Record<string, Record<string, Entry>> }>;
}

/** Where services are priced that stand in no region: Route 53, CloudFront, budgets. */
export const globalRegion = "global";

/** AWS's own month. */
export const hoursPerMonth = 730;

let snapshot: Snapshot | undefined;

export function priceSnapshot(): Snapshot {
  return (snapshot ??= JSON.parse(readFileSync(new URL("./prices.json", import.meta.url), "utf8")) as Snapshot);
}

/** The regions with prices, in the snapshot's order. */
export const pricedRegions = (): string[] => Object.keys(priceSnapshot().regions).filter((region) => region !== globalRegion);

/** The price of an item, or `undefined` where none is known. It is never 0 for unknown. */
export function findPrice(region: string, service: string, item: string, overlay?: PriceOverlay): Price | undefined {
  const own = overlay?.[region]?.[service]?.[item];
  if (own) return own;
  const items = priceSnapshot().regions[region]?.services[service];
  const found = items && Object.hasOwn(items, item) ? items[item] : undefined;
  return found === undefined || found.usd === null ? undefined : (found as Price);
}

/** Whether a price may well have changed: read more than a year before `today` (`2026-11-25`), or nobody knows when. */
export function isStale({ asOf }: Pick<Price, "asOf">, today: string): boolean {
  const [, year, month] = /^(\d{4})(?:-(\d{2}))?/.exec(asOf) ?? [];
  if (year === undefined) return true;
  // A price that is dated by its year alone counts from the end of that year.
  const age = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - (Number(year) * 12 + Number(month ?? 12));
  return age > 12;
}
