/** The resource types of RDS and ElastiCache place every published property. */
import { expect, test } from "vitest";
import { elasticache } from "../../../src/services/elasticache/index.ts";
import { rds } from "../../../src/services/rds/index.ts";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = dirname(createRequire(import.meta.url).resolve("@plinth/cloudformation/resource-types"));
const schemas = JSON.parse(readFileSync(join(folder, "generated", "schemas.json"), "utf8")) as Record<
  string,
  { properties: Record<string, unknown> }
>;

test.each(Object.entries({ ...rds.resources, ...elasticache.resources }))(
  "%s places every published property in exactly one of real, recorded and refused",
  (type, handler) => {
    const { real, recorded = [], refused = {} } = handler!.coverage;
    const placed = [...real, ...recorded, ...Object.keys(refused)].filter((path) => !path.includes("."));
    expect(placed.toSorted()).toEqual(Object.keys(schemas[type]!.properties).toSorted());
  },
);
