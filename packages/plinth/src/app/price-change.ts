/** What a deploy does to the price of a stage: its deployed templates beside those that it is compiled to. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "@plinth/deployer";
import { priceDifference, type PriceDifference, type StackInput } from "@plinth/pricing";
import { Failure } from "../failure.ts";
import { asInput, priceAssembly } from "./price-app.ts";

/**
 * @param aws without it nothing can stand
 * @returns a sentence where the price cannot be told: a plan is shown all the same
 */
export async function priceChange(
  assembly: Assembly,
  aws: Aws | undefined,
  folder: string,
): Promise<PriceDifference | { unknown: string }> {
  const standing = aws ? await deployedStacks(assembly, aws) : [];
  try {
    const before = standing.length > 0 ? priceAssembly(assembly, { folder }, standing) : undefined;
    return priceDifference(before, priceAssembly(assembly, { folder }));
  } catch (error) {
    if (error instanceof Failure) return { unknown: error.message };
    throw error;
  }
}

async function deployedStacks(assembly: Assembly, aws: Aws): Promise<StackInput[]> {
  const { deployedTemplate, describeStage, isStanding } = await import("@plinth/deployer/stacks/stack-state");
  const stacks = [...(await describeStage(aws, assembly)).values()].filter(isStanding);
  const read = await Promise.all(
    stacks.map(async ({ name, region, parameters }) => {
      const template = await deployedTemplate(aws.in(region), name);
      if (!template) return [];
      const compiled = assembly.stacks.find((stack) => stack.name === name);
      // What one stack hands to another is known by its source better than by the id that it has become.
      const handedOn = Object.entries((compiled && asInput(compiled).parameters) ?? {}).filter(([, value]) => typeof value === "object");
      return [{ name, region, template, parameters: { ...parameters, ...Object.fromEntries(handedOn) } }];
    }),
  );
  return read.flat();
}
