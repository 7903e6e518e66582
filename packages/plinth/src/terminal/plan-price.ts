/** What a plan does to the price: one short block. */
import { priceChange } from "../app/price-change.ts";
import { priceBlock } from "./cost-difference-text.ts";
import type { PlanBlock } from "./plan-blocks.ts";
import { noColours } from "./terminal.ts";

export const block: PlanBlock = async ({ assembly, aws, folder }) => {
  const price = await priceChange(assembly, aws, folder);
  return {
    name: "price",
    json: price,
    lines: ({ colours }) => priceBlock(price, colours),
    markdown() {
      const lines = priceBlock(price, noColours);
      return lines.length === 0 ? [] : ["```", ...lines, "```"];
    },
  };
};
