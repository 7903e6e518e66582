/** Threa's templates, whole: golden files that one reads in a review. `vitest run FILE -u` writes them anew. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import threa from "../../../examples/threa/plinth.config.ts";
import type { Assembly } from "../src/index.ts";
import { assemblyOf } from "./compile-app.ts";
import { golden as goldenOf } from "./golden.ts";

const configFolder = fileURLToPath(new URL("../../../examples/threa/", import.meta.url));
const golden = (assembly: Assembly): string => goldenOf(assembly, configFolder);
const assembly = (stage: string, local = false): Assembly => assemblyOf(threa, stage, { local, configFolder });

test.each([
  ["local", true],
  ["prod", false],
  ["budget", false],
] as const)("%s", async (stage, local) => {
  await expect(golden(assembly(stage, local))).toMatchFileSnapshot(`golden/threa-${stage}.yaml`);
});

test("is the same each time, and the same in the embedded cloud as on AWS", () => {
  expect(golden(assembly("prod"))).toBe(golden(assembly("prod")));
  const budget = golden(assembly("budget", true));
  expect(budget).toBe(golden(assembly("budget")));
});

test("has the names that people type by hand", () => {
  const group = ({ stacks }: Assembly) =>
    stacks.find(({ layer }) => layer === "storage")!.template.Resources["WebLogGroup"]!.Properties!["LogGroupName"];
  expect(group(assembly("prod"))).toBe("/ecs/threa");
  expect(group(assembly("local", true))).toBe("/ecs/threa");
  expect(group(assembly("prod", true))).toBe("/ecs/threa-prod");
  expect(group(assembly("budget"))).toBe("/ecs/threa-budget");
  expect(assembly("prod").secrets).toEqual([
    {
      name: "workosApiKey",
      kind: "secret",
      store: "parameter-store",
      id: "/threa/workos-api-key",
      required: false,
      usedBy: ["web"],
    },
  ]);
});
