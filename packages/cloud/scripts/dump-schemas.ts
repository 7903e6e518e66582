/**
 * Writes `src/wire/generated/<service>.json` from the schemas that AWS's JavaScript clients publish: every operation of every
 * service, trimmed to what the wire layer reads. Run it after changing a client's version: `node scripts/dump-schemas.ts [FOLDER]`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { MemberRecord, ModelRecord, ShapeRecord, Target, Traits } from "../src/wire/model-record.ts";
import { wireServices } from "../src/wire/services.ts";

const require = createRequire(import.meta.url);
const folder = process.argv[2] ?? join(import.meta.dirname, "../src/wire/generated");

/** Kinds of schema tuples and the numbers that stand for scalars, as `@smithy/types` defines them. */
const kinds = { list: 1, map: 2, structure: 3, union: 4, error: -3, operation: 9 } as const;
const scalars = new Map<number, Target>([
  [0, "string"],
  [1, "number"],
  [2, "boolean"],
  [4, "timestamp"],
  [5, "timestamp:date-time"],
  [6, "timestamp:http-date"],
  [7, "timestamp:epoch-seconds"],
  [15, "document"],
  [21, "blob"],
  [42, "stream"],
]);
const kept = ["xmlName", "xmlFlattened", "xmlAttribute", "xmlNamespace", "httpQuery", "httpHeader", "httpPayload", "httpPrefixHeaders"];
/** Traits that come as bits of one number. */
const bits: [number, string][] = [
  [1, "httpLabel"],
  [16, "httpPayload"],
  [32, "httpResponseCode"],
  [64, "httpQueryParams"],
];

type Tuple = readonly unknown[];

function dump(client: Record<string, unknown>): ModelRecord {
  const shapes: ShapeRecord[] = [];
  const indexes = new Map<unknown, number>();
  const at = (key: unknown, make: () => ShapeRecord): number => {
    const found = indexes.get(key);
    if (found !== undefined) return found;
    const index = shapes.push(["list", "string"]) - 1; // its place is kept, for shapes that hold themselves
    indexes.set(key, index);
    shapes[index] = make();
    return index;
  };

  const target = (given: unknown): { target: Target; traits: Traits } => {
    const schema = typeof given === "function" ? given() : given;
    if (schema === "unit") return { target: at("unit", () => ["structure", "Unit", [], 0]), traits: {} };
    if (typeof schema === "number") {
      const scalar = scalars.get(schema & 63) ?? scalars.get(schema);
      if (!scalar) throw new Error(`an unknown scalar: ${schema}`);
      if (schema & 64) return { target: at(`list of ${scalar}`, () => ["list", scalar]), traits: {} };
      if (schema & 128) return { target: at(`map of ${scalar}`, () => ["map", ["key", "string"], ["value", scalar]]), traits: {} };
      return { target: scalar, traits: {} };
    }
    const tuple = schema as Tuple;
    if (tuple.length === 2) {
      const inner = target(tuple[0]);
      return { target: inner.target, traits: { ...inner.traits, ...traits(tuple[1]) } };
    }
    const [kind, , name, own] = tuple as [number, string, string, unknown];
    if (kind === 0) return { target: target(tuple[4]).target, traits: traits(own) };
    if (kind === kinds.list) return { target: at(tuple, () => ["list", ...unnamed(tuple[4])]), traits: traits(own) };
    if (kind === kinds.map) {
      return { target: at(tuple, () => ["map", member("key", tuple[4]), member("value", tuple[5])]), traits: traits(own) };
    }
    const names = (tuple[4] ?? []) as string[];
    const members = (tuple[5] ?? []) as unknown[];
    const record = (): ShapeRecord => [
      kind === kinds.union ? "union" : "structure",
      name,
      names.map((each, index) => member(each, members[index])),
      (tuple[6] as number | undefined) ?? 0,
    ];
    return { target: at(tuple, record), traits: traits(own) };
  };
  const member = (name: string, schema: unknown): MemberRecord => [name, ...unnamed(schema)];
  const unnamed = (schema: unknown): [Target] | [Target, Traits] => {
    const { target: found, traits: its } = target(schema);
    return Object.keys(its).length > 0 ? [found, its] : [found];
  };
  const shapeOf = (schema: unknown): [number, Traits] => {
    const { target: found, traits: its } = target(schema);
    return [found as number, its];
  };

  const model: ModelRecord = { operations: {}, errors: {}, shapes };
  const schemas = Object.values(client).filter((value): value is Tuple => Array.isArray(value) && typeof value[0] === "number");
  for (const tuple of schemas.toSorted((a, b) => (String(a[2]) < String(b[2]) ? -1 : 1))) {
    const [kind, namespace, name, own] = tuple as [number, string, string, { [trait: string]: unknown } | 0];
    if (kind === kinds.operation) {
      const [input] = shapeOf(tuple[4]);
      const [output, outputTraits] = shapeOf(tuple[5]);
      const http = own ? (own.http as [string, string, number] | undefined) : undefined;
      model.operations[name] = {
        ...(input !== indexes.get("unit") && { input }),
        ...(output !== indexes.get("unit") && { output }),
        ...(http && { http }),
        ...(outputTraits.xmlName !== undefined && { outputName: outputTraits.xmlName }),
      };
    } else if (kind === kinds.error && !namespace.startsWith("smithy.ts.sdk.synthetic")) {
      const query = own ? (own.awsQueryError as [string, number] | undefined) : undefined;
      const status = query?.[1] ?? (own ? (own.httpError as number | undefined) : undefined);
      const [shape] = shapeOf(tuple);
      model.errors[name] = {
        shape,
        ...(query && query[0] !== name && { code: query[0] }),
        ...(status !== undefined && { status }),
        ...(own && own.error === "server" && { fault: "server" as const }),
      };
    }
  }
  return model;
}

function traits(given: unknown): Traits {
  const result: { [trait: string]: unknown } = {};
  if (typeof given === "number") {
    for (const [bit, name] of bits) if (given & bit) result[name] = 1;
  } else if (given && typeof given === "object") {
    const all = given as { [trait: string]: unknown };
    for (const name of kept) if (all[name] !== undefined) result[name] = all[name];
    const { ec2QueryName, xmlName } = all as { ec2QueryName?: string; xmlName?: string };
    // EC2's rule for a member without the trait is its XML name, capitalised: only exceptions need saying.
    if (ec2QueryName !== undefined && ec2QueryName !== (xmlName && xmlName[0]!.toUpperCase() + xmlName.slice(1))) {
      result.ec2QueryName = ec2QueryName;
    }
  }
  return result as Traits;
}

mkdirSync(folder, { recursive: true });
for (const { id, client } of Object.values(wireServices)) {
  const model = dump(require(client) as Record<string, unknown>);
  const shapes = model.shapes.map((shape) => JSON.stringify(shape)).join(",\n");
  const entries = (of: object) =>
    Object.entries(of)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(",\n");
  writeFileSync(
    join(folder, `${id}.json`),
    `{"operations":{\n${entries(model.operations)}\n},"errors":{\n${entries(model.errors)}\n},"shapes":[\n${shapes}\n]}\n`,
  );
}
