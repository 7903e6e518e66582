/** New prices from AWS's price list, item by item. What cannot be told apart there keeps its old price, and is said to. */
import { findPrice, priceSnapshot, type Price, type PriceOverlay } from "../price-list.ts";
import { selectorOf, type Selector } from "./selectors.ts";

/** What the Price List Query API's GetProducts is asked, and gives: each product as JSON text. */
export type GetProducts = (serviceCode: string, filters: readonly { field: string; value: string }[]) => Promise<readonly string[]>;

export interface RefreshInput {
  region: string;
  /** Service and item of the price list. */
  items: readonly { service: string; item: string }[];
  getProducts: GetProducts;
  /** `2026-11-25`: what the new prices are dated. */
  today: string;
  overlay?: PriceOverlay | undefined;
}

export interface Refreshed {
  /** The new prices, by region, service and item. */
  overlay: PriceOverlay;
  changed: { service: string; item: string; before: number; after: number }[];
  unchanged: number;
  /** What keeps its old price, and why. */
  kept: { service: string; item: string; reason: string }[];
}

/** @throws what `getProducts` throws: without an answer there is nothing to refresh */
export async function refreshPrices({ region, items, getProducts, today, overlay = {} }: RefreshInput): Promise<Refreshed> {
  const result: Refreshed = { overlay: structuredClone(overlay), changed: [], unchanged: 0, kept: [] };
  for (const { service, item } of items) {
    const old = findPrice(region, service, item, overlay);
    if (!old) continue;
    const selector = selectorOf(service, item);
    const found = selector
      ? await readPrice(selector, region, getProducts)
      : "no selector for the price list: it is not there, or not by attributes";
    if (typeof found === "string") {
      result.kept.push({ service, item, reason: found });
      continue;
    }
    const price: Price = { usd: found, unit: old.unit, confidence: "listed", asOf: today, source: "price list" };
    ((result.overlay[region] ??= {})[service] ??= {})[item] = price;
    if (Math.abs(found - old.usd) > old.usd * 1e-6) result.changed.push({ service, item, before: old.usd, after: found });
    else result.unchanged += 1;
  }
  return result;
}

/** The price of the one product, for one of our units, or why there is none. */
async function readPrice(selector: Selector, region: string, getProducts: GetProducts): Promise<number | string> {
  const { serviceCode, attributes, perUnit = 1 } = selector;
  const { usagetype, ...rest } = attributes;
  const filters = [{ field: "regionCode", value: region }, ...Object.entries(rest).map(([field, value]) => ({ field, value }))];
  const texts = await getProducts(
    serviceCode,
    usagetype === undefined ? filters : [...filters, { field: "usagetype", value: inRegion(usagetype, region, selector) }],
  );
  const products = texts.map((text) => JSON.parse(text) as Product).filter((product) => matches(product, selector, region));
  if (products.length !== 1) return `${products.length === 0 ? "no product" : `${products.length} products`} of ${serviceCode} match`;
  const tiers = Object.values(products[0]!.terms?.OnDemand ?? {}).flatMap(({ priceDimensions }) => Object.values(priceDimensions ?? {}));
  // The tier that begins at 0, or the one above a free one.
  const paid = tiers
    .map((tier) => ({ begin: Number(tier.beginRange ?? 0), usd: Number(tier.pricePerUnit?.USD) }))
    .filter(({ usd }) => Number.isFinite(usd) && usd > 0)
    .toSorted((a, b) => a.begin - b.begin);
  return paid[0] ? paid[0].usd * perUnit : `the product of ${serviceCode} has no price in dollars above 0`;
}

interface Product {
  product?: { attributes?: Record<string, string> };
  terms?: {
    OnDemand?: Record<string, { priceDimensions?: Record<string, { beginRange?: string; pricePerUnit?: { USD?: string } }> }>;
  };
}

/** AWS's filters may match more than they say: every attribute is looked at again. */
function matches({ product }: Product, selector: Selector, region: string): boolean {
  const own = product?.attributes ?? {};
  return Object.entries(selector.attributes).every(
    ([name, value]) => own[name] === (name === "usagetype" ? inRegion(value, region, selector) : value),
  );
}

/** A usage type as it is written in a region: with its prefix, which us-east-1 has only for some services. */
function inRegion(usagetype: string, region: string, { prefixedAtHome = false }: Selector): string {
  const prefix = priceSnapshot().regions[region]?.usagetypePrefix;
  return region === "us-east-1" && !prefixedAtHome ? usagetype : `${prefix}-${usagetype}`;
}
