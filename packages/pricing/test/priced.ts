/** Prices a template for a test. */
import { fileURLToPath } from "node:url";
import { compile } from "@plinth/compiler";
import type { Template } from "@plinth/cloudformation";
import { estimate, type CostLine, type Estimate, type Expectations, type StackInput } from "../src/index.ts";

export const today = "2026-11-25";

export const priced = (template: Template, region = "us-east-1", expect: Expectations = {}): Estimate =>
  estimate({ stacks: [{ name: "stack", template }], region, expect, today });

/** A stage of an example of this repository, compiled. */
export async function pricedExample(name: string, stage: string, expect: Expectations = {}): Promise<Estimate> {
  const folder = fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));
  const { default: app } = (await import(`${folder}plinth.config.ts`)) as { default: Parameters<typeof compile>[0] };
  const { stacks, region, origins } = compile(app, { stage, local: false, configFolder: folder });
  const layers = new Map(stacks.map((stack) => [stack.name, stack.layer]));
  const inputs = stacks.map(({ parameters, ...stack }) => {
    const known: NonNullable<StackInput["parameters"]> = Object.fromEntries(
      Object.entries(parameters).flatMap(([key, source]): [string, string | { stack: string; output: string }][] => {
        if (source.from === "output") return [[key, { stack: source.stack, output: source.output }]];
        return source.from === "value" ? [[key, source.value]] : source.from === "sets-count" ? [[key, "true"]] : [];
      }),
    );
    return { ...stack, parameters: known };
  });
  return estimate({ stacks: inputs, region, expect, today, nameOf: (stack, id) => origins[`${layers.get(stack)}/${id}`]?.key });
}

/** The sum of the lines that are so. */
export const sumOf = (
  lines: readonly CostLine[],
  is: (line: CostLine) => boolean,
  column: "idle" | "expected" | "busy" = "expected",
): number => lines.filter(is).reduce((total, line) => total + line[column], 0);

/** Of a service of the price list. */
export const of =
  (service: string, name?: string) =>
  (line: CostLine): boolean =>
    line.price.service === service && (name === undefined || line.name === name);
