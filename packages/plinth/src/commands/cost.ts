/** `plinth cost`: show what a stage, or any template, will cost a month. */
import type { CostLine, Estimate } from "@plinth/pricing";
import { loadApp } from "../app/load-app.ts";
import type { Command, Invocation } from "../command.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Show what a stage, or any CloudFormation template, will cost a month",
  description:
    "Three columns: nobody uses it, what is expected, as much as its scaling allows. Every line has its assumptions, which the app file " +
    "(expect) or --expect changes. Prices are a snapshot of AWS's list with dates, without tax, discounts and free tiers; nothing is asked " +
    "of AWS. Ends with 9 above the budget.",
  about: "stage",
  json: true,
  arguments: [{ name: "TEMPLATE", rest: true, description: "CloudFormation templates, JSON or YAML, instead of the app" }],
  options: [
    { flags: "--region <name>", description: "what it would cost there; of templates default: us-east-1" },
    {
      flags: "--expect <key=value>",
      description: "what is expected, as logGB=3, api.logGB=10 or tasks=1/2/8; several times, or by commas",
      many: true,
    },
    { flags: "--compare <stage>", description: "two stages of the app beside each other: --compare dev prod" },
    { flags: "--budget <usd>", description: "what it may cost a month as expected; default: the app's budget" },
    { flags: "--verbose", description: "every line, with quantity, unit price, its date and source, and what was assumed" },
  ],
  examples: [
    { command: "plinth cost --stage prod", what: "what prod will cost" },
    { command: "plinth cost --stage prod --expect requestsPerSecond=50 --expect logGB=20", what: "the same with more use" },
    { command: "plinth cost --compare dev prod", what: "two stages beside each other" },
    { command: "plinth cost cdk.out/Shop.template.json --region eu-central-1", what: "a template that another tool has made" },
    { command: "plinth cost --stage prod --json", what: "as data, for scripts" },
  ],
  async run(invocation) {
    const { options, rest, json, terminal, folder } = invocation;
    const said = textOption(options["expect"]);
    const region = textOption(options["region"]);
    const compare = textOption(options["compare"]);
    if (compare !== undefined) return compareStages(invocation, compare, { folder, said, region });

    const { priceAssembly, priceTemplates, readOverlay } = await import("../app/price-app.ts");
    const { findSavings, freeTiers } = await import("@plinth/pricing");
    const assembly = rest.length > 0 ? undefined : await loadApp(invocation);
    const priced = assembly
      ? priceAssembly(assembly, { folder, said, region })
      : priceTemplates(rest, region ?? "us-east-1", { folder, said });
    const budget = budgetOf(options["budget"]) ?? assembly?.budget;
    const savings = findSavings({ estimate: priced, production: assembly?.production ?? false, overlay: readOverlay(folder) });
    const free = freeTiers(priced.lines);
    if (json)
      terminal.print(
        JSON.stringify({ ...asData(priced), freeTiers: free, savings, ...(budget !== undefined && { budget }) }, undefined, 2),
      );
    else {
      const { costText } = await import("../terminal/cost-text.ts");
      const title = assembly ? `${assembly.app} ${assembly.stage}` : rest.join(", ");
      const shown = { title, estimate: priced, savings, free, budget, verbose: options["verbose"] === true, columns: terminal.columns };
      for (const line of costText(shown, terminal.colours)) terminal.print(line);
    }
    if (priced.lines.length === 0 && priced.notPriced.length > 0) return exitCode.failed;
    return isOver(priced, budget) ? exitCode.overBudget : exitCode.done;
  },
};

const textOption = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined);

const isOver = ({ total }: Estimate, budget: number | undefined) => budget !== undefined && total.expected > budget;

function budgetOf(option: string | boolean | undefined): number | undefined {
  if (typeof option !== "string") return undefined;
  const budget = Number(option);
  if (option.trim() !== "" && Number.isFinite(budget) && budget >= 0) return budget;
  throw new Failure(`${JSON.stringify(option)} is no budget.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: "Write US dollars a month: --budget 120.",
  });
}

async function compareStages(
  invocation: Invocation,
  first: string,
  reckoning: { folder: string; said: string | undefined; region: string | undefined },
): Promise<ExitCode> {
  const [second, ...more] = invocation.rest;
  if (second === undefined || more.length > 0) {
    throw new Failure("--compare takes two stages.", { code: "usage", exit: exitCode.usage, remedy: "plinth cost --compare dev prod" });
  }
  const { priceAssembly } = await import("../app/price-app.ts");
  const { priceDifference } = await import("@plinth/pricing");
  const priceOf = async (stage: string) => {
    const assembly = await loadApp({ ...invocation, stage, local: stage === "local" });
    return { assembly, priced: priceAssembly(assembly, reckoning) };
  };
  const one = await priceOf(first);
  const other = await priceOf(second);
  const difference = priceDifference(one.priced, other.priced);
  const { json, terminal } = invocation;
  if (json) {
    const stages = { [first]: asData(one.priced), [second]: asData(other.priced) };
    terminal.print(JSON.stringify({ stages, difference }, undefined, 2));
  } else {
    const { comparisonText } = await import("../terminal/cost-difference-text.ts");
    const stages = [first, second] as const;
    for (const line of comparisonText(one.assembly.app, stages, difference, terminal.colours)) terminal.print(line);
  }
  return exitCode.done;
}

/** The documented form; the first keys are fixed, further ones may follow. */
function asData({ total, lines, notPriced, stale, regions, pricesOf }: Estimate): object {
  return { total: rounded(total), lines: lines.map(lineAsData), notPriced, stale, currency: "USD", regions, pricesOf };
}

function lineAsData(line: CostLine): object {
  const { name, item, quantity, unit, unitPrice, confidence, asOf, detail, shared, assumptions, price, stack, resource } = line;
  const figures = rounded(line);
  return {
    name,
    item,
    quantity: cut(quantity),
    unit,
    unitPrice,
    ...figures,
    confidence,
    asOf,
    detail,
    shared,
    assumptions,
    price,
    stack,
    resource,
  };
}

/** To a hundredth of a cent, so that sums of binary fractions read well. */
const cut = (value: number) => Number(value.toFixed(4));
const rounded = ({ idle, expected, busy }: Estimate["total"]) => ({ idle: cut(idle), expected: cut(expected), busy: cut(busy) });
