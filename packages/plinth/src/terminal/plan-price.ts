/** What a plan does to the price: one short block. On AWS a plan above the budget does not pass. */
import { priceChange } from "../app/price-change.ts";
import { overBudget, priceBlock, priceMarkdown } from "./cost-difference-text.ts";
import type { PlanBlock } from "./plan-blocks.ts";

export const block: PlanBlock = async ({ assembly, aws, folder, plan }) => {
  const price = await priceChange(assembly, aws, folder);
  const { budget } = assembly;
  const over = plan.target === "aws" ? overBudget(price, budget) : undefined;
  return {
    name: "price",
    json: price,
    lines: ({ colours, columns, verbose }) => priceBlock(price, { colours, columns, verbose, budget }),
    markdown: () => priceMarkdown(price, budget),
    ...(over !== undefined && { failure: over }),
  };
};
