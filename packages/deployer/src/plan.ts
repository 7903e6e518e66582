/** What a deploy would change: by layer and resource, with the fate of data and the secrets that are missing. Nothing is touched. */
import { diffTemplates, references, type ResourceDifference, type Template } from "@plinth/cloudformation";
import type { Assembly, Image, Layer, Stack } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { chosenParts } from "./chosen-layers.ts";
import { dataFate, type DataFate } from "./data-fate.ts";
import { DeployError } from "./deploy-error.ts";
import { digestOfTag, imageContent } from "./images/make-image.ts";
import { lookUp, type Lookups } from "./lookups.ts";
import { originOf } from "./origin.ts";
import { parameterValues } from "./parameters.ts";
import { connectionVersions } from "./secrets/connections.ts";
import { missingSecrets, secretStates } from "./secrets/slots.ts";
import { withSuccessors, type Succession } from "./successors.ts";
import { deployedTemplate, describeStage, isStanding, type DeployedStack } from "./stacks/stack-state.ts";

export type PlannedAction = ResourceDifference["action"];

export interface PlannedChange {
  logicalId: string;
  type: string;
  action: PlannedAction;
  /** The inventory key, and the line of the config, where the resource comes from one. */
  key?: string;
  source?: string;
  /** Names of the properties that differ; for a replacement those that cause it. */
  properties: string[];
}

export interface PlannedLayer {
  stack: string;
  layer: Layer | undefined;
  action: "create" | "update" | "delete" | "none";
  changes: PlannedChange[];
}

export interface PlannedImage {
  name: string;
  action: "make" | "none";
}

export interface Plan {
  app: string;
  stage: string;
  region: string;
  target: "aws" | "embedded";
  production: boolean;
  /** Nothing of the stage stands yet. */
  first: boolean;
  layers: PlannedLayer[];
  images: PlannedImage[];
  /** What happens to what holds data, where it is deleted or replaced. */
  data: DataFate[];
  /** What is otherwise here than the app says, one sentence each. */
  notes: string[];
  /** Required secrets without a value. On a first deploy into Secrets Manager all of them: their secrets are made empty. */
  missingSecrets: string[];
  summary: Record<"create" | "update" | "replace" | "delete", number>;
}

/** `before`: the logical id of the one that a successor replaces. */
type Difference = ResourceDifference & { before?: string };

/** A successor and the one that goes are one replacement, as people see it: with the causes, and with what becomes of the old one. */
function asReplacements(differences: readonly ResourceDifference[], successors: Succession["successors"]): Difference[] {
  const going = new Map([...successors.values()].map(({ before }) => [before, differences.find((one) => one.logicalId === before)]));
  return differences.flatMap((one) => {
    const successor = successors.get(one.logicalId);
    if (!successor) return one.action === "delete" && going.has(one.logicalId) ? [] : [one];
    const old = going.get(successor.before);
    const properties = successor.properties.map((name) => ({
      name,
      path: `/Properties/${name}`,
      change: "Modify" as const,
      replacement: "Always" as const,
    }));
    return [{ ...one, action: "replace" as const, properties, before: successor.before, ...(old?.policy ? { policy: old.policy } : {}) }];
  });
}

/**
 * @param aws without it nothing is asked: the stage is known not to be deployed.
 * @param only these layers alone; default: all.
 */
export async function planDeploy(
  assembly: Assembly,
  aws: Aws | undefined,
  folder: string,
  only: ReadonlySet<string> | undefined = undefined,
): Promise<Plan> {
  const chosen = chosenParts(assembly, only);
  const stacks: Map<string, DeployedStack> = aws ? await describeStage(aws, assembly) : new Map();
  for (const [name, stack] of stacks) if (!isStanding(stack)) stacks.delete(name);
  const [images, lookups, secrets] = await Promise.all([
    planImages(chosen.images, aws, folder, stacks),
    aws ? lookUp(aws, assembly, stacks) : new Map<string, string>(),
    aws ? secretStates(aws, assembly.secrets) : assembly.secrets.map((slot) => ({ slot })),
  ]);

  const layers: PlannedLayer[] = [];
  const changes = new Map<string, Difference[]>();
  const before = new Map<string, Template>();
  const next = new Map<string, Template>();
  for (const stack of assembly.stacks) {
    const deployed = aws && stacks.has(stack.name) ? await deployedTemplate(aws.in(stack.region), stack.name) : undefined;
    if (!chosen.stacks.includes(stack)) {
      if (deployed) next.set(stack.name, deployed);
      continue;
    }
    if (deployed) before.set(stack.name, deployed);
    const connections = aws && deployed ? await connectionVersions(aws, assembly, stack, stacks) : new Map<string, string>();
    const changed = deployed
      ? changedParameters(stack, { assembly, next, stacks, images, lookups, secrets, connections, changes })
      : new Set<string>();
    const { template, successors } = withSuccessors(deployed, stack.template, changed);
    next.set(stack.name, template);
    const differences = asReplacements(diffTemplates(deployed, template, changed), successors);
    changes.set(stack.name, differences);
    layers.push(plannedLayer(assembly, stack.name, stack.layer, deployed ? "update" : "create", differences));
  }
  for (const stack of stacks.values()) {
    if (only || assembly.stacks.some(({ name }) => name === stack.name)) continue;
    const deployed = await deployedTemplate(aws!.in(stack.region), stack.name);
    if (deployed) before.set(stack.name, deployed);
    const differences = diffTemplates(deployed, { Resources: {} });
    changes.set(stack.name, differences);
    layers.push(plannedLayer(assembly, stack.name, stack.layer, "delete", differences));
  }

  const all = [...changes.values()].flat();
  const count = (...actions: PlannedAction[]) => all.filter(({ action }) => actions.includes(action)).length;
  return {
    app: assembly.app,
    stage: assembly.stage,
    region: assembly.region,
    target: !aws || aws.embedded ? "embedded" : "aws",
    production: assembly.production,
    first: stacks.size === 0,
    layers,
    images: images.map(({ name, changed }) => ({ name, action: changed ? "make" : "none" })),
    data: layers.flatMap((layer) => dataFate(layer, changes.get(layer.stack) ?? [], before.get(layer.stack))),
    notes: assembly.notes,
    missingSecrets: missingSecrets(secrets).map(({ name }) => name),
    summary: {
      create: count("create"),
      update: count("update", "metadata"),
      replace: count("replace", "perhaps-replace"),
      delete: count("delete"),
    },
  };
}

export const changesSomething = (plan: Plan) =>
  plan.layers.some(({ action, changes }) => action !== "none" || changes.length > 0) || plan.images.some(({ action }) => action === "make");

function plannedLayer(
  assembly: Assembly,
  stack: string,
  layer: Layer | undefined,
  action: "create" | "update" | "delete",
  differences: readonly ResourceDifference[],
): PlannedLayer {
  return {
    stack,
    layer,
    action: action === "update" && differences.length === 0 ? "none" : action,
    changes: differences.map(({ logicalId, type, action, properties }) => {
      const origin = originOf(assembly, layer, logicalId);
      const telling = action === "replace" ? properties.filter(({ replacement }) => replacement === "Always") : properties;
      return {
        logicalId,
        type,
        action,
        ...(origin ? { key: origin.key, ...(origin.source === undefined ? {} : { source: origin.source }) } : {}),
        properties: [...new Set(telling.map(({ name }) => name))],
      };
    }),
  };
}

async function planImages(images: readonly Image[], aws: Aws | undefined, folder: string, stacks: ReadonlyMap<string, DeployedStack>) {
  return Promise.all(
    images.map(async (image) => {
      const uri = stacks.get(image.repository.stack)?.outputs[image.repository.output];
      if (!aws || uri === undefined) return { name: image.name, changed: true };
      const content = await imageContent(image, aws, folder);
      const digest = await digestOfTag(aws, uri.slice(uri.indexOf("/") + 1), content.tag);
      return digest ? { name: image.name, changed: false, address: `${uri}@${digest}` } : { name: image.name, changed: true };
    }),
  );
}

interface Known {
  assembly: Assembly;
  stacks: ReadonlyMap<string, DeployedStack>;
  images: Awaited<ReturnType<typeof planImages>>;
  secrets: Awaited<ReturnType<typeof secretStates>>;
  lookups: Lookups;
  connections: ReadonlyMap<string, string>;
  /** The templates that the stacks before this one will have. */
  next: ReadonlyMap<string, Template>;
  /** Of the stacks before this one. */
  changes: ReadonlyMap<string, readonly ResourceDifference[]>;
}

/** Parameters whose value will be another: known values that differ, outputs of what becomes new, images that are made. */
function changedParameters(stack: Stack, { assembly, next, stacks, images, lookups, secrets, connections, changes }: Known): Set<string> {
  const changed = new Set<string>();
  const deployed = stacks.get(stack.name)!;
  const addresses = new Map(images.flatMap(({ name, address }) => (address ? [[name, address] as const] : [])));
  for (const [name, source] of Object.entries(stack.parameters)) {
    if (source.from === "zone" || source.from === "login") continue; // kept
    if (source.from === "image" && !addresses.has(source.image)) changed.add(name);
    else if (source.from === "output" && outputChanges(next, source, changes)) changed.add(name);
    else if (source.from === "secret-versions" && connectionsOf(source.program).some((one) => isTouched(next, one, changes)))
      changed.add(name);
    else if (valueOf(name, source) !== deployed.parameters[name]) changed.add(name);
  }
  return changed;

  function connectionsOf(program: string) {
    return assembly.programs.find((one) => one.name === program)?.connections ?? [];
  }

  function valueOf(name: string, source: Stack["parameters"][string]): string | undefined {
    try {
      return parameterValues(
        { ...stack, parameters: { [name]: source } },
        { assembly, stacks, images: addresses, zones: [], lookups, secrets, connections },
      )[name];
    } catch (error) {
      if (error instanceof DeployError) return undefined; // an output that is not there yet: it will be
      throw error;
    }
  }
}

/** Whether an output names something that is made, or made anew, in this deploy. */
function outputChanges(next: Known["next"], { stack, output }: { stack: string; output: string }, changes: Known["changes"]): boolean {
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
function isTouched(next: Known["next"], { stack, output }: { stack: string; output: string }, changes: Known["changes"]): boolean {
  const names = references(next.get(stack)?.Outputs?.[output]?.Value).map(({ name }) => name);
  return (changes.get(stack) ?? []).some(({ logicalId }) => names.includes(logicalId));
}
