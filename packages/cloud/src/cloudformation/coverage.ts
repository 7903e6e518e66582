/** Whether a resource's properties are what AWS's schema allows and what this cloud serves. */
import { coerceProperties, validateProperties } from "@plinth/cloudformation";
import { resourceTypeSchema, type ResourceTypeSchema } from "@plinth/cloudformation/resource-types";
import type { ResourceHandler } from "../resource.ts";

/** A handler of any type: what it takes was checked against the type's schema. */
export type AnyHandler = ResourceHandler<Record<string, unknown>>;

export interface PropertyFault {
  /** As `#/Tags/0/Key`. */
  path: string;
  message: string;
}

/** What is wrong with a resource's properties, before anything is made. Functions and dynamic references are taken on trust. */
export function propertyFaults(type: string, handler: AnyHandler, properties: Readonly<Record<string, unknown>>): PropertyFault[] {
  const schema = resourceTypeSchema(type);
  if (!schema) return [];
  const faults = validateProperties(schema, coerceProperties(schema, properties));
  return [...faults, ...uncovered(schema, handler, properties)];
}

/** As the reason of a failed resource, and of a refused template. */
export function faultMessage(logicalId: string, faults: readonly PropertyFault[]): string {
  return `Properties validation failed for resource ${logicalId} with message:\n${faults.map(({ path, message }) => `${path}: ${message}`).join("\n")}`;
}

function uncovered(schema: ResourceTypeSchema, handler: AnyHandler, properties: Readonly<Record<string, unknown>>): PropertyFault[] {
  const { real, recorded = [], refused = {} } = handler.coverage;
  const served = new Set<string>([...real, ...recorded]);
  const reasons = refused as Readonly<Record<string, string | undefined>>;
  const faults: PropertyFault[] = [];

  /** `inherited`: what is said of the nearest declared part above. */
  const visit = (value: unknown, name: string, path: string, inherited: "served" | "unknown"): void => {
    if (Array.isArray(value)) return value.forEach((item, index) => visit(item, name, `${path}/${index}`, inherited));
    const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined;
    if (reason !== undefined) {
      faults.push({ path, message: `the embedded cloud refuses this property: ${reason}` });
      return;
    }
    const standing = served.has(name) ? "served" : inherited;
    const below = [...served, ...Object.keys(reasons)].filter((one) => one.startsWith(`${name}.`));
    if (standing === "unknown" && below.length === 0) {
      faults.push({ path, message: "the embedded cloud does not serve this property of the type" });
      return;
    }
    if (below.length === 0 || typeof value !== "object" || value === null) return;
    for (const [key, item] of Object.entries(value)) visit(item, `${name}.${key}`, `${path}/${key}`, standing);
  };

  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined && Object.hasOwn(schema.properties, name)) visit(value, name, `#/${name}`, "unknown");
  }
  return faults;
}
