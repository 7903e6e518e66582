/** A run ends although one of its files never would: that one counts as failed, by name, and the others as what they are. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

test("a starved worker is ended, and the run with what else it found", () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-silence-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  cpSync(join(root, "scripts/test-silence.ts"), join(folder, "test-silence.ts"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "vitest.config.ts"),
    `export default { test: { maxWorkers: 1, reporters: [["json", { outputFile: "report.json" }], ["./test-silence.ts", { limitMs: 5000 }]] } };`,
  );
  writeFileSync(join(folder, "quick.test.ts"), `import { test } from "vitest"; test("passes", () => {});`);
  // Without the processor time that a loop would take.
  const starved = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`;
  writeFileSync(join(folder, "starved.test.ts"), `import { test } from "vitest"; test("starves", { timeout: 1 }, () => void ${starved});`);
  const { status, stderr } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toContain("nothing began or ended for 5 s: ended the workers with starved.test.ts\n");
  expect(status).toBe(1);
  const { testResults } = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
  expect(testResults).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: join(folder, "quick.test.ts"), status: "passed" }),
      expect.objectContaining({ name: join(folder, "starved.test.ts"), status: "failed" }),
    ]),
  );
});
