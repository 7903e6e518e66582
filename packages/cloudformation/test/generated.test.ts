import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const committed = fileURLToPath(new URL("../src/resource-types/generated/", import.meta.url));

test("the generated files are what the script makes of AWS's published specification", () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-types-"));
  try {
    execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/generate-resource-types.ts", import.meta.url)), folder]);
    const made = readdirSync(folder).toSorted();
    expect(readdirSync(committed).toSorted()).toEqual(made);
    for (const name of made) expect(readFileSync(join(committed, name), "utf8"), name).toBe(readFileSync(join(folder, name), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
