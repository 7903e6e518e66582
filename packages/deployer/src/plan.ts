/** What a deploy would change: by layer and resource, with the fate of data, drift, time, and the secrets that are missing. Nothing is touched. */
import { diffTemplates, type ResourceDifference, type Template } from "@plinth/cloudformation";
import type { Assembly, Layer } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { chosenParts } from "./chosen-layers.ts";
import { dataFate, type DataFate } from "./data-fate.ts";
import { realTime, type Time } from "./deployment.ts";
import { contextFault } from "./images/context-fault.ts";
import { lookUp, lookupName, type Lookups } from "./lookups.ts";
import { originOf } from "./origin.ts";
import type { Contract } from "./plan/contract.ts";
import type { Drift, StageDrift } from "./plan/drift.ts";
import { parameterChanges, sourceInWords } from "./plan/parameter-changes.ts";
import { plannedChange, type Difference, type PlannedAction, type PlannedChange } from "./plan/planned-change.ts";
import { planImages } from "./plan/planned-images.ts";
import { plannedTime, type PlannedTime } from "./plan/planned-time.ts";
import { connectionVersions } from "./secrets/connections.ts";
import { inScope, type Scope } from "./scope.ts";
import { missingSecrets, secretStates } from "./secrets/slots.ts";
import { strategyNotes } from "./strategy-change.ts";
import { withSuccessors, type Succession } from "./successors.ts";
import { deployedTemplate, describeStage, isStanding, type DeployedStack } from "./stacks/stack-state.ts";

export type { PlannedAction, PlannedChange } from "./plan/planned-change.ts";

export interface PlannedLayer {
  stack: string;
  layer: Layer | undefined;
  action: "create" | "update" | "delete" | "none";
  changes: PlannedChange[];
}

export interface PlannedImage {
  name: string;
  action: "make" | "none";
  /** Its address by digest, where it is known before the deploy. */
  address?: string;
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
  /** What becomes of everything that holds data, also where nothing does. */
  data: DataFate[];
  /** What is otherwise in the account than the deployed templates say; none was looked for on a first deploy, or when not asked. */
  drift: Drift[];
  /** How long it will take. */
  time: PlannedTime;
  /** What is otherwise here than the app says, one sentence each. */
  notes: string[];
  /** Required secrets without a value. On a first deploy into Secrets Manager all of them: their secrets are made empty. */
  missingSecrets: string[];
  /** `interrupt`: of those in `update`, how many interrupt. */
  summary: Record<"create" | "update" | "interrupt" | "replace" | "delete", number>;
}

export interface PlanOptions {
  /** Whether to look for what was changed by hand; default: no. */
  drift?: boolean;
  /** Whether to say all that would happen, for a plan that is kept; it reads all files of the images. Default: no. */
  contract?: boolean;
  time?: Time;
  /** A part of the app instead of all of it. */
  scope?: Scope;
  /** Where it would go, when nobody is asked. @default "embedded" */
  target?: Plan["target"];
}

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

/** One sentence for each zone that the account does not have and the app wants made. */
function zonesToMake({ stacks }: Assembly, lookups: Lookups): string[] {
  const sources = stacks.flatMap(({ parameters }) => Object.values(parameters));
  const missing = sources.flatMap((source) =>
    source.from === "hosted-zone" && source.create && !lookups.has(lookupName(source)) ? [source.zone] : [],
  );
  return [...new Set(missing)].map(
    (zone) => `The zone ${zone} is made in Route 53, which has none, and stays when the stage is destroyed.`,
  );
}

/**
 * @param aws without it nothing is asked: the plan is that of a first deploy.
 * @param only these layers alone; default: all.
 */
export const planDeploy = async (
  assembly: Assembly,
  aws: Aws | undefined,
  folder: string,
  only: ReadonlySet<string> | undefined = undefined,
  options: PlanOptions = {},
): Promise<Plan> => (await planStage(assembly, aws, folder, only, options)).plan;

/** A stack's template before and after, for what is worked out from templates: `undefined` where it does not stand. */
export interface PlannedTemplates {
  stack: string;
  region: string;
  before: Template | undefined;
  after: Template | undefined;
}

export interface StagePlan {
  plan: Plan;
  templates: PlannedTemplates[];
  /** What is agreed to with the plan, where it was asked for. */
  contract?: Contract;
}

/** The plan with the templates that it is about, and what agreeing to it means. */
export async function planStage(
  whole: Assembly,
  aws: Aws | undefined,
  folder: string,
  layersOnly: ReadonlySet<string> | undefined = undefined,
  { drift: withDrift = false, time = realTime, contract: withContract = false, scope, target: unasked = "embedded" }: PlanOptions = {},
): Promise<StagePlan> {
  const stacks: Map<string, DeployedStack> = aws ? await describeStage(aws, whole) : new Map();
  for (const [name, stack] of stacks) if (!isStanding(stack)) stacks.delete(name);
  const { assembly, layers: only } = scope ? inScope(scope, whole, stacks) : { assembly: whole, layers: layersOnly };
  const chosen = chosenParts(assembly, only);
  const target = aws ? (aws.embedded ? "embedded" : "aws") : unasked;
  const [images, lookups, secrets, drift, contextFaults] = await Promise.all([
    planImages(chosen.images, { aws, target }, folder, stacks, withContract),
    aws ? lookUp(aws, assembly, stacks) : new Map<string, string>(),
    aws ? secretStates(aws, assembly.secrets) : assembly.secrets.map((slot) => ({ slot })),
    aws && withDrift && stacks.size > 0 ? lookForDrift(aws, time, stacks) : noDrift,
    Promise.all(chosen.images.map(contextFault)),
  ]);

  const layers: PlannedLayer[] = [];
  const data: DataFate[] = [];
  const changes = new Map<string, Difference[]>();
  const before = new Map<string, Template>();
  const next = new Map<string, Template>();
  const values = new Map<string, ReadonlyMap<string, string | undefined>>();
  const ways: string[] = [];
  const keyIn = (layer: Layer | undefined) => (logicalId: string) => originOf(assembly, layer, logicalId)?.key;
  for (const stack of assembly.stacks) {
    const { name, layer } = stack;
    const deployed = aws && stacks.has(name) ? await deployedTemplate(aws.in(stack.region), name) : undefined;
    if (!chosen.stacks.includes(stack)) {
      if (deployed) next.set(name, deployed);
      continue;
    }
    if (deployed) before.set(name, deployed);
    const connections = aws && deployed ? await connectionVersions(aws, assembly, stack, stacks) : new Map<string, string>();
    const parameters =
      deployed || withContract ? parameterChanges(stack, { assembly, next, stacks, images, lookups, secrets, connections, changes }) : none;
    const changed = deployed ? parameters.changed : none.changed;
    values.set(name, parameters.values);
    const { template, successors } = withSuccessors(deployed, stack.template, changed);
    next.set(name, template);
    const differences = asReplacements(diffTemplates(deployed, template, changed), successors);
    changes.set(name, differences);
    ways.push(...strategyNotes(deployed, template, keyIn(layer)));
    const sides = {
      before: deployed,
      after: template,
      beforeValues: new Map(Object.entries(stacks.get(name)?.parameters ?? {})),
      afterValues: parameters.values,
      changedParameters: changed,
      parameterSource: (parameter: string) => sourceInWords(stack.parameters[parameter]),
    };
    layers.push({
      stack: name,
      layer,
      action: !deployed ? "create" : differences.length === 0 ? "none" : "update",
      changes: differences.map((one) => ({ ...plannedChange(one, sides, differences), ...originFields(assembly, layer, one.logicalId) })),
    });
    data.push(...dataFate({ stack: name, keyOf: keyIn(layer), differences, deployed, next: template }));
  }
  for (const { name, layer, region } of stacks.values()) {
    if (only || assembly.stacks.some((stack) => stack.name === name)) continue;
    const deployed = await deployedTemplate(aws!.in(region), name);
    if (deployed) before.set(name, deployed);
    const differences = diffTemplates(deployed, { Resources: {} });
    changes.set(name, differences);
    const sides = {
      before: deployed,
      after: { Resources: {} },
      beforeValues: new Map(),
      afterValues: new Map(),
      changedParameters: none.changed,
    };
    layers.push({
      stack: name,
      layer,
      action: "delete",
      changes: differences.map((one) => ({ ...plannedChange(one, sides, differences), ...originFields(assembly, layer, one.logicalId) })),
    });
    data.push(...dataFate({ stack: name, keyOf: keyIn(layer), differences, deployed, next: undefined }));
  }

  const made = images.filter(({ changed }) => changed).map(({ name }) => name);
  const touches = made.length > 0 || layers.some(({ changes: some }) => some.length > 0);
  const past =
    aws && touches && stacks.size > 0 ? await (await import("./plan/past-durations.ts")).pastDurations(aws, stacks.values()) : undefined;
  const all = layers.flatMap((layer) => layer.changes);
  const count = (...actions: PlannedAction[]) => all.filter(({ action }) => actions.includes(action)).length;
  const plan: Plan = {
    app: assembly.app,
    stage: assembly.stage,
    region: assembly.region,
    target,
    production: assembly.production,
    first: stacks.size === 0,
    layers,
    images: images.map(({ name, changed, address }) => ({
      name,
      action: changed ? "make" : "none",
      ...(address === undefined ? {} : { address }),
    })),
    data,
    drift: drift.found.map((one) => {
      const key = keyIn(stacks.get(one.stack)?.layer)(one.logicalId);
      return key === undefined ? one : { ...one, key };
    }),
    time: plannedTime({ assembly, chosen, changes, before, next, images: made, target, past }),
    notes: [
      ...assembly.notes,
      ...(aws ? zonesToMake(assembly, lookups) : []),
      ...ways,
      ...contextFaults.flatMap((fault) => fault ?? []),
      ...drift.unchecked.map(({ stack, reason }) => `Drift of ${stack} was not looked at: ${reason}`),
    ],
    missingSecrets: missingSecrets(secrets).map(({ name }) => name),
    summary: {
      create: count("create"),
      update: count("update", "metadata", "interrupt", "revise"),
      interrupt: count("interrupt"),
      replace: count("replace", "perhaps-replace"),
      delete: count("delete"),
    },
  };
  const regions = new Map([...assembly.stacks, ...stacks.values()].map(({ name, region }) => [name, region]));
  const templates = layers.map(({ stack }) => ({
    stack,
    region: regions.get(stack) ?? assembly.region,
    before: before.get(stack),
    after: next.get(stack),
  }));
  if (!withContract) return { plan, templates };
  const { contractOf } = await import("./plan/contract.ts");
  const account = target === "embedded" ? "embedded" : ((await aws?.call("sts", "GetCallerIdentity", {}))?.Account ?? "");
  return { plan, templates, contract: contractOf({ assembly, account, only, scope, stacks, images, secrets, before, next, values }) };
}

const none = { changed: new Set<string>(), values: new Map<string, string | undefined>() };
const noDrift: StageDrift = { found: [], unchecked: [] };

async function lookForDrift(aws: Aws, time: Time, stacks: ReadonlyMap<string, DeployedStack>): Promise<StageDrift> {
  const { stageDrift } = await import("./plan/drift.ts");
  return stageDrift(aws, time, stacks.values());
}

function originFields(assembly: Assembly, layer: Layer | undefined, logicalId: string): Pick<PlannedChange, "key" | "source"> {
  const origin = originOf(assembly, layer, logicalId);
  return origin ? { key: origin.key, ...(origin.source === undefined ? {} : { source: origin.source }) } : {};
}

export const changesSomething = (plan: Plan) =>
  plan.layers.some(({ action, changes }) => action !== "none" || changes.length > 0) || plan.images.some(({ action }) => action === "make");
