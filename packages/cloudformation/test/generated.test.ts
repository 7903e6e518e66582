import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const committed = new URL("../src/resource-types/generated/", import.meta.url).pathname;

test("the generated files are what the script makes of AWS's published specification", () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-types-"));
  try {
    execFileSync(process.execPath, [new URL("../scripts/generate-resource-types.ts", import.meta.url).pathname, folder]);
    const made = readdirSync(folder).toSorted();
    expect(readdirSync(committed).toSorted()).toEqual(made);
    for (const name of made) expect(readFileSync(join(committed, name), "utf8"), name).toBe(readFileSync(join(folder, name), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
