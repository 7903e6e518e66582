/** cfn-lint, AWS's own checker of templates, finds nothing in any template that the compiler makes. Skipped where it is not installed. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { assemblies } from "./apps/stages.ts";

/** Python's search for cycles takes a sixth of cfn-lint's time, and finds nothing that this short life has to give back. */
const withoutCollector = "import gc; gc.disable()\n";

const installed = spawnSync("cfn-lint", ["--version"]).status === 0;

test.skipIf(!installed)(
  installed ? "cfn-lint finds no error and no warning" : "cfn-lint is not installed here: pip install cfn-lint",
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "plinth-lint-"));
    try {
      writeFileSync(path.join(folder, "sitecustomize.py"), withoutCollector);
      const env = { ...process.env, PYTHONPATH: folder };
      const filesByRegion = new Map<string, string[]>();
      for (const { stacks } of Object.values(assemblies)) {
        for (const { name, region, template } of stacks) {
          const file = path.join(folder, `${name}.json`);
          writeFileSync(file, JSON.stringify(template));
          filesByRegion.set(region, [...(filesByRegion.get(region) ?? []), file]);
        }
      }
      for (const [region, files] of filesByRegion) {
        // Not blocking this worker, of which the runner wants to hear now and then.
        const args = ["--format", "parseable", "--regions", region, "--template", ...files];
        const { stdout } = await promisify(execFile)("cfn-lint", args, { env, maxBuffer: 64 * 1024 * 1024 }).catch(
          (failed: { stdout: string; code: number | string }) => ({ stdout: `${failed.stdout}(exit ${failed.code})` }),
        );
        expect(stdout.replaceAll(folder, "")).toBe("");
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);
