/** A resource's properties against AWS's published schema: what is wrong with them, and their values in the schema's own types. */
import type { PropertySchema, PropertyType, ResourceTypeSchema } from "./resource-types/index.ts";
import { asFunction } from "./walk.ts";

export interface PropertyProblem {
  /** As `#/ContainerDefinitions/0/Image`. */
  path: string;
  /** As CloudFormation says it: `extraneous key [Foo] is not permitted`. */
  message: string;
}

/**
 * What the schema does not allow; empty when all is well. Values that are functions still (a template before it is
 * evaluated) and strings with dynamic references are taken on trust.
 */
export function validateProperties(schema: ResourceTypeSchema, properties: Readonly<Record<string, unknown>>): PropertyProblem[] {
  const problems: PropertyProblem[] = [];
  checkStructure(schema, schema.properties, properties, "#", problems);
  return problems;
}

/**
 * The same properties in the schema's types, as CloudFormation hands them to a resource: `"80"` becomes 80 where a number
 * is wanted, 80 becomes `"80"` where text is, `"true"` becomes true. What does not fit stays as it is.
 */
export function coerceProperties(schema: ResourceTypeSchema, properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return coerceStructure(schema, schema.properties, properties);
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isTrusted = (value: unknown) => asFunction(value) !== undefined || (typeof value === "string" && value.includes("{{resolve:"));

function checkStructure(
  schema: ResourceTypeSchema,
  declared: Record<string, PropertySchema>,
  value: Record<string, unknown>,
  path: string,
  problems: PropertyProblem[],
): void {
  for (const [key, property] of Object.entries(declared)) {
    if (property.required && (value[key] === undefined || value[key] === null))
      problems.push({ path, message: `required key [${key}] not found` });
  }
  for (const [key, item] of Object.entries(value)) {
    if (!Object.hasOwn(declared, key)) {
      problems.push({ path, message: `extraneous key [${key}] is not permitted` });
      continue;
    }
    const property = declared[key]!;
    const at = `${path}/${key}`;
    const before = problems.length;
    checkValue(schema, property.type, item, at, problems);
    if (problems.length === before && !isTrusted(item)) checkBounds(property, item, at, problems);
  }
}

function checkValue(schema: ResourceTypeSchema, type: PropertyType, value: unknown, path: string, problems: PropertyProblem[]): void {
  if (isTrusted(value) || type === "json") return;
  const expected = (name: string) => problems.push({ path, message: `expected type: ${name}, found: ${nameOf(value)}` });
  if (type === "string" || type === "date-time") {
    if (typeof value === "object") expected("String");
  } else if (type === "number" || type === "integer") {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) expected("Number");
    else if (type === "integer" && !Number.isInteger(number)) expected("Integer");
  } else if (type === "boolean") {
    if (typeof value !== "boolean" && value !== "true" && value !== "false") expected("Boolean");
  } else if ("list" in type) {
    if (!Array.isArray(value)) expected("JSONArray");
    else value.forEach((item, index) => checkValue(schema, type.list, item, `${path}/${index}`, problems));
  } else if ("map" in type) {
    if (!isMap(value)) expected("JSONObject");
    else for (const [key, item] of Object.entries(value)) checkValue(schema, type.map, item, `${path}/${key}`, problems);
  } else if ("ref" in type) {
    const structure = schema.definitions[type.ref];
    if (!structure) return;
    if (!isMap(value)) expected("JSONObject");
    else checkStructure(schema, structure, value, path, problems);
  } else {
    const attempts = type.union.map((one) => {
      const found: PropertyProblem[] = [];
      checkValue(schema, one, value, path, found);
      return found;
    });
    if (attempts.every((found) => found.length > 0)) problems.push(...attempts[0]!);
  }
}

function checkBounds(property: PropertySchema, value: unknown, path: string, problems: PropertyProblem[]): void {
  const fail = (message: string) => problems.push({ path, message });
  if (property.type === "string" && typeof value !== "object") {
    const text = String(value);
    if (property.values && !property.values.includes(text)) fail(`${text} is not a valid enum value`);
    if (property.minLength !== undefined && text.length < property.minLength)
      fail(`expected minLength: ${property.minLength}, actual: ${text.length}`);
    if (property.maxLength !== undefined && text.length > property.maxLength)
      fail(`expected maxLength: ${property.maxLength}, actual: ${text.length}`);
    if (property.pattern !== undefined && !matches(property.pattern, text)) fail(`failed validation constraint for keyword [pattern]`);
  }
  if ((property.type === "integer" || property.type === "number") && typeof value !== "object") {
    const number = Number(value);
    if (property.minimum !== undefined && number < property.minimum) fail(`${number} is not greater or equal to ${property.minimum}`);
    if (property.maximum !== undefined && number > property.maximum) fail(`${number} is not less or equal to ${property.maximum}`);
  }
}

/** Published patterns are ECMA 262's, but some were written for Java: one that does not compile here checks nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return true;
  }
}

function nameOf(value: unknown): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "JSONArray";
  if (typeof value === "object") return "JSONObject";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Double";
  return typeof value === "boolean" ? "Boolean" : "String";
}

function coerceStructure(
  schema: ResourceTypeSchema,
  declared: Record<string, PropertySchema>,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = Object.entries(value).map(
    ([key, item]) => [key, Object.hasOwn(declared, key) ? coerceValue(schema, declared[key]!.type, item) : item] as const,
  );
  return Object.fromEntries(entries);
}

function coerceValue(schema: ResourceTypeSchema, type: PropertyType, value: unknown): unknown {
  if (type === "string" || type === "date-time") return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (type === "number" || type === "integer")
    return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
  if (type === "boolean") return value === "true" ? true : value === "false" ? false : value;
  if (type === "json") return value;
  if ("list" in type) return Array.isArray(value) ? value.map((item) => coerceValue(schema, type.list, item)) : value;
  if ("map" in type)
    return isMap(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coerceValue(schema, type.map, item)]))
      : value;
  if ("ref" in type) {
    const structure = schema.definitions[type.ref];
    return structure && isMap(value) ? coerceStructure(schema, structure, value) : value;
  }
  const fitting = type.union.find((one) => {
    const problems: PropertyProblem[] = [];
    checkValue(schema, one, value, "#", problems);
    return problems.length === 0;
  });
  return fitting === undefined ? value : coerceValue(schema, fitting, value);
}
