/** The folder that a user's clouds share is trusted only where nobody else can write. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { userCache } from "../../src/world/user-cache.ts";

const folder = mkdtempSync(join(tmpdir(), "plinth-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("it is made for its user alone, and found again", () => {
  const caches = join(folder, "a", "caches");
  expect(userCache({ XDG_CACHE_HOME: caches })).toBe(join(caches, "plinth"));
  expect(statSync(join(caches, "plinth")).mode & 0o777).toBe(0o700);
  expect(userCache({ XDG_CACHE_HOME: caches })).toBe(join(caches, "plinth"));
});

test("where others could write it is not used", () => {
  const caches = join(folder, "b");
  mkdirSync(join(caches, "plinth"), { recursive: true });
  chmodSync(join(caches, "plinth"), 0o770);
  expect(userCache({ XDG_CACHE_HOME: caches })).toBeUndefined();
  chmodSync(join(caches, "plinth"), 0o700);
  chmodSync(caches, 0o777);
  expect(userCache({ XDG_CACHE_HOME: caches })).toBeUndefined();
  expect(userCache({ XDG_CACHE_HOME: join(caches, "below") })).toBeUndefined();
});

test("a link in its place is not followed", () => {
  const caches = join(folder, "c");
  mkdirSync(caches);
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), join(caches, "plinth"));
  expect(userCache({ XDG_CACHE_HOME: caches })).toBeUndefined();
});
