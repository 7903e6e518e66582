/** A promise to AWS for a year. Only of what runs when nobody uses it: more than that one would pay for in vain. */
import type { FindSavings } from "./saving.ts";
import { findPrice } from "../price-list.ts";

export const savingsPlan: FindSavings = ({ estimate: { lines }, overlay, production }) => {
  if (!production) return [];
  let saves = 0;
  for (const {
    price: { service, item, region },
    idle,
    unitPrice,
  } of lines) {
    if (service !== "fargate" || !/^(?:x86|arm)\./.test(item)) continue;
    const plan = findPrice(region, service, `savingsPlan.compute1yNoUpfront.${item}`, overlay);
    if (plan) saves += idle * (1 - plan.usd / unitPrice);
  }
  if (saves === 0) return [];
  return [{ what: "a Compute Savings Plan for the tasks that always run", saves, tradeOff: "a commitment for one year, nothing up front" }];
};
