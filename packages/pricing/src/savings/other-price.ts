/** What lines would cost at another item of the price list: another processor, another market, another engine. */
import type { CostLine } from "../line.ts";
import { findPrice, type PriceOverlay } from "../price-list.ts";

/** What is saved in the expected column, by lines whose item has a counterpart; `undefined` when none has. */
export function savedBy(
  lines: readonly CostLine[],
  counterpart: (line: CostLine) => readonly [service: string, item: string] | undefined,
  overlay?: PriceOverlay,
): number | undefined {
  let saved: number | undefined;
  for (const line of lines) {
    const other = counterpart(line);
    const price = other && findPrice(line.price.region, other[0], other[1], overlay);
    if (price) saved = (saved ?? 0) + line.quantity * (line.unitPrice - price.usd);
  }
  return saved;
}
