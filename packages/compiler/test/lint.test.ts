/** cfn-lint, AWS's own checker of templates, finds nothing in any template that the compiler makes. Skipped where it is not installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { assemblies } from "./apps/stages.ts";

const installed = spawnSync("cfn-lint", ["--version"]).status === 0;

test.skipIf(!installed)(
  installed ? "cfn-lint finds no error and no warning" : "cfn-lint is not installed here: pip install cfn-lint",
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "plinth-lint-"));
    try {
      const filesByRegion = new Map<string, string[]>();
      for (const { stacks } of Object.values(assemblies)) {
        for (const { name, region, template } of stacks) {
          const file = path.join(folder, `${name}.json`);
          writeFileSync(file, JSON.stringify(template));
          filesByRegion.set(region, [...(filesByRegion.get(region) ?? []), file]);
        }
      }
      for (const [region, files] of filesByRegion) {
        const { stdout, status } = spawnSync("cfn-lint", ["--format", "parseable", "--regions", region, "--template", ...files], {
          encoding: "utf8",
        });
        expect(stdout.replaceAll(folder, "")).toBe("");
        expect(status).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);
