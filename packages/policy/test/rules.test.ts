/** Each rule speaks of the template beside it that fails, and is silent about the one that passes. */
import { readdirSync, readFileSync } from "node:fs";
import { parseTemplate } from "@plinth/cloudformation";
import { describe, expect, test } from "vitest";
import { factsOf } from "../src/facts.ts";
import { rules } from "../src/rules/index.ts";
import type { System } from "../src/system.ts";

const folder = new URL("../src/rules/", import.meta.url);

/** A template may say in `Metadata.System` what is known beside it. */
function systemOf(file: string): System {
  const template = parseTemplate(readFileSync(new URL(file, folder), "utf8"));
  return { stacks: [{ name: "it", template }], ...(template.Metadata?.["System"] as Partial<System> | undefined) };
}

test("every file of a rule is in the table, under its own name, once", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && file !== "index.ts");
  expect(rules.map(({ id }) => `${id}.ts`)).toEqual(files.toSorted());
});

describe.each(rules)("$id", (rule) => {
  test("speaks of the template that fails", () => {
    const hits = rule.find(factsOf(systemOf(`${rule.id}.fail.yaml`)));
    expect(hits.length).toBeGreaterThan(0);
    for (const { what } of hits) expect(what).toMatch(/\S/);
  });

  test("is silent about the template that passes", () => {
    expect(rule.find(factsOf(systemOf(`${rule.id}.pass.yaml`)))).toEqual([]);
  });

  test("says why, and what helps", () => {
    expect(rule.reason).toMatch(/\.$/);
    expect(rule.remedy).toMatch(/\.$/);
  });
});
