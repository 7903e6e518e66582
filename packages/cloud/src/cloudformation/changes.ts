/** What becoming another model would change in a stack, as change sets show it. */
import {
  coerceProperties,
  diffProperties,
  inOrder,
  type PropertyDifference,
  recreationBy,
  references,
  type Resource,
} from "@plinth/cloudformation";
import { resourceTypeSchema, type ResourceTypeSchema } from "@plinth/cloudformation/resource-types";
import type {
  ChangeSource,
  EvaluationType,
  PolicyAction,
  Replacement,
  RequiresRecreation,
  ResourceAttribute,
  StackResourceDriftStatus,
} from "@aws-sdk/client-cloudformation";
import type { AnyHandler } from "./coverage.ts";
import { type Deployment, knownAfterApply, knownProperties } from "./deployment.ts";
import { removalPolicy } from "./policies.ts";
import type { Stack, StackResource } from "./stack.ts";
import { mergeTags, resourceTags } from "./tags.ts";

export interface ChangeDetail {
  attribute: ResourceAttribute;
  name?: string;
  path?: string;
  recreation: RequiresRecreation;
  change?: "Add" | "Modify" | "Remove";
  before?: string;
  after?: string;
  evaluation: EvaluationType;
  source: ChangeSource;
  cause?: string;
  /** Set where the value may well stay as it is: told to who asks for no values only, as on AWS. */
  possible?: true;
  /** What has drifted at this place, where drift is reverted. */
  drift?: { previous?: string; actual?: string; checkedMs: number };
}

export interface ResourceChange {
  action: "Add" | "Modify" | "Remove";
  logicalId: string;
  physicalId?: string;
  type: string;
  replacement?: Replacement;
  policyAction?: PolicyAction;
  scope: ResourceAttribute[];
  details: ChangeDetail[];
  /** JSON, with NoEcho values as `****`. */
  before?: string;
  after?: string;
  /** Where drift is reverted, of a resource that has drifted. */
  driftStatus?: StackResourceDriftStatus;
}

export interface ChangesInput {
  stack: Stack;
  resources: ReadonlyMap<string, StackResource>;
  /** What the stack is; absent before its first creation. */
  previous: Deployment | undefined;
  /** The same as if nothing of it stood: AWS shows what is removed with its references unresolved. */
  unmade: () => Deployment | undefined;
  /** What it might become, made with a `resource` that answers nothing for what is in `unknown`. */
  target: Deployment;
  handler: (type: string) => AnyHandler | undefined;
  /** Filled on the way: the resources whose references are not known before execution. */
  unknown: Set<string>;
  /** Filled on the way: those of them that are made anew for certain, so that what refers to them changes for certain. */
  anew: Set<string>;
}

/** What is updated in place, or may be. */
type Modified = ReadonlyMap<string, { mayBeReplaced: boolean }>;

/** In the order of logical ids. */
export function changesOf(input: ChangesInput): ResourceChange[] {
  const { resources, target, previous, unknown, anew } = input;
  const changes: ResourceChange[] = [];
  const modified = new Map<string, { mayBeReplaced: boolean }>();
  for (const logicalId of inOrder(target.needs)) {
    const current = resources.get(logicalId)?.current;
    const change = current ? modification(input, logicalId, modified) : addition(input, logicalId);
    if (!change) continue;
    changes.push(change);
    const certain = change.details.filter(({ possible }) => !possible);
    const onlyPossible = certain.length < change.details.length && certain.every(({ recreation }) => recreation === "Never");
    if (change.action === "Add" || change.replacement === "True") anew.add(logicalId);
    if (change.action === "Add" || (change.replacement !== "False" && !onlyPossible)) unknown.add(logicalId);
    else modified.set(logicalId, { mayBeReplaced: change.replacement !== "False" });
  }
  for (const [logicalId, { type, current, physicalId }] of resources) {
    if (!current || target.active.includes(logicalId)) continue;
    const policy = removalPolicy(previous?.template, logicalId, "DeletionPolicy");
    const unmade = input.unmade();
    const before = unmade ? JSON.stringify(contextOf(unmade, logicalId)) : undefined;
    changes.push({
      action: "Remove",
      logicalId,
      physicalId,
      type,
      policyAction: policy,
      scope: [],
      details: [],
      ...(before === undefined ? {} : { before }),
    });
  }
  return changes.sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1));
}

const contextOf = (deployment: Deployment, logicalId: string) => ({
  Properties: knownProperties(deployment, deployment.shown, logicalId, () => knownAfterApply),
});

function addition({ target }: ChangesInput, logicalId: string): ResourceChange {
  const { Type: type } = target.template.Resources[logicalId]!;
  return { action: "Add", logicalId, type, scope: [], details: [], after: JSON.stringify(contextOf(target, logicalId)) };
}

function modification(input: ChangesInput, logicalId: string, modified: Modified): ResourceChange | undefined {
  const { stack, target, previous, resources, handler } = input;
  const resource = resources.get(logicalId)!;
  const current = resource.current!;
  const schema = resourceTypeSchema(resource.type);
  const known = knownProperties(target, target.evaluation, logicalId, () => knownAfterApply);
  const wanted = mergeTags(schema, schema ? coerceProperties(schema, known) : known, resourceTags(stack, target.model.tags, logicalId));
  const differences = diffProperties(schema, current.properties, wanted);
  const oldResource =
    previous && Object.hasOwn(previous.template.Resources, logicalId) ? previous.template.Resources[logicalId] : undefined;
  const newResource = target.template.Resources[logicalId]!;
  const before = previous ? contextOf(previous, logicalId) : { Properties: {} };
  const after = contextOf(target, logicalId);

  const details = [
    ...differences.flatMap((difference) =>
      propertyDetails(input, difference, oldResource, newResource, modified).map((detail) => ({
        ...detail,
        ...shownValues(difference, before, after),
      })),
    ),
    ...attributeDetails(oldResource, newResource),
  ];
  details.push(...possibleDetails(schema, newResource, target, modified, details));
  if (details.length === 0) return current.state === "made" ? undefined : retry(resource);
  const certain = details.some(({ recreation, evaluation }) => recreation === "Always" && evaluation === "Static");
  const possible = details.some(({ recreation }) => recreation !== "Never");
  const cannotUpdate = differences.length > 0 && handler(resource.type)?.update === undefined;
  const replacement: Replacement = certain || cannotUpdate ? "True" : possible ? "Conditional" : "False";
  const policy = removalPolicy(target.template, logicalId, "UpdateReplacePolicy");
  return {
    action: "Modify",
    logicalId,
    physicalId: resource.physicalId,
    type: resource.type,
    replacement,
    ...(replacement === "True" ? { policyAction: `ReplaceAnd${policy}` as PolicyAction } : {}),
    scope: [...new Set(details.map(({ attribute }) => attribute))],
    details,
    before: JSON.stringify(before),
    after: JSON.stringify(after),
  };
}

/**
 * Properties that take an attribute of a resource that is updated in place: whether the attribute changes is known only when it was.
 * AWS names every such property, also one that takes an ARN, which stays.
 */
function possibleDetails(
  schema: ResourceTypeSchema | undefined,
  resource: Resource,
  target: Deployment,
  modified: Modified,
  known: readonly ChangeDetail[],
): ChangeDetail[] {
  if (modified.size === 0) return [];
  return Object.entries(resource.Properties ?? {}).flatMap(([name, value]) =>
    known.some((detail) => detail.name === name)
      ? []
      : references(value, target.evaluation.conditions)
          .filter((reference) =>
            reference.attribute === undefined ? modified.get(reference.name)?.mayBeReplaced : modified.has(reference.name),
          )
          .map((reference): ChangeDetail => ({
            attribute: "Properties",
            name,
            recreation: recreationBy(schema, name),
            evaluation: "Dynamic",
            ...(reference.attribute === undefined
              ? { source: "ResourceReference", cause: reference.name }
              : { source: "ResourceAttribute", cause: `${reference.name}.${reference.attribute}` }),
            possible: true,
          })),
  );
}

/** A resource on which an earlier operation stood still: it is tried again with nothing changed. */
function retry({ logicalId, type, physicalId }: StackResource): ResourceChange {
  return { action: "Modify", logicalId, physicalId, type, replacement: "Conditional", scope: [], details: [] };
}

function propertyDetails(
  { target, previous, unknown, anew }: ChangesInput,
  { name, path, change, replacement: recreation }: PropertyDifference,
  oldResource: Resource | undefined,
  newResource: Resource,
  modified: Modified,
): ChangeDetail[] {
  const oldText = JSON.stringify(oldResource?.Properties?.[name]);
  const newText = JSON.stringify(newResource.Properties?.[name]);
  const direct = oldText !== newText;
  const base = { name, path, change, recreation };
  if (!direct && name === "Tags" && stackTagsDiffer(previous, target)) {
    return [{ ...base, attribute: "Tags", evaluation: "Static", source: "DirectModification" }];
  }
  const causes: ChangeDetail[] = [];
  for (const { name: referred, attribute } of references(newResource.Properties?.[name], target.evaluation.conditions)) {
    const ofResource = {
      ...base,
      attribute: "Properties" as const,
      evaluation: anew.has(referred) ? ("Static" as const) : ("Dynamic" as const),
    };
    if (parameterChanged(previous, target, referred)) {
      causes.push({ ...base, attribute: "Properties", evaluation: "Static", source: "ParameterReference", cause: referred });
    } else if (unknown.has(referred) || (attribute !== undefined && modified.has(referred))) {
      causes.push(
        attribute === undefined
          ? { ...ofResource, source: "ResourceReference", cause: referred }
          : { ...ofResource, source: "ResourceAttribute", cause: `${referred}.${attribute}` },
      );
    }
  }
  const isStatic = direct && causes.every(({ evaluation }) => evaluation === "Static");
  const byParameter = causes.some(({ source }) => source === "ParameterReference");
  if (direct || byParameter || causes.length === 0) {
    causes.push({
      ...base,
      attribute: "Properties",
      evaluation: isStatic || causes.length === 0 ? "Static" : "Dynamic",
      source: "DirectModification",
    });
  }
  return causes.filter((one, index) => causes.findIndex((other) => other.source === one.source && other.cause === one.cause) === index);
}

function stackTagsDiffer(previous: Deployment | undefined, target: Deployment): boolean {
  return JSON.stringify(previous?.model.tags) !== JSON.stringify(target.model.tags);
}

/** Whether another value was given. AWS does not name a Systems Manager parameter that holds another value than before as the source. */
function parameterChanged(previous: Deployment | undefined, target: Deployment, name: string): boolean {
  if (!Object.hasOwn(target.model.parameters, name)) return false;
  return previous?.model.parameters[name]?.given !== target.model.parameters[name]!.given;
}

const attributes = ["CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"] as const;

function attributeDetails(before: Resource | undefined, after: Resource): ChangeDetail[] {
  return attributes
    .filter((attribute) => JSON.stringify(before?.[attribute]) !== JSON.stringify(after[attribute]))
    .map((attribute) => ({ attribute, recreation: "Never", evaluation: "Static", source: "DirectModification" }));
}

/** Values as they may be shown, at the place that differs. */
function shownValues({ path }: PropertyDifference, before: object, after: object): Pick<ChangeDetail, "before" | "after"> {
  const at = (root: object) => {
    let value: unknown = root;
    for (const key of path.split("/").slice(1))
      value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
  };
  const [old, next] = [at(before), at(after)];
  return { ...(old === undefined ? {} : { before: old }), ...(next === undefined ? {} : { after: next }) };
}
