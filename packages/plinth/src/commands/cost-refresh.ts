/** `plinth cost refresh`: read today's prices of a stage from AWS. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import type { GetProducts } from "@plinth/pricing/refresh";
import { loadApp } from "../app/load-app.ts";
import { makeOwnFolder, ownFolder } from "../app/own-folder.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

/** The Price List Query API answers in few regions; this one has the prices of all. */
const priceListRegion = "us-east-1";

export const command: Command = {
  summary: "Read today's prices of a stage from AWS's price list",
  description:
    "Asks the Price List Query API, with your credentials (pricing:GetProducts), for every price that the stage uses, and keeps the answers " +
    "in .plinth/prices.json beside the app. A price whose product is not found exactly once stays as it is, and is named.",
  about: "stage",
  json: true,
  arguments: [{ name: "TEMPLATE", rest: true, description: "CloudFormation templates, JSON or YAML, instead of the app" }],
  options: [{ flags: "--region <name>", description: "the prices of that region; default: the app's, of templates us-east-1" }],
  examples: [
    { command: "plinth cost refresh --stage prod", what: "the prices that prod uses" },
    { command: "plinth cost --stage prod", what: "reckons with them from then on" },
  ],
  async run(invocation) {
    const { folder, options, rest, json, terminal } = invocation;
    const region = typeof options["region"] === "string" ? options["region"] : undefined;
    const { priceAssembly, priceTemplates, pricesFile, readOverlay, today } = await import("../app/price-app.ts");
    const [{ refreshPrices }, { globalRegion }] = await Promise.all([import("@plinth/pricing/refresh"), import("@plinth/pricing")]);
    const reckoning = { folder, region };
    const { lines } =
      rest.length > 0 ? priceTemplates(rest, region ?? "us-east-1", reckoning) : priceAssembly(await loadApp(invocation), reckoning);
    const { getProducts, close } = await priceList();
    let overlay = readOverlay(folder);
    const results = [];
    try {
      for (const [at, own] of Map.groupBy(lines, ({ price }) => price.region)) {
        const items = [...new Map(own.map(({ price: { service, item } }) => [`${service} ${item}`, { service, item }])).values()];
        if (at === globalRegion) {
          const reason = "it belongs to no region, and is not looked for in the price list";
          results.push({ region: at, overlay, changed: [], unchanged: 0, kept: items.map((one) => ({ ...one, reason })) });
          continue;
        }
        const refreshed = await refreshPrices({ region: at, items, getProducts, today: today(), overlay });
        overlay = refreshed.overlay;
        results.push({ region: at, ...refreshed });
      }
    } finally {
      close();
    }
    makeOwnFolder(folder);
    mkdirSync(ownFolder(folder), { recursive: true });
    const file = pricesFile(folder);
    writeFileSync(`${file}.new`, `${JSON.stringify(overlay ?? {}, undefined, 2)}\n`);
    renameSync(`${file}.new`, file);
    const told = results.map(({ region: at, changed, unchanged, kept }) => ({ region: at, changed, unchanged, kept }));
    if (json) terminal.print(JSON.stringify({ file, regions: told }, undefined, 2));
    else {
      for (const { region: at, changed, unchanged, kept } of told) {
        terminal.print(`${terminal.colours.bold(at)} ${changed.length} changed, ${unchanged} as before, ${kept.length} kept`);
        for (const { service, item, before, after } of changed) terminal.print(`  ${service} ${item} ${before} → ${after}`);
        for (const { service, item, reason } of kept)
          terminal.print(terminal.colours.yellow(`  ${service} ${item} keeps its old price: ${reason}`));
      }
    }
    return exitCode.done;
  },
};

/** AWS's price list; `AWS_ENDPOINT_URL_PRICING` points elsewhere, as for all of AWS's clients. */
async function priceList(): Promise<{ getProducts: GetProducts; close(): void }> {
  const { GetProductsCommand, PricingClient } = await import("@aws-sdk/client-pricing");
  const client = new PricingClient({ region: priceListRegion });
  return {
    close: () => client.destroy(),
    async getProducts(ServiceCode, filters) {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const answer = await client.send(
          new GetProductsCommand({
            ServiceCode,
            FormatVersion: "aws_v1",
            Filters: filters.map(({ field, value }) => ({ Type: "TERM_MATCH", Field: field, Value: value })),
            ...(NextToken !== undefined && { NextToken }),
          }),
        );
        found.push(...(answer.PriceList ?? []).map(String));
        NextToken = answer.NextToken;
      } while (NextToken !== undefined);
      return found;
    },
  };
}
