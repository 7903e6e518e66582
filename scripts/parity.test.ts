/** docs/parity.md says what the code declares, and every declaration places every published property once. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { loadAll } from "../packages/cloud/src/service.ts";
import { services } from "../packages/cloud/src/services/index.ts";
import { parity } from "./parity.ts";

test("docs/parity.md is up to date (node scripts/parity.ts writes it)", async () => {
  expect(readFileSync(new URL("../docs/parity.md", import.meta.url), "utf8")).toBe(await parity());
});

const handlers = (await loadAll(services)).flatMap(({ resources = {} }) => Object.entries(resources));

test.each(handlers)("%s places each published property in exactly one of real, recorded, refused", (type, handler) => {
  const { real, recorded = [], refused = {} } = handler.coverage;
  const placed: string[] = [...real, ...recorded, ...Object.keys(refused)];
  expect(placed.filter((path, index) => placed.indexOf(path) !== index)).toEqual([]);
  const published = Object.keys(resourceTypeSchema(type)!.properties);
  expect(published.filter((property) => !placed.some((path) => path === property || path.startsWith(`${property}.`)))).toEqual([]);
  expect(placed.filter((path) => !published.includes(path.split(".")[0]!))).toEqual([]);
});
