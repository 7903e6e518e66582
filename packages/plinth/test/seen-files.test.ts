/** A file counts as seen while its content is the same, whatever its times say, and is not read where they say enough. */
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isAsSeen, see } from "../src/app/seen-files.ts";

const folder = mkdtempSync(join(tmpdir(), "plinth-seen-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "plinth.config.ts");

const writtenMs = () => statSync(file).ctimeMs;

test("what was changed just before is known by its content alone", () => {
  writeFileSync(file, "one");
  const seen = see(file, writtenMs() + 1);
  expect(seen).toEqual({ hash: expect.any(String) });
  expect(isAsSeen(file, seen)).toBe(true);
  utimesSync(file, 0, 0);
  expect(isAsSeen(file, seen)).toBe(true);
  writeFileSync(file, "two");
  expect(isAsSeen(file, seen)).toBe(false);
});

test("what was changed longer ago is known by its place and times, and read where they differ", () => {
  writeFileSync(file, "one");
  const { hash, stamp } = see(file, writtenMs() + 10_000);
  expect(isAsSeen(file, { hash: "another", stamp: stamp! })).toBe(true);
  expect(isAsSeen(file, { hash, stamp: "another" })).toBe(true);
  expect(isAsSeen(file, { hash: "another", stamp: "another" })).toBe(false);
});

test("a file that is gone was never seen", () => {
  expect(() => isAsSeen(join(folder, "gone.ts"), { hash: "any" })).toThrow("ENOENT");
});
