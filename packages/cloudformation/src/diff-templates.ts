/** What an update from one template to another would do, without evaluating either: for plans made before anything is known. */
import { dependencies, inOrder } from "./dependencies.ts";
import { declaredPolicy } from "./deletion-policy.ts";
import { diffProperties, type PropertyDifference, type RequiresReplacement, sameValue } from "./diff-properties.ts";
import { interruptionOf } from "./interruptions.ts";
import { resourceTypeSchema } from "./resource-types/index.ts";
import type { DeletionPolicy, Template } from "./template.ts";
import { references } from "./walk.ts";

export interface ChangedProperty extends PropertyDifference {
  /** Why it will be another although its text is the same. */
  cause?: { parameter: string } | { resource: string };
  /** What stands still meanwhile, where it is changed in place and AWS documents an interruption. */
  interruption?: string;
}

export interface ResourceDifference {
  logicalId: string;
  type: string;
  /**
   * `replace`: it certainly becomes a new one. `perhaps-replace`: AWS decides by the values. `metadata`: only what
   * CloudFormation keeps for itself changes (a policy, DependsOn, Metadata).
   */
  action: "create" | "update" | "replace" | "perhaps-replace" | "delete" | "metadata";
  properties: ChangedProperty[];
  /** What happens to what is there, where it is deleted or replaced. */
  policy?: DeletionPolicy;
}

/**
 * The resources that differ, in the order in which an update would come to them; deletions last.
 * @param before the deployed template, or `undefined` where there is no stack.
 * @param changedParameters names of parameters whose values will be others: what refers to them changes with them.
 */
export function diffTemplates(
  before: Template | undefined,
  after: Template,
  changedParameters: ReadonlySet<string> = new Set(),
): ResourceDifference[] {
  const differences = new Map<string, ResourceDifference>();
  const old = before?.Resources ?? {};
  for (const logicalId of inOrder(dependencies(after))) {
    const next = after.Resources[logicalId]!;
    const previous = Object.hasOwn(old, logicalId) ? old[logicalId] : undefined;
    if (!previous) {
      differences.set(logicalId, { logicalId, type: next.Type, action: "create", properties: [] });
      continue;
    }
    if (previous.Type !== next.Type) {
      differences.set(logicalId, {
        logicalId,
        type: next.Type,
        action: "replace",
        properties: [],
        policy: declaredPolicy(previous, "UpdateReplacePolicy"),
      });
      continue;
    }
    const schema = resourceTypeSchema(next.Type);
    const properties: ResourceDifference["properties"] = diffProperties(schema, previous.Properties ?? {}, next.Properties ?? {});
    for (const [name, value] of Object.entries(next.Properties ?? {})) {
      if (properties.some((one) => one.name === name)) continue;
      const cause = causeOf(value, changedParameters, differences);
      if (!cause) continue;
      const effect = schema?.properties[name]?.replacement;
      const replacement: RequiresReplacement =
        effect === undefined
          ? schema
            ? "Never"
            : "Conditionally"
          : effect === "yes" && !("perhaps" in cause)
            ? "Always"
            : "Conditionally";
      properties.push({ name, path: `/Properties/${name}`, change: "Modify", replacement, before: value, after: value, cause: cause.by });
    }
    for (const property of properties) {
      const interruption =
        property.replacement === "Always" ? undefined : interruptionOf(next.Type, property.name, property.before, property.after);
      if (!interruption) continue;
      property.interruption = interruption.reason;
      if (interruption.inPlace) property.replacement = "Never";
    }
    const action = actionOf(properties, previous, next);
    if (!action) continue;
    const replaces = action === "replace" || action === "perhaps-replace";
    differences.set(logicalId, {
      logicalId,
      type: next.Type,
      action,
      properties,
      ...(replaces ? { policy: declaredPolicy(previous, "UpdateReplacePolicy") } : {}),
    });
  }
  const removed = before ? inOrder(dependencies(before)).filter((logicalId) => !Object.hasOwn(after.Resources, logicalId)) : [];
  for (const logicalId of removed.toReversed()) {
    const previous = old[logicalId]!;
    differences.set(logicalId, {
      logicalId,
      type: previous.Type,
      action: "delete",
      properties: [],
      policy: declaredPolicy(previous, "DeletionPolicy"),
    });
  }
  return [...differences.values()];
}

/** Why a value will be another although its text is the same: a parameter changes, or what it names becomes a new one. */
function causeOf(
  value: unknown,
  parameters: ReadonlySet<string>,
  differences: ReadonlyMap<string, ResourceDifference>,
): { by: { parameter: string } | { resource: string }; perhaps?: true } | undefined {
  for (const { name } of references(value)) {
    if (parameters.has(name)) return { by: { parameter: name } };
    const action = differences.get(name)?.action;
    if (action === "replace") return { by: { resource: name } };
    if (action === "perhaps-replace") return { by: { resource: name }, perhaps: true };
  }
  return undefined;
}

function actionOf(
  properties: ResourceDifference["properties"],
  previous: Template["Resources"][string],
  next: Template["Resources"][string],
): ResourceDifference["action"] | undefined {
  if (properties.some(({ replacement }) => replacement === "Always")) return "replace";
  if (properties.some(({ replacement }) => replacement === "Conditionally")) return "perhaps-replace";
  if (properties.length > 0) return "update";
  const { Properties: _, ...oldRest } = previous;
  const { Properties: __, ...newRest } = next;
  return sameValue(oldRest, newRest) ? undefined : "metadata";
}
