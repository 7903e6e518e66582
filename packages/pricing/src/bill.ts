/** A bill while it is written: what each resource is charged, at a desk of its own. */
import { asColumns, type Columns } from "./columns.ts";
import { assumptions, derived, expectation, type ExpectationKey, type Expectations, isSaid } from "./expectations.ts";
import type { Assumed, CostLine, NotPriced, StalePrice } from "./line.ts";
import { findPrice, globalRegion, isStale, type Price, type PriceOverlay } from "./price-list.ts";
import type { Charge, Desk } from "./priced-type.ts";
import type { SetResource, StackSet } from "./stack-set.ts";

export interface Bill {
  readonly set: StackSet;
  readonly expect: Expectations;
  readonly overlay: PriceOverlay | undefined;
  /** `2026-11-25`, by which prices are called stale. */
  readonly today: string;
  readonly lines: CostLine[];
  readonly notPriced: NotPriced[];
  /** By service and item. */
  readonly stale: Map<string, StalePrice>;
  /** Where the prices stand that were taken, made once for each. */
  readonly places: Map<Price, CostLine["price"]>;
}

const nothingAssumed: Assumed[] = [];

/** One of thousands, so it holds what it is given and no functions of its own. */
export class BillDesk implements Desk {
  readonly bill: Bill;
  readonly resource: SetResource;
  readonly name: string;
  readonly shared: boolean;
  assumed: Assumed[];

  constructor(bill: Bill, resource: SetResource, name: string, shared: boolean) {
    this.bill = bill;
    this.resource = resource;
    this.name = name;
    this.shared = shared;
    this.assumed = nothingAssumed;
  }

  get set(): StackSet {
    return this.bill.set;
  }

  expect(key: ExpectationKey, preset?: Columns): Columns {
    const { expect } = this.bill;
    const figures = expectation(expect, this.name, key, preset);
    const meaning = key in assumptions ? assumptions[key as keyof typeof assumptions].meaning : derived[key as keyof typeof derived];
    if (this.assumed === nothingAssumed) this.assumed = [];
    this.assumed.push({ key, figures, meaning, said: isSaid(expect, this.name, key) });
    return figures;
  }

  isSaid(key: ExpectationKey): boolean {
    return isSaid(this.bill.expect, this.name, key);
  }

  unknown(reason: string): void {
    const { stack, logicalId, type } = this.resource;
    this.bill.notPriced.push({ name: this.name, stack, resource: logicalId, type, reason });
  }

  charge(charge: Charge): void {
    const { bill, resource } = this;
    const [service, item] = charge.price;
    const region = charge.global ? globalRegion : resource.region;
    const price = findPrice(region, service, item, bill.overlay);
    const assumptions = this.assumed;
    this.assumed = nothingAssumed;
    if (!price) return this.unknown(`${charge.item}: no price of ${service} ${item} in ${region} is known`);
    const { usd } = price;
    const { idle, expected, busy } = asColumns(charge.quantity);
    bill.lines.push({
      name: this.name,
      item: charge.item,
      quantity: expected,
      unit: price.unit,
      unitPrice: usd,
      idle: idle * usd,
      expected: expected * usd,
      busy: busy * usd,
      confidence: price.confidence,
      asOf: price.asOf,
      detail: charge.detail,
      shared: charge.shared ?? this.shared,
      assumptions,
      price: placeOf(bill, price, region, service, item),
      stack: resource.stack,
      resource: resource.logicalId,
    });
  }
}

/** A price that is taken for the first time is also asked for its age. */
function placeOf({ places, stale, today }: Bill, price: Price, region: string, service: string, item: string): CostLine["price"] {
  let place = places.get(price);
  if (place) return place;
  places.set(price, (place = { region, service, item, source: price.source }));
  if (isStale(price, today)) stale.set(`${service} ${item}`, { service, item, asOf: price.asOf, confidence: price.confidence });
  return place;
}
