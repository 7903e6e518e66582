import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { appFolder, plinth } from "./app-folder.ts";

const config = (lines: string, names = "database") => `import { app, image, postgres, service } from "plinth";
export default app("shop", { region: "eu-central-1", stages: ["prod"] }, () => {
${lines}
  return { ${names} };
});
`;

async function planOf(text: string | undefined, words: string[] = []) {
  await using app = await appFolder(text === undefined ? {} : { "plinth.config.ts": text });
  const ran = await plinth(app.folder, ["plan", ...words]);
  const left = await readdir(app.folder);
  return { ...ran, left };
}

test("a sound app is planned offline: nothing is started", async () => {
  const { exit, out, left } = await planOf(config("  const database = postgres();"));
  expect(exit).toBe(0);
  expect(out[0]).toBe("shop local in the embedded cloud, for the first time");
  expect(out.join("\n")).toMatch(/database +made, empty/);
  expect(left).not.toContain("cloud");
});

test("without a file, the folder is named", async () => {
  const { exit, failure } = await planOf(undefined);
  expect(exit).toBe(3);
  expect(failure?.message).toMatch(/^There is no plinth.config.ts in .*plinth-app-/);
});

test.each([
  [
    "a type error: key, line, and the sentence",
    config('  const database = postgres({ instance: "db.t4g.mirco" });'),
    "types",
    [/^plinth\.config\.ts:3 database: .*db\.t4g\.mirco/],
  ],
  [
    "a property that is not there",
    config("  const database = postgres({ verson: 1 });"),
    "types",
    [/^plinth\.config\.ts:3 database: .*'verson' does not exist.*version/],
  ],
  ["no default export", "export const a = 1;", "no-app", []],
  ["another default export", "export default { name: 1 };", "no-app", []],
  ["a file that throws", 'throw new Error("no");', "config-threw", []],
  ["no TypeScript", "export default app(;", "types", [/^plinth\.config\.ts:1: /]],
  ["a module that is not installed", 'import "left-pad";\nexport default 1;', "missing-module", []],
])("%s", async (_, text, code, evidence) => {
  const { exit, failure } = await planOf(text);
  expect(exit).toBe(3);
  expect(failure?.code).toBe(code);
  expect(failure?.evidence).toEqual(evidence.map((one) => expect.stringMatching(one)));
});

test.each([
  ["export const a = 1;", "plinth.config.ts exports no app: its default export is missing."],
  ["export default { name: 1 };", "plinth.config.ts exports no app: its default export is an object that app() has not made."],
  ['throw new Error("no");', "plinth.config.ts:1 threw: no"],
  ['import "left-pad";\nexport default 1;', "plinth.config.ts imports left-pad, which is not installed."],
])("%j says %s", async (text, message) => {
  expect((await planOf(text)).failure?.message).toBe(message);
});

test("what types cannot say is said by the compiler, with its line", async () => {
  const { exit, failure } = await planOf(config("  const database = postgres();\n  const two = postgres();"));
  expect(exit).toBe(3);
  expect(failure?.evidence.join("\n")).toMatch(/plinth\.config\.ts:4/);
});

test("a stage that the app does not have is refused with those that it has", async () => {
  const { exit, failure } = await planOf(config("  const database = postgres();"), ["--stage", "test", "--local"]);
  expect(exit).toBe(3);
  expect(failure?.evidence.join("\n")).toContain("prod, local");
});

test("a sound file is checked once; a change checks it again, also in a file that it imports", async () => {
  await using app = await appFolder({
    "plinth.config.ts": config("  const database = data();", "database")
      .replace("\n", '\nimport { data } from "./data.ts";\n')
      .replace("image, postgres, service ", ""),
    "data.ts": 'import { postgres } from "plinth";\nexport const data = () => postgres();\n',
  });
  const plan = async () => (await plinth(app.folder, ["plan"])).exit;
  expect(await plan()).toBe(0);
  const before = await readdir(`${app.folder}/.plinth`);
  expect(before).toEqual([".gitignore", "type-check.json"]);
  expect(await plan()).toBe(0);
  await app.write({ "data.ts": 'import { postgres } from "plinth";\nexport const data = () => postgres({ verson: 1 });\n' });
  const { exit, failure } = await plinth(app.folder, ["plan"]);
  expect(exit).toBe(3);
  expect(failure?.evidence).toEqual([expect.stringMatching(/^data\.ts:2 data: /)]);
});
