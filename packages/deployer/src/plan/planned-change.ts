/** A difference between two templates as a plan tells it: each changed entry, old → new, what it does, and why it differs. */
import {
  asFunction,
  hidden,
  leafDifferences,
  type LeafDifference,
  references,
  shownValue,
  type ChangedProperty,
  type Resource,
  type ResourceDifference,
  type ShownContext,
  type Template,
} from "@plinth/cloudformation";

/**
 * `interrupt`: changed in place, and AWS documents that something stands still meanwhile. `revise`: a new revision is made beside those
 * that stand, as of every task definition that changes.
 */
export type PlannedAction = ResourceDifference["action"] | "interrupt" | "revise";

/** Types of which every change makes another one by design: CloudFormation calls that a replacement, and nothing is lost by it. */
const revised: ReadonlySet<string> = new Set(["AWS::ECS::TaskDefinition"]);

export interface PlannedDifference {
  /** Where, as `DBInstanceClass`, `ContainerDefinitions/web/Image` or `DeletionPolicy`. */
  path: string;
  /** As people read it; absent when it was added. Of a secret its name and version, never its value. */
  before?: string;
  /** Absent when it is removed. */
  after?: string;
  /** Whether all of `after` is known before the deploy. */
  known: boolean;
  effect: "in place" | "interrupts" | "replaces" | "may replace";
  /** What stands still meanwhile, as AWS documents it. */
  interruption?: string;
  /** Why it differs where the template says the same: what it refers to. */
  because?: string;
}

export interface PlannedChange {
  logicalId: string;
  type: string;
  action: PlannedAction;
  /** The inventory key, and the line of the config, where the resource comes from one. */
  key?: string;
  source?: string;
  /** Names of the properties that differ; for a replacement those that cause it. */
  properties: string[];
  /** Each changed entry, old → new; none for what is made or deleted. */
  differences: PlannedDifference[];
  /** The logical id of the one that this one takes the place of. */
  replaces?: string;
}

/** `before`: the logical id of the one that a successor replaces. */
export type Difference = ResourceDifference & { before?: string };

/** What is known of the two templates: parameters by name, `undefined` for a value that is known only after the deploy. */
export interface Sides {
  before: Template | undefined;
  after: Template;
  beforeValues: ReadonlyMap<string, string | undefined>;
  afterValues: ReadonlyMap<string, string | undefined>;
  /** Those that get another value. */
  changedParameters: ReadonlySet<string>;
  /** In words, where a parameter's value comes from: `the image app`. */
  parameterSource?(name: string): string | undefined;
}

/** What changed, without where it comes from. */
export function plannedChange(difference: Difference, sides: Sides, all: readonly Difference[]): Omit<PlannedChange, "key" | "source"> {
  const { logicalId, type, action, properties, before: replaces } = difference;
  const old = sides.before?.Resources[replaces ?? logicalId];
  const next = sides.after.Resources[logicalId];
  const interrupts = action === "update" && properties.some(({ interruption }) => interruption !== undefined);
  const revises = revised.has(type) && (action === "replace" || action === "perhaps-replace") && old?.Type === next?.Type;
  const telling = action === "replace" ? properties.filter(({ replacement }) => replacement === "Always") : properties;
  return {
    logicalId,
    type,
    action: interrupts ? "interrupt" : revises ? "revise" : action,
    properties: [...new Set(telling.map(({ name }) => name))],
    differences: old && next && old.Type === next.Type ? entries(old, next, properties, sides, all, replaces !== undefined) : [],
    ...(replaces === undefined ? {} : { replaces }),
  };
}

function entries(
  old: Resource,
  next: Resource,
  properties: readonly ChangedProperty[],
  sides: Sides,
  all: readonly Difference[],
  replaced: boolean,
): PlannedDifference[] {
  const isNew = (id: string) => all.some((one) => one.logicalId === id && ["create", "replace", "perhaps-replace"].includes(one.action));
  const changes = (name: string) =>
    sides.changedParameters.has(name) ||
    all.some(({ logicalId, action }) => logicalId === name && (action === "replace" || action === "perhaps-replace"));
  const contextOf = (template: Template | undefined, values: Sides["beforeValues"], fresh: (id: string) => boolean): ShownContext => ({
    parameter: (name) => (isHidden(template, name) ? hidden : (values.get(name) ?? defaultOf(template, name, values))),
    isParameter: (name) => Object.hasOwn(template?.Parameters ?? {}, name),
    isNew: fresh,
  });
  const shownBefore = contextOf(sides.before, sides.beforeValues, () => false);
  const shownAfter = contextOf(sides.after, sides.afterValues, isNew);
  const found: PlannedDifference[] = [];
  for (const name of new Set(properties.map((one) => one.name))) {
    const same = properties.filter((one) => one.name === name);
    const effect = effectOf(next.Type, same, replaced);
    const interruption = same.find((one) => one.interruption !== undefined)?.interruption;
    const value = next.Properties?.[name];
    const literal: readonly LeafDifference[] = leafDifferences(old.Properties?.[name], value);
    const referring = leavesNaming(value, changes).filter(({ path }) => !literal.some((one) => one.path === path));
    const leaves: readonly (LeafDifference & { by?: string })[] = [...literal, ...referring];
    for (const leaf of leaves) {
      const path = `${name}${leaf.path}`;
      const called = nameAt(path);
      const before = "before" in leaf ? shownValue(leaf.before, called, shownBefore) : undefined;
      const after = "after" in leaf ? shownValue(leaf.after, called, shownAfter) : undefined;
      found.push({
        path,
        ...(before ? { before: before.text } : {}),
        ...(after ? { after: after.text } : {}),
        known: after?.known ?? true,
        effect,
        ...(interruption !== undefined && effect === "interrupts" ? { interruption } : {}),
        ...(leaf.by === undefined ? {} : { because: inWords(leaf.by, sides, all) }),
      });
    }
  }
  const { Properties: _, Type: __, ...oldRest } = old;
  const { Properties: ___, Type: ____, ...nextRest } = next;
  for (const { path, ...leaf } of leafDifferences(oldRest, nextRest)) {
    if (path.startsWith("/Metadata/plinth:")) continue; // our own marks
    const text = (value: unknown) => shownValue(value, nameAt(path), shownAfter).text;
    found.push({
      path: path.slice(1),
      ...("before" in leaf ? { before: text(leaf.before) } : {}),
      ...("after" in leaf ? { after: text(leaf.after) } : {}),
      known: true,
      effect: "in place",
    });
  }
  return found;
}

function effectOf(type: string, properties: readonly ChangedProperty[], replaced: boolean): PlannedDifference["effect"] {
  if (revised.has(type)) return "in place";
  if (properties.some(({ replacement }) => replacement === "Always")) return "replaces";
  if (replaced) return "in place"; // a successor says all of its causes
  if (properties.some(({ replacement }) => replacement === "Conditionally")) return "may replace";
  return properties.some(({ interruption }) => interruption !== undefined) ? "interrupts" : "in place";
}

/** The entries of a value that name something that changes: their text is the same on both sides, what it stands for is not. */
function leavesNaming(
  value: unknown,
  changes: (name: string) => boolean,
  path = "",
): { path: string; before: unknown; after: unknown; by: string }[] {
  const by = references(value).find(({ name }) => changes(name))?.name;
  if (by === undefined) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const called = (item as { Name?: unknown } | null)?.Name;
      return leavesNaming(item, changes, `${path}/${typeof called === "string" ? called : index}`);
    });
  }
  if (typeof value === "object" && value !== null && !asFunction(value))
    return Object.entries(value).flatMap(([key, item]) => leavesNaming(item, changes, `${path}/${key}`));
  return [{ path, before: value, after: value, by }];
}

/** What the entry is called: of `Environment/API_KEY/Value` it is the variable. */
function nameAt(path: string): string {
  const parts = path.split("/");
  const last = parts.at(-1)!;
  return last === "Value" && parts.length > 1 ? parts.at(-2)! : last;
}

function inWords(name: string, { parameterSource, changedParameters }: Sides, all: readonly Difference[]): string {
  if (changedParameters.has(name)) return parameterSource?.(name) ?? `the parameter ${name}`;
  const { type, action } = all.find(({ logicalId }) => logicalId === name) ?? {};
  if (type !== undefined && revised.has(type)) return `a new revision of ${name}`;
  return action === "replace" ? `the new ${name}` : `${name}, which may be replaced`;
}

const isHidden = (template: Template | undefined, name: string) => String(template?.Parameters?.[name]?.NoEcho) === "true";

function defaultOf(template: Template | undefined, name: string, values: ReadonlyMap<string, string | undefined>): string | undefined {
  if (values.has(name)) return undefined;
  const value = template?.Parameters?.[name]?.Default;
  return value === undefined ? undefined : String(value);
}
