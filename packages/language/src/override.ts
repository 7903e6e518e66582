/** The way to change what is generated, by part: one word makes several resources. */
import type { ResourceType } from "@plinth/cloudformation/resource-types";
import type { TypedResource } from "@plinth/cloudformation";

/** The properties of a generated resource, as they stand in the template. */
export type Properties<T extends ResourceType> = NonNullable<TypedResource<T>["Properties"]>;

/**
 * For each part, a function from the generated properties to those that stand in the template:
 * `override: { TaskDefinition: (p) => ({ ...p, PidMode: "task" }) }`.
 */
export type Override<Parts extends Record<string, ResourceType>> = {
  readonly [P in keyof Parts]?: (properties: Properties<Parts[P]>) => Properties<Parts[P]>;
};
