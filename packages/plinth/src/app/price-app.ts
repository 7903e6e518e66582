/** The price of a stage as it is compiled, or of templates in files, with what the user expects and the prices that were refreshed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Template } from "@plinth/cloudformation";
import type { Assembly, ParameterSource, Stack } from "@plinth/compiler";
import {
  estimate,
  mergeExpectations,
  parseExpectations,
  type Estimate,
  type EstimateInput,
  type Expectations,
  type PriceOverlay,
  type StackInput,
} from "@plinth/pricing";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { readTemplates } from "./template-files.ts";
import { ownFolder } from "./own-folder.ts";

export interface Reckoning {
  /** The app's folder, beside which refreshed prices lie. */
  folder: string;
  /** What was said on the command line: `logGB=3,api.logGB=10`. */
  said?: string | undefined;
  /** @default that of the app, or of the templates */
  region?: string | undefined;
}

/** @throws Failure of what cannot be answered */
export const priceAssembly = (
  assembly: Assembly,
  reckoning: Reckoning,
  stacks: readonly StackInput[] = assembly.stacks.map(asInput),
): Estimate => {
  const layers = new Map(assembly.stacks.map(({ name, layer }) => [name, layer]));
  const said = expectationsOf(reckoning.said);
  const priced = orFailure(() =>
    estimate({
      stacks: reckoning.region === undefined ? stacks : stacks.map((stack) => ({ ...stack, region: reckoning.region! })),
      region: reckoning.region ?? assembly.region,
      nameOf: (stack, logicalId) => assembly.origins[`${layers.get(stack) ?? ""}/${logicalId}`]?.key,
      expect: mergeExpectations(assembly.expect ?? {}, said),
      ...common(reckoning.folder),
    }),
  );
  return withNamed(said, priced);
};

/** Templates of any tool. Where one takes a parameter that exactly one other puts out by the same name, it is handed on. */
export function priceTemplates(files: readonly string[], region: string, { folder, said }: Reckoning): Estimate {
  const read = readTemplates(files, folder);
  const stacks = read.map(({ name, template }): StackInput => ({
    name,
    template,
    parameters: handedOn(
      template,
      read.filter((other) => other.name !== name),
    ),
  }));
  const expect = expectationsOf(said);
  return withNamed(
    expect,
    orFailure(() => estimate({ stacks, region, expect, ...common(folder) })),
  );
}

/** @throws Failure of an expectation of a thing that is not there: it would change nothing, silently */
function withNamed({ of }: Expectations, priced: Estimate): Estimate {
  if (of === undefined) return priced;
  const names = new Set([...priced.lines, ...priced.notPriced].map(({ name }) => name));
  const strange = Object.keys(of).find((name) => !names.has(name));
  if (strange === undefined) return priced;
  throw new Failure(`Nothing that costs is called ${JSON.stringify(strange)}.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: `There are ${[...names].toSorted().slice(0, 30).join(", ")}.`,
  });
}

/** A stack of an assembly, its parameters as far as they are known before a deploy. */
export function asInput({ name, template, region, parameters }: Stack): StackInput {
  const known: Record<string, string | { stack: string; output: string }> = {};
  for (const key in parameters) {
    const value = valueOf(parameters[key]!);
    if (value !== undefined) known[key] = value;
  }
  return { name, template, region, parameters: known };
}

function valueOf(source: ParameterSource): string | { stack: string; output: string } | undefined {
  switch (source.from) {
    case "output":
      return source;
    case "value":
      return source.value;
    // At its creation a service is told how many run, and a secret is taken for given.
    case "sets-count":
    case "secret-present":
      return "true";
    default:
      return undefined;
  }
}

const pricesFile = (folder: string) => join(ownFolder(folder), "prices.json");

/** The prices that `plinth cost refresh` has read, if it has. */
export function readOverlay(folder: string): PriceOverlay | undefined {
  const file = pricesFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PriceOverlay;
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}.`, {
      code: "prices-unreadable",
      exit: exitCode.environment,
      remedy: "Delete it; plinth cost refresh writes it anew.",
      cause: error,
    });
  }
}

export { pricesFile };

export const today = (): string => new Date().toISOString().slice(0, 10);

function common(folder: string): Pick<EstimateInput, "today" | "overlay"> {
  const overlay = readOverlay(folder);
  return { today: today(), ...(overlay && { overlay }) };
}

function expectationsOf(said: string | undefined): ReturnType<typeof parseExpectations> {
  try {
    return parseExpectations(said?.split(",").filter((one) => one.trim() !== "") ?? []);
  } catch (error) {
    throw new Failure(`${(error as Error).message}.`, {
      code: "usage",
      exit: exitCode.usage,
      remedy: "docs/cost.md lists what can be expected, with its defaults.",
      cause: error,
    });
  }
}

function handedOn(
  template: Template,
  others: readonly { name: string; template: Template }[],
): Record<string, { stack: string; output: string }> {
  const found: Record<string, { stack: string; output: string }> = {};
  for (const [key, { Default }] of Object.entries(template.Parameters ?? {})) {
    const givers = Default === undefined ? others.filter((other) => Object.hasOwn(other.template.Outputs ?? {}, key)) : [];
    if (givers.length === 1) found[key] = { stack: givers[0]!.name, output: key };
  }
  return found;
}

/** What cannot be priced, as the commands say it. */
function orFailure<T>(price: () => T): T {
  try {
    return price();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "NoPrices") {
      throw new Failure(error.message, {
        code: "no-prices",
        exit: exitCode.usage,
        remedy: "--region takes one of them, for what it would cost there.",
        cause: error,
      });
    }
    if (error.name === "TemplateError") {
      throw new Failure(error.message, { code: "bad-template", exit: exitCode.app, remedy: "Nothing was priced.", cause: error });
    }
    throw error;
  }
}
