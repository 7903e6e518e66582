/** The tags that a resource gets besides its own: the stack's, and CloudFormation's three. */
import type { ResourceTypeSchema } from "@plinth/cloudformation/resource-types";
import type { Stack, StackTag } from "./stack.ts";

/** A type's own tags win over the stack's; nobody's win over CloudFormation's. */
export function resourceTags(stack: Pick<Stack, "id" | "name">, tags: readonly StackTag[], logicalId: string): Record<string, string> {
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    "aws:cloudformation:stack-name": stack.name,
    "aws:cloudformation:stack-id": stack.id,
    "aws:cloudformation:logical-id": logicalId,
  };
}

/** Properties with `tags` merged into the type's tag property, where it has one: `Tags` as a list of keys and values, or as a map. */
export function mergeTags(
  schema: ResourceTypeSchema | undefined,
  properties: Readonly<Record<string, unknown>>,
  tags: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const type = schema?.properties.Tags?.type;
  if (!schema || typeof type !== "object") return { ...properties };
  if ("map" in type) return { ...properties, Tags: { ...tags, ...(properties.Tags as object | undefined) } };
  if (!("list" in type) || typeof type.list !== "object" || !("ref" in type.list) || !isTag(schema, type.list.ref))
    return { ...properties };
  const own = Array.isArray(properties.Tags) ? (properties.Tags as { Key?: string }[]) : [];
  const kept = Object.entries(tags).filter(([key]) => !own.some(({ Key }) => Key === key));
  return { ...properties, Tags: [...own, ...kept.map(([Key, Value]) => ({ Key, Value }))] };
}

function isTag(schema: ResourceTypeSchema, name: string): boolean {
  const definition = schema.definitions[name];
  return definition?.Key !== undefined && definition.Value !== undefined;
}
