/** Writes `src/resource-types/generated/`: schemas and TypeScript properties of the types in use, from AWS's published specification. */
import { mkdirSync, writeFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { PropertySchema, PropertyType, ResourceTypeSchema } from "../src/resource-types/schema.ts";
import { resourceTypesInUse } from "../src/resource-types/in-use.ts";

/** A folder given on the command line instead is for comparing. */
const target = process.argv[2]
  ? pathToFileURL(`${resolve(process.argv[2])}/`)
  : new URL("../src/resource-types/generated/", import.meta.url);
const db = loadAwsServiceSpecSync();
// oxlint-disable-next-line typescript/no-explicit-any
type Spec = Record<string, any>; // the specification's own types are internal to its package

const tag: Record<string, PropertySchema> = { Key: { type: "string", required: true }, Value: { type: "string", required: true } };

function typeOf(spec: Spec, names: Map<string, string>): PropertyType {
  switch (spec.type) {
    case "string":
    case "number":
    case "integer":
    case "boolean":
    case "json":
    case "date-time":
      return spec.type;
    case "array":
      return { list: typeOf(spec.element, names) };
    case "map":
      return { map: typeOf(spec.element, names) };
    case "tag":
      return { ref: "Tag" };
    case "ref":
      return { ref: names.get(spec.reference.$ref) ?? "json" };
    case "union":
      return { union: spec.types.map((one: Spec) => typeOf(one, names)) };
    default:
      return "json";
  }
}

function propertyOf(spec: Spec, names: Map<string, string>): PropertySchema {
  const type = typeOf(spec.type, names);
  const schema: PropertySchema = { type };
  if (spec.required) schema.required = true;
  if (spec.causesReplacement === "yes" || spec.causesReplacement === "maybe") schema.replacement = spec.causesReplacement;
  const limits = spec.type;
  if (limits.allowedValues) schema.values = limits.allowedValues;
  if (limits.pattern) schema.pattern = limits.pattern;
  if (typeof limits.minimum === "number") schema.minimum = limits.minimum;
  if (typeof limits.maximum === "number") schema.maximum = limits.maximum;
  if (typeof limits.minLength === "number") schema.minLength = limits.minLength;
  if (typeof limits.maxLength === "number") schema.maxLength = limits.maxLength;
  return schema;
}

const mentionsTag = (value: unknown) => JSON.stringify(value).includes('{"ref":"Tag"}');

function schemaOf(cloudFormationType: string): ResourceTypeSchema {
  const resource = db.lookup("resource", "cloudFormationType", "equals", cloudFormationType)[0] as Spec | undefined;
  if (!resource) throw new Error(`AWS's specification has no ${cloudFormationType}`);
  const structures = db.follow("usesType", resource as never).map(({ entity }) => entity as Spec);
  const names = new Map<string, string>();
  for (const structure of structures) {
    let name = structure.name as string;
    while ([...names.values()].includes(name)) name += "_";
    names.set(structure.$id, name);
  }
  const convert = (properties: Spec) =>
    Object.fromEntries(
      Object.keys(properties)
        .sort()
        .map((key) => [key, propertyOf(properties[key], names)]),
    );
  const definitions = Object.fromEntries(
    structures.map((structure) => [names.get(structure.$id)!, convert(structure.properties)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const properties = convert(resource.properties);
  if ((mentionsTag(properties) || mentionsTag(definitions)) && !definitions.Tag) definitions.Tag = tag;
  return {
    type: cloudFormationType,
    properties,
    definitions,
    attributes: Object.keys(resource.attributes).sort(),
    primaryIdentifier: resource.primaryIdentifier ?? [],
    stateful: Boolean(resource.isStateful),
  };
}

function typescriptOf(type: PropertyType, prefix: string): string {
  if (type === "json") return "Json";
  if (type === "integer") return "number";
  if (type === "date-time") return "string";
  if (typeof type === "string") return type;
  if ("list" in type) return `Array<${typescriptOf(type.list, prefix)}>`;
  if ("map" in type) return `Record<string, ${typescriptOf(type.map, prefix)}>`;
  if ("ref" in type) return type.ref === "json" ? "Json" : prefix + type.ref;
  return type.union.map((one) => typescriptOf(one, prefix)).join(" | ");
}

const identifier = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

function fileOf(schema: ResourceTypeSchema): string {
  const prefix = schema.type.split("::").slice(1).join("");
  const body = (properties: Record<string, PropertySchema>) =>
    Object.entries(properties)
      .map(([key, one]) => {
        const values =
          one.values && one.type === "string"
            ? one.values.map((value) => JSON.stringify(value)).join(" | ") + " | (string & {})"
            : undefined;
        return `  ${identifier(key)}${one.required ? "" : "?"}: ${values ?? typescriptOf(one.type, prefix)};`;
      })
      .join("\n");
  const needsJson = JSON.stringify(schema).includes('"json"');
  return [
    `/** Properties of ${schema.type}. Generated by scripts/generate-resource-types.ts; do not edit. */`,
    ...(needsJson ? ['import type { Json } from "../json.ts";', ""] : []),
    `export interface ${prefix} {\n${body(schema.properties)}\n}`,
    ...Object.entries(schema.definitions).map(([name, properties]) => `\nexport interface ${prefix}${name} {\n${body(properties)}\n}`),
    "",
  ].join("\n");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const all = resourceTypesInUse.map((type) => schemaOf(type));
for (const one of all) writeFileSync(new URL(`${one.type.replaceAll("::", "-")}.ts`, target), fileOf(one));
writeFileSync(
  new URL("schemas.json", target),
  `{\n${all.map((schema) => `${JSON.stringify(schema.type)}: ${JSON.stringify(schema)}`).join(",\n")}\n}\n`,
);
writeFileSync(
  new URL("index.ts", target),
  [
    "/** The properties of every resource type in use, by type. Generated by scripts/generate-resource-types.ts; do not edit. */",
    ...all.map(
      (schema) => `import type { ${schema.type.split("::").slice(1).join("")} } from "./${schema.type.replaceAll("::", "-")}.ts";`,
    ),
    "",
    "export interface ResourceProperties {",
    ...all.map((schema) => `  "${schema.type}": ${schema.type.split("::").slice(1).join("")};`),
    "}",
    "",
  ].join("\n"),
);
