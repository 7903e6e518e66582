/** The difference between two states of a resource's properties, and what each change does to the resource. */
import type { PropertySchema, PropertyType, ResourceTypeSchema } from "./resource-types/index.ts";

/** As DescribeChangeSet says it of a property. */
export type RequiresReplacement = "Always" | "Conditionally" | "Never";

export interface PropertyDifference {
  /** The property of the resource, as `Tags`. */
  name: string;
  /** Where in it, as `/Properties/Tags/0/Value`. */
  path: string;
  change: "Add" | "Modify" | "Remove";
  replacement: RequiresReplacement;
  /** Absent when it was added. */
  before?: unknown;
  /** Absent when it was removed. */
  after?: unknown;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether two values of a template mean the same: maps regardless of order, `80` and `"80"` alike (CloudFormation passes text). */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" && typeof b !== "object") return a !== undefined && b !== undefined && String(a) === String(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]));
}

/**
 * Every place in which two states of properties differ, deepest first apart: a changed item of a list of the same length is
 * named itself, a list whose length changed as a whole. Without a schema every change replaces only perhaps.
 */
export function diffProperties(
  schema: ResourceTypeSchema | undefined,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): PropertyDifference[] {
  const differences: PropertyDifference[] = [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  for (const name of names) {
    const property = propertyOf(schema, name);
    compare(schema, property?.type, before[name], after[name], name, `/Properties/${name}`, recreationBy(schema, name), differences);
  }
  return differences;
}

const propertyOf = (schema: ResourceTypeSchema | undefined, name: string) =>
  schema && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;

/** What a change of the property as a whole does to its resource. */
export const recreationBy = (schema: ResourceTypeSchema | undefined, name: string): RequiresReplacement =>
  effectOf(propertyOf(schema, name), schema ? "Never" : "Conditionally");

function effectOf(property: PropertySchema | undefined, otherwise: RequiresReplacement): RequiresReplacement {
  if (property?.replacement === "yes") return "Always";
  return property?.replacement === "maybe" ? "Conditionally" : otherwise;
}

function compare(
  schema: ResourceTypeSchema | undefined,
  type: PropertyType | undefined,
  before: unknown,
  after: unknown,
  name: string,
  path: string,
  replacement: RequiresReplacement,
  differences: PropertyDifference[],
): void {
  if (sameValue(before, after)) return;
  const structure = typeof type === "object" && "ref" in type ? schema?.definitions[type.ref] : undefined;
  if (isMap(before) && isMap(after) && structure) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = Object.hasOwn(structure, key) ? structure[key] : undefined;
      const effect = replacement === "Always" ? replacement : effectOf(inner, replacement);
      compare(schema, inner?.type, before[key], after[key], name, `${path}/${key}`, effect, differences);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    const item = typeof type === "object" && "list" in type ? type.list : undefined;
    before.forEach((one, index) => compare(schema, item, one, after[index], name, `${path}/${index}`, replacement, differences));
    return;
  }
  differences.push({
    name,
    path,
    change: before === undefined ? "Add" : after === undefined ? "Remove" : "Modify",
    replacement,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
}
