/** The user's changes to what is generated. */
import type { Resource } from "@plinth/cloudformation";
import type { Origin } from "./origin.ts";

/** Applies the user's `override` of this part. */
export function overridden(resource: Resource, { override, part }: Origin & { part?: string }): Resource {
  if (part === undefined || typeof override !== "object" || override === null) return withoutUndefined(resource);
  const change: unknown = (override as Record<string, unknown>)[part];
  if (typeof change !== "function") return withoutUndefined(resource);
  return withoutUndefined({ ...resource, Properties: change(resource.Properties ?? {}) as Record<string, unknown> });
}

/** Properties that are `undefined` are left out, at any depth. Every value of every template comes through here: no lists of entries are made. */
function withoutUndefined<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutUndefined(item)) as T;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) result[key] = withoutUndefined(member);
  }
  return result as T;
}
