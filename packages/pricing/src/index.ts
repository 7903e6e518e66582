/** What CloudFormation templates will cost a month: any templates, of whatever tool. Pure: no input but the price file, no output. */
export type { Columns } from "./columns.ts";
export { estimate, NoPrices, type Estimate, type EstimateInput } from "./estimate.ts";
export { mergeExpectations, parseExpectations, expectationKeys, type Expectations, type ExpectationKey } from "./expectations.ts";
export type { Assumed, CostLine, NotPriced, StalePrice } from "./line.ts";
export { globalRegion, pricedRegions, priceSnapshot, type Price, type PriceOverlay } from "./price-list.ts";
export type { StackInput } from "./stack-set.ts";
export { priceRemain, type RemainInput } from "./remains.ts";
export { priceDifference, type PriceDifference } from "./difference.ts";
export { freeTiers, type FreeTier } from "./free-tiers.ts";
export { findSavings } from "./savings/index.ts";
export type { Saving } from "./savings/saving.ts";
