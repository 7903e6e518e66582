/** The values of a stack's parameters, from where the assembly says they come. */
import { createHash } from "node:crypto";
import type { Assembly, Stack } from "@plinth/compiler";
import { DeployError } from "./deploy-error.ts";
import type { GlobalEndpoints } from "./global-endpoints.ts";
import type { SecretState } from "./secrets/slots.ts";
import { lookupName, type Lookups } from "./lookups.ts";
import { connectionName } from "./secrets/connections.ts";
import { isStanding, type DeployedStack } from "./stacks/stack-state.ts";

export interface ParameterInputs {
  assembly: Assembly;
  /** Stacks as they stand now, by name; those that this deployment has brought up to date are in it. */
  stacks: ReadonlyMap<string, DeployedStack>;
  /** Addresses by digest, by the image's name. */
  images: ReadonlyMap<string, string>;
  zones: readonly string[];
  /** The zones of other regions. */
  zonesElsewhere?: ReadonlyMap<string, readonly string[]>;
  lookups?: Lookups;
  /** Of this stack; default: as deployed. */
  globalEndpoints?: GlobalEndpoints;
  /** The versions of generated secrets, by `connectionName`. */
  connections?: ReadonlyMap<string, string>;
  secrets: readonly SecretState[];
}

/** @throws DeployError that names the layer whose output is missing. */
export function parameterValues(stack: Stack, inputs: ParameterInputs): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, source] of Object.entries(stack.parameters)) {
    switch (source.from) {
      case "output":
        values[name] = outputOf(inputs.stacks, source, stack.name);
        break;
      case "image": {
        const image = inputs.images.get(source.image);
        if (!image) throw new DeployError("image-failed", `${stack.name} needs the image ${source.image}, which has not been made.`);
        values[name] = image;
        break;
      }
      case "zone":
        values[name] = (source.region === undefined ? inputs.zones : inputs.zonesElsewhere?.get(source.region))?.[source.index] ?? "";
        break;
      case "hosted-zone":
      case "prefix-list":
        values[name] = inputs.lookups?.get(lookupName(source)) ?? inputs.stacks.get(stack.name)?.parameters[name] ?? "";
        break;
      case "global-endpoint":
        values[name] = inputs.globalEndpoints?.get(name) ?? inputs.stacks.get(stack.name)?.parameters[name] ?? "";
        break;
      case "rule-weight":
        values[name] = inputs.stacks.get(stack.name)?.parameters[name] ?? (source.index === 0 ? "100" : "0");
        break;
      case "login":
        values[name] = inputs.stacks.get(stack.name)?.parameters[name] ?? "a";
        break;
      case "sets-count": {
        const deployed = inputs.stacks.get(stack.name);
        const before = isStanding(deployed) ? deployed.parameters : {};
        const count = stack.parameters[source.count];
        const same = count?.from === "value" && before[source.count] === count.value;
        values[name] = (same && before[name]) || "true";
        break;
      }
      case "secret-versions":
        values[name] = secretVersions(inputs, source.program);
        break;
      case "secret-present":
        values[name] = String(inputs.secrets.some(({ slot, version }) => slot.name === source.secret && version !== undefined));
        break;
      case "value":
        values[name] = source.value;
    }
  }
  return values;
}

export function outputOf(
  stacks: ReadonlyMap<string, DeployedStack>,
  { stack, output }: { stack: string; output: string },
  user: string,
): string {
  const value = stacks.get(stack)?.outputs[output];
  if (value !== undefined) return value;
  const why = stacks.has(stack) ? `has no output ${output}` : "is not deployed";
  throw new DeployError("stack-failed", `${user} needs ${output} of ${stack}, which ${why}.`, {
    remedy: "Deploy the whole app: plinth deploy.",
  });
}

/**
 * Values with which an update leaves running numbers as they are, for it changes something else: what an operator has set by
 * hand stays. A service that is made, or whose number the app has changed, gets the app's.
 */
export function withoutCounts(
  stack: Stack,
  values: Readonly<Record<string, string>>,
  deployed: Readonly<Record<string, string>>,
): Record<string, string> {
  const left = Object.entries(values).map(([name, value]) => {
    const source = stack.parameters[name];
    const keeps = source?.from === "sets-count" && deployed[name] !== undefined && deployed[source.count] === values[source.count];
    return [name, keeps ? "false" : value];
  });
  return Object.fromEntries(left) as Record<string, string>;
}

/** The values that the deployed stack has, of those parameters that get another. */
export function previousValues(
  values: Readonly<Record<string, string>>,
  deployed: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(deployed).filter(([name, value]) => values[name] !== undefined && values[name] !== value));
}

/** A hash over the versions of the secrets that a program has in its environment; not over their values. */
function secretVersions({ assembly, secrets, connections }: ParameterInputs, programName: string): string {
  const program = assembly.programs.find(({ name }) => name === programName);
  const versions = (program?.secrets ?? []).map((name) => {
    const state = secrets.find(({ slot }) => slot.name === name);
    return `${name}=${state?.version ?? ""}`;
  });
  for (const one of program?.connections ?? []) versions.push(`${connectionName(one)}=${connections?.get(connectionName(one)) ?? ""}`);
  return createHash("sha256").update(versions.sort().join("\n")).digest("hex").slice(0, 16);
}
