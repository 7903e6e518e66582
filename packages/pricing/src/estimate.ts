/** From stacks to a bill to come: lines by thing, what has no price, which prices are old. Pure but for the price file, read once. */
import { transformsNotRun } from "@plinth/cloudformation";
import { type Bill, BillDesk } from "./bill.ts";
import { sum, type Columns } from "./columns.ts";
import type { Expectations } from "./expectations.ts";
import { freeTypes } from "./free-types.ts";
import { dataOut } from "./data-out.ts";
import type { CostLine, NotPriced, StalePrice } from "./line.ts";
import { pricedRegions, type PriceOverlay, priceSnapshot } from "./price-list.ts";
import type { PricedType } from "./priced-type.ts";
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
  const { regions } = set;
  const unpriced = regions.find((one) => !pricedRegions().includes(one));
  if (unpriced !== undefined) throw new NoPrices(unpriced);

  const bill: Bill = { set, expect, overlay, today, lines: [], notPriced: [], stale: new Map(), places: new Map() };
  const deskOf = (resource: SetResource, shared: boolean) =>
    new BillDesk(bill, resource, nameOf(resource.stack, resource.logicalId) ?? resource.construct ?? resource.logicalId, shared);
  for (const resource of set.select((type) => !freeTypes.has(type))) {
    const type: PricedType | undefined = Object.hasOwn(pricedTypes, resource.type) ? pricedTypes[resource.type] : undefined;
    if (type) type.price(resource, deskOf(resource, type.shared === true));
    else deskOf(resource, false).unknown(unpricedBecause(resource.type));
  }
  for (const { name: stack, template } of stacks)
    for (const transform of transformsNotRun(template))
      bill.notPriced.push({ name: stack, type: transform, reason: "what this transform makes is not looked at", stack, resource: "" });
  const door = dataOut.door(set);
  if (door) dataOut.price(door, deskOf(door, true));

  const { lines, notPriced, stale } = bill;
  return {
    total: sum(lines),
    lines,
    notPriced,
    stale: [...stale.values()],
    regions: [...regions],
    pricesOf: priceSnapshot().meta.compiled,
    set,
  };
}

function unpricedBecause(type: string): string {
  if (type === "AWS::CloudFormation::Stack") return "a stack in the stack: name its template as well";
  if (type.startsWith("AWS::Serverless::")) return "AWS makes other resources of it, which are not looked at";
  return "this type has no prices here";
}
