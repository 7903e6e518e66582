/** A resource type's schema in the form of CloudFormation's registry (JSON schema), from the compact one that is kept here. */
import type { PropertySchema, PropertyType, ResourceTypeSchema } from "@plinth/cloudformation/resource-types";

type Node = Record<string, unknown>;

/** Without descriptions, handlers and tagging, which are not kept. */
export function registrySchema({ type, properties, definitions, attributes, primaryIdentifier }: ResourceTypeSchema): Node {
  const readOnly = attributes.filter((name) => !Object.hasOwn(properties, name));
  const named = Object.entries(properties);
  const withReplacement = (wanted: PropertySchema["replacement"]) =>
    named.filter(([, { replacement }]) => replacement === wanted).map(([name]) => pointer(name));
  return {
    typeName: type,
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, members]) => [name, { type: "object", ...structure(members) }]),
    ),
    ...structure(properties),
    readOnlyProperties: readOnly.map(pointer),
    createOnlyProperties: withReplacement("yes"),
    conditionalCreateOnlyProperties: withReplacement("maybe"),
    primaryIdentifier: primaryIdentifier.map(pointer),
  };
}

const pointer = (name: string) => `/properties/${name.replaceAll(".", "/")}`;

function structure(members: Record<string, PropertySchema>): Node {
  const required = Object.entries(members).flatMap(([name, member]) => (member.required ? [name] : []));
  return {
    properties: Object.fromEntries(Object.entries(members).map(([name, member]) => [name, property(member)])),
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

function property({ type, values, required: _required, replacement: _replacement, ...bounds }: PropertySchema): Node {
  return { ...nodeOf(type), ...(values && { enum: values }), ...bounds };
}

function nodeOf(type: PropertyType): Node {
  if (type === "json") return { type: ["object", "string"] };
  if (type === "date-time") return { type: "string", format: "date-time" };
  if (typeof type === "string") return { type };
  if ("list" in type) return { type: "array", items: nodeOf(type.list) };
  if ("map" in type) return { type: "object", patternProperties: { ".*": nodeOf(type.map) }, additionalProperties: false };
  if ("ref" in type) return { $ref: `#/definitions/${type.ref}` };
  return { anyOf: type.union.map(nodeOf) };
}
