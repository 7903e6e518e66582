/** What an app says of its price, for one stage: how much it will be used, and what it may cost. */
import type { AppData, Expect } from "@plinth/language/reading";
import type { Assembly } from "./assembly.ts";

/** What is said of the stage goes before what is said of all. */
export function priceWishes({ options }: AppData, stage: string): Pick<Assembly, "expect" | "budget"> {
  const { expect, budget: said } = options;
  const budget = typeof said === "object" ? said[stage] : said;
  return { ...(expect && { expect: expectOf(expect, stage) }), ...(budget !== undefined && { budget }) };
}

function expectOf({ stages, ...all }: NonNullable<AppData["options"]["expect"]>, stage: string): Expect {
  const own: Expect = stages?.[stage] ?? {};
  const of: Record<string, Expect> = { ...all.of };
  for (const [name, figures] of Object.entries(own.of ?? {})) of[name] = { ...of[name], ...figures };
  return { ...all, ...own, ...(Object.keys(of).length > 0 && { of }) };
}

/** What is wrong with the figures of an app, one sentence each. */
export function priceFaults({ options: { expect, budget, stages } }: AppData): string[] {
  const faults: string[] = [];
  const figure = (what: string, value: unknown): void => {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
      faults.push(`${what} is ${typeof value === "number" ? value : JSON.stringify(value)}: write a number, 0 or greater`);
  };
  const use = (path: string, figures: Expect | undefined): void => {
    for (const [key, value] of Object.entries(figures ?? {})) {
      if (key === "of") for (const [name, own] of Object.entries(value as Record<string, Expect>)) use(`${path}.of.${name}`, own);
      else if (key === "stages") continue;
      else if (typeof value === "object" && value !== null)
        for (const [column, one] of Object.entries(value)) figure(`${path}.${key}.${column}`, one);
      else figure(`${path}.${key}`, value);
    }
  };
  use("expect", expect);
  for (const [stage, own] of Object.entries(expect?.stages ?? {})) use(`expect.stages.${stage}`, own);
  if (typeof budget === "object") for (const [stage, one] of Object.entries(budget)) figure(`budget.${stage}`, one);
  else if (budget !== undefined) figure("budget", budget);
  const named = [...Object.keys(expect?.stages ?? {}), ...(typeof budget === "object" ? Object.keys(budget) : [])];
  const strange = named.find((stage) => stages && stage !== "local" && !stages.includes(stage));
  if (strange !== undefined) faults.push(`expect or budget names "${strange}", which is none of the stages ${stages!.join(", ")}`);
  return faults;
}
