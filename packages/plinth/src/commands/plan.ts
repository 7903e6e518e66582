/** `plinth plan`: show what a deploy would change. */
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { chosenLayers } from "../app/chosen-layers.ts";
import { loadApp } from "../app/load-app.ts";
import { ownFolder } from "../app/own-folder.ts";
import { inPlace } from "../app/placed-app.ts";
import { connectForPlan } from "../target.ts";

export const command: Command = {
  summary: "Show what a deploy would change",
  description:
    "Compares the app with what is deployed, layer by layer and resource by resource: what is created, updated, replaced and deleted, " +
    "what becomes of data, which secrets are missing, and what it does to the price. Nothing is touched.",
  about: "stage",
  json: true,
  options: [{ flags: "--layer <names>", description: "these layers alone, by commas" }],
  examples: [
    { command: "plinth plan", what: "what a deploy into the embedded cloud would do" },
    { command: "plinth plan --stage prod", what: "the same against AWS" },
    { command: "plinth plan --json", what: "as data, for scripts" },
  ],
  async run(invocation) {
    const { folder, json, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectForPlan(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const { planDeploy } = await import("@plinth/deployer/plan");
    const plan = await planDeploy(assembly, aws, ownFolder(folder), chosenLayers(invocation, assembly));
    const { priceChange } = await import("../app/price-change.ts");
    const price = await priceChange(assembly, aws, folder);
    aws?.close();
    const { brokenNevers } = await import("../app/nevers.ts");
    const broken = await brokenNevers(assembly);
    if (json) terminal.print(JSON.stringify({ ...plan, price, ...(broken.length > 0 && { broken }) }, undefined, 2));
    else {
      const { planText } = await import("../terminal/plan-text.ts");
      for (const line of planText(plan, terminal.colours)) terminal.print(line);
      const { priceBlock } = await import("../terminal/cost-difference-text.ts");
      const block = priceBlock(price, terminal.colours);
      for (const line of block.length > 0 ? ["", ...block] : []) terminal.print(line);
      if (broken.length > 0) {
        const { brokenText } = await import("../terminal/reach-text.ts");
        for (const line of brokenText(broken, terminal.colours)) terminal.print(line);
      }
    }
    return broken.length > 0 ? exitCode.failed : exitCode.done;
  },
};
