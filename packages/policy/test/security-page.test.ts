import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rules } from "../src/index.ts";

const page = readFileSync(new URL("../../../docs/security.md", import.meta.url), "utf8");

test("docs/security.md has every rule, with its severity, its controls and its reason", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(([, ...cells]) => cells);
  const order = ["high", "medium", "low"];
  const expected = rules
    .toSorted((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity))
    .map(({ id, severity, controls, reason, production }) => [id, severity, controls.join(", "), `${reason}${production ? " *" : ""}`]);
  expect(rows).toEqual(expected);
});
