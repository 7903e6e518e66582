/** Keys of objects as file names: any two keys have two names on any file system, and plain keys keep theirs. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { objectFiles } from "../src/export/object-file.ts";

test.each([
  ["a.txt", "a.txt"],
  ["photos/2026/käse (1).jpg", "photos/2026/käse (1).jpg"],
])("%s keeps its name", (key, file) => {
  expect(objectFiles().fileFor(key)).toBe(file);
});

test.each(["../x", "a//b", "folder/", "/a", ".", "con.txt", "a/LPT1", "a:b", "a\\b", "tail ", "dot.", "_/a", "\u0000", "x".repeat(200)])(
  "%j has one that every file system takes",
  (key) => {
    const file = objectFiles().fileFor(key);
    expect(file).toMatch(/^_\/[0-9a-f]{2}\/[0-9a-f]{32}[\w.-]*$/);
    expect(file).not.toMatch(/\.$/);
  },
);

test("what clashes where case is not told apart, or with a folder, has another", () => {
  const files = objectFiles();
  expect(files.fileFor("a")).toBe("a");
  expect(files.fileFor("A")).toMatch(/^_\//);
  expect(files.fileFor("a/b")).toMatch(/^_\//);
  expect(files.fileFor("b/c")).toBe("b/c");
  expect(files.fileFor("B")).toMatch(/^_\//);
});

test("no two keys share a file, nor is one's file another's folder", () => {
  const part = fc.constantFrom("a", "A", "b", ".", "..", "", "con", "é");
  const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.uniqueArray(fc.oneof(key, fc.string({ minLength: 1, maxLength: 8 }))), (keys) => {
      const files = objectFiles();
      const all = keys.map((one) => files.fileFor(one).toLowerCase());
      expect(new Set(all).size).toBe(keys.length);
      for (const file of all) expect(all.some((other) => other.startsWith(`${file}/`))).toBe(false);
    }),
  );
});
