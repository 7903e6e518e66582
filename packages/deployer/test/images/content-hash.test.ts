/** What counts as the content of a folder that an image is built from. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentHash } from "../../src/images/content-hash.ts";
import { ignoredBy } from "../../src/images/dockerignore.ts";

let context: string;
beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), "plinth-context-"));
  await mkdir(join(context, "src"));
  await writeFile(join(context, "Dockerfile"), "FROM scratch");
  await writeFile(join(context, "src/server.ts"), "one");
});
afterEach(() => rm(context, { recursive: true }));

const hash = (salt = "") => contentHash({ context, dockerfile: "Dockerfile", salt, cacheFile: join(context, ".plinth/content.json") });

test("a changed, new, renamed or removed file makes another hash; the old content the old hash", async () => {
  const first = await hash();
  expect(await hash()).toBe(first);
  await writeFile(join(context, "src/server.ts"), "two");
  const second = await hash();
  await writeFile(join(context, "src/other.ts"), "one");
  const third = await hash();
  await rm(join(context, "src/other.ts"));
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await hash()).toBe(second);
  await writeFile(join(context, "src/server.ts"), "one");
  expect(await hash()).toBe(first);
  expect(await hash("target web")).not.toBe(first);
});

test("a file that was only touched is the same content", async () => {
  const first = await hash();
  await utimes(join(context, "src/server.ts"), new Date(), new Date(Date.now() + 5_000));
  expect(await hash()).toBe(first);
});

test("node_modules, .git and .plinth are no content, nor what .dockerignore names", async () => {
  await writeFile(join(context, ".dockerignore"), "*.log\n");
  const first = await hash();
  for (const folder of ["node_modules", ".git", ".plinth", "src/node_modules"]) {
    await mkdir(join(context, folder), { recursive: true });
    await writeFile(join(context, folder, "file"), "x");
  }
  await writeFile(join(context, "a.log"), "x");
  expect(await hash()).toBe(first);
});

test("a torn cache only costs time", async () => {
  const first = await hash();
  await writeFile(join(context, ".plinth/content.json"), '{"src');
  expect(await hash()).toBe(first);
});

test.each([
  ["*.log", { "a.log": true, "b/a.log": false }],
  ["**/*.log", { "a.log": true, "b/c/a.log": true, "a.logs": false }],
  ["dist", { dist: true, "dist/a": true, "src/dist": false }],
  ["/dist/", { dist: true, "dist/a": true }],
  ["docs/**", { "docs/a/b": true, docs: false }],
  ["*\n!keep", { a: true, keep: false, "keep/a": false }],
  ["a?c\n[xy].txt\n[^xy].md", { abc: true, ac: false, "x.txt": true, "z.txt": false, "z.md": true, "x.md": false }],
  ["# comment\n\n  b  ", { b: true, "# comment": false }],
])(".dockerignore %j", (text, expected) => {
  const ignored = ignoredBy(text);
  expect(Object.fromEntries(Object.keys(expected).map((path) => [path, ignored(path)]))).toEqual(expected);
});
