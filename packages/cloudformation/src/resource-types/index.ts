/** The resource types in use: their published schemas, and their properties as TypeScript types. */
import { readFileSync } from "node:fs";
import type { ResourceProperties } from "./generated/index.ts";
import type { ResourceTypeSchema } from "./schema.ts";

export type { ResourceProperties } from "./generated/index.ts";
export type { Json } from "./json.ts";
export type { PropertySchema, PropertyType, ResourceTypeSchema } from "./schema.ts";
export { resourceTypesInUse } from "./in-use.ts";

/** The name of a resource type in use, as `AWS::RDS::DBInstance`. */
export type ResourceType = keyof ResourceProperties;

let schemas: Record<string, ResourceTypeSchema> | undefined;

/** The published schema of a type, or `undefined` for one that is not in use here. Read from disk at the first call. */
export function resourceTypeSchema(type: string): ResourceTypeSchema | undefined {
  schemas ??= JSON.parse(readFileSync(new URL("./generated/schemas.json", import.meta.url), "utf8")) as Record<string, ResourceTypeSchema>;
  return Object.hasOwn(schemas, type) ? schemas[type] : undefined;
}
