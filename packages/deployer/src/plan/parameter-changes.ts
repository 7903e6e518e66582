/** Which parameters of a stack get another value in a deploy, and which values, as far as they are known before it. */
import { references, type Template } from "@plinth/cloudformation";
import type { Assembly, ParameterSource, Stack } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Lookups } from "../lookups.ts";
import { parameterValues } from "../parameters.ts";
import type { SecretState } from "../secrets/slots.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import type { Difference } from "./planned-change.ts";
import type { ImageState } from "./planned-images.ts";

export interface ParameterChanges {
  changed: Set<string>;
  /** By name; `undefined` where the value is known only after the deploy. */
  values: Map<string, string | undefined>;
}

export interface Known {
  assembly: Assembly;
  stacks: ReadonlyMap<string, DeployedStack>;
  images: readonly ImageState[];
  secrets: readonly SecretState[];
  lookups: Lookups;
  connections: ReadonlyMap<string, string>;
  /** The templates that the stacks before this one will have. */
  next: ReadonlyMap<string, Template>;
  /** Of the stacks before this one. */
  changes: ReadonlyMap<string, readonly Difference[]>;
}

/** Known values that differ, outputs of what becomes new, images that are made. */
export function parameterChanges(stack: Stack, known: Known): ParameterChanges {
  const { assembly, stacks, images, lookups, secrets, connections } = known;
  const changed = new Set<string>();
  const values = new Map<string, string | undefined>();
  const deployed = stacks.get(stack.name)?.parameters;
  const addresses = new Map(images.flatMap(({ name, address }) => (address === undefined ? [] : [[name, address] as const])));
  const valueOf = (name: string, source: ParameterSource): string | undefined => {
    try {
      return parameterValues(
        { ...stack, parameters: { [name]: source } },
        { assembly, stacks, images: addresses, zones: [], lookups, secrets, connections },
      )[name];
    } catch (error) {
      if (error instanceof DeployError) return undefined; // an output that is not there yet: it will be
      throw error;
    }
  };
  for (const [name, source] of Object.entries(stack.parameters)) {
    if (source.from === "zone" || source.from === "login" || (source.from === "global-endpoint" && deployed)) {
      values.set(name, deployed?.[name]); // kept
      continue;
    }
    const later =
      (source.from === "output" && outputChanges(known, source)) ||
      (source.from === "secret-versions" && connectionsOf(assembly, source.program).some((one) => isTouched(known, one)));
    const value = later ? undefined : valueOf(name, source);
    values.set(name, value);
    if (later || value !== deployed?.[name]) changed.add(name);
  }
  return { changed, values };
}

/** Where a parameter's value comes from, in words. */
export function sourceInWords(source: ParameterSource | undefined): string | undefined {
  switch (source?.from) {
    case "image":
      return `the image ${source.image}`;
    case "secret-versions":
      return `another version of a secret of ${source.program}`;
    case "secret-present":
      return `the secret ${source.secret}`;
    case "output":
      return `${source.output} of ${source.stack}`;
    case "sets-count":
      return "the number of copies is set";
    case "global-endpoint":
      return `where the writer of ${source.globalCluster} answers`;
    case "rule-weight":
      return "the weights that ECS has set";
    case "hosted-zone":
      return `the zone ${source.zone}`;
    default:
      return undefined;
  }
}

const connectionsOf = (assembly: Assembly, program: string) => assembly.programs.find(({ name }) => name === program)?.connections ?? [];

/** Whether an output names something that is made, or made anew, in this deploy. */
function outputChanges({ next, changes }: Known, { stack, output }: { stack: string; output: string }): boolean {
  const value = next.get(stack)?.Outputs?.[output]?.Value;
  const differences = changes.get(stack) ?? [];
  return references(value).some(({ name }) =>
    differences.some(
      ({ logicalId, action, type }) =>
        logicalId === name &&
        (["create", "replace", "perhaps-replace"].includes(action) || (action === "update" && type === "AWS::ECS::TaskDefinition")),
    ),
  );
}

/** Whether a resource behind an output is made or changed in this deploy. */
function isTouched({ next, changes }: Known, { stack, output }: { stack: string; output: string }): boolean {
  const names = references(next.get(stack)?.Outputs?.[output]?.Value).map(({ name }) => name);
  return (changes.get(stack) ?? []).some(({ logicalId }) => names.includes(logicalId));
}
