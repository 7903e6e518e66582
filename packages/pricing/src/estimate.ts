/** From stacks to a bill to come: lines by thing, what has no price, which prices are old. Pure but for the price file, read once. */
import { asColumns, sum, times, type Columns } from "./columns.ts";
import { assumptions, derived, expectation, isSaid, type Expectations } from "./expectations.ts";
import { freeTypes } from "./free-types.ts";
import { dataOut } from "./data-out.ts";
import type { Assumed, CostLine, NotPriced, StalePrice } from "./line.ts";
import { findPrice, globalRegion, isStale, pricedRegions, type PriceOverlay } from "./price-list.ts";
import { priceSnapshot } from "./price-list.ts";
import type { Desk, PricedType } from "./priced-type.ts";
import { readStackSet, type SetResource, type StackInput, type StackSet } from "./stack-set.ts";
import { pricedTypes } from "./types/index.ts";

export interface EstimateInput {
  stacks: readonly StackInput[];
  /** Where stacks stand that do not say it. */
  region: string;
  /** The name of a resource in the app. @default the CDK construct it belongs to, else its logical id */
  nameOf?: (stack: string, logicalId: string) => string | undefined;
  expect?: Expectations;
  /** Prices that go before those of the snapshot. */
  overlay?: PriceOverlay;
  /** `2026-11-25`, by which prices are called stale. */
  today: string;
}

export interface Estimate {
  /** US dollars a month, list price without tax, discounts and free tiers. */
  total: Columns;
  lines: CostLine[];
  notPriced: NotPriced[];
  stale: StalePrice[];
  /** Whose prices were taken. */
  regions: string[];
  /** The day of the price list. */
  pricesOf: string;
  /** What was priced, for savings. */
  set: StackSet;
}

/** A region whose prices nobody has written down. */
export class NoPrices extends Error {
  readonly region: string;
  readonly priced: readonly string[];
  constructor(region: string) {
    super(`There are no prices for ${region}: the regions with prices are ${pricedRegions().join(", ")}.`);
    this.name = "NoPrices";
    this.region = region;
    this.priced = pricedRegions();
  }
}

/**
 * What the stacks will cost a month.
 * @throws TemplateError of what is no template; {@link NoPrices} of a region without prices
 */
export function estimate(input: EstimateInput): Estimate {
  const { stacks, region, nameOf = () => undefined, expect = {}, overlay, today } = input;
  const set = readStackSet(stacks, region);
  const regions = [...new Set(set.resources.map((resource) => resource.region))];
  const unpriced = regions.find((one) => !pricedRegions().includes(one));
  if (unpriced !== undefined) throw new NoPrices(unpriced);

  const lines: CostLine[] = [];
  const notPriced: NotPriced[] = [];
  const stale = new Map<string, StalePrice>();

  const deskOf = (resource: SetResource, shared: boolean): Desk => {
    const name = nameOf(resource.stack, resource.logicalId) ?? resource.construct ?? resource.logicalId;
    const own = { name, stack: resource.stack, resource: resource.logicalId };
    let assumed: Assumed[] = [];
    return {
      set,
      name,
      expect(key, preset) {
        const figures = expectation(expect, name, key, preset);
        const meaning = key in assumptions ? assumptions[key as keyof typeof assumptions].meaning : derived[key as keyof typeof derived];
        assumed.push({ key, figures, meaning, said: isSaid(expect, name, key) });
        return figures;
      },
      isSaid: (key) => isSaid(expect, name, key),
      unknown: (reason) => void notPriced.push({ ...own, type: resource.type, reason }),
      charge(charge) {
        const [service, item] = charge.price;
        const at = charge.global ? globalRegion : resource.region;
        const price = findPrice(at, service, item, overlay);
        const assumptions = assumed;
        assumed = [];
        if (!price) {
          notPriced.push({ ...own, type: resource.type, reason: `${charge.item}: no price of ${service} ${item} in ${at} is known` });
          return;
        }
        if (isStale(price, today)) stale.set(`${service} ${item}`, { service, item, asOf: price.asOf, confidence: price.confidence });
        const quantity = asColumns(charge.quantity);
        lines.push({
          name,
          item: charge.item,
          quantity: quantity.expected,
          unit: price.unit,
          unitPrice: price.usd,
          ...times(quantity, price.usd),
          confidence: price.confidence,
          asOf: price.asOf,
          detail: charge.detail,
          shared: charge.shared ?? shared,
          assumptions,
          price: { region: at, service, item, source: price.source },
          stack: resource.stack,
          resource: resource.logicalId,
        });
      },
    };
  };

  for (const resource of set.resources) {
    const type: PricedType | undefined = Object.hasOwn(pricedTypes, resource.type) ? pricedTypes[resource.type] : undefined;
    if (type) type.price(resource, deskOf(resource, type.shared === true));
    else if (!freeTypes.has(resource.type)) deskOf(resource, false).unknown("this type has no prices here");
  }
  const door = dataOut.door(set);
  if (door) dataOut.price(door, deskOf(door, true));

  return { total: sum(lines), lines, notPriced, stale: [...stale.values()], regions, pricesOf: priceSnapshot().meta.compiled, set };
}
