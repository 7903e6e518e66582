/** The schemas that are committed are those that the pinned clients publish. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("nothing has to be made again", () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-schemas-"));
  const script = join(import.meta.dirname, "../../scripts/dump-schemas.ts");
  const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  const committed = join(import.meta.dirname, "../../src/wire/generated");
  expect(readdirSync(folder).sort()).toEqual(readdirSync(committed).sort());
  // One by one, so that a difference shows its file and not a megabyte of text.
  const different = readdirSync(folder).filter(
    (name) => readFileSync(join(folder, name), "utf8") !== readFileSync(join(committed, name), "utf8"),
  );
  expect(different).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});
