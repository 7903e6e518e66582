/** The programs under a Node that is too old for Plinth itself: they go on with the one that npm brought. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { appFolder } from "./app-folder.ts";

const older = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .find((node) => existsSync(node) && Number(spawnSync(node, ["-p", "parseInt(process.versions.node)"], { encoding: "utf8" }).stdout) < 24);

const program = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test.skipIf(older === undefined)("plinth hands over its words, its answer and its exit code", async () => {
  await using app = await appFolder();
  const run = (...words: string[]) => spawnSync(older!, [program("../bin/plinth.js"), ...words], { cwd: app.folder, encoding: "utf8" });
  const status = run("cloud", "status", "--json");
  expect([status.stderr, status.status]).toEqual(["", 0]);
  expect(JSON.parse(status.stdout)).toEqual({ state: "stopped", folder: `${app.folder}/.plinth/cloud` });
  expect(run("plam").status).toBe(2);
});

test.skipIf(older === undefined)("where npm brought none, it says how to have one", async () => {
  await using app = await appFolder();
  copyFileSync(program("../bin/plinth.js"), join(app.folder, "plinth.js"));
  const { status, stderr } = spawnSync(older!, [join(app.folder, "plinth.js"), "plan"], { encoding: "utf8" });
  expect(status).toBe(6);
  expect(stderr).toMatch(
    /^plinth needs Node 24 or newer; this is \d+\.\d+\.\d+\.\nInstall Node 24(?:, or have it from npm beside plinth: npm install --save-dev node-[\w-]+@24\.\d+\.\d+)?\n$/,
  );
});

test.skipIf(older === undefined)("so does the cloud", () => {
  const { status, stderr } = spawnSync(older!, [program("../../cloud/bin/plinth-cloud.js")], { encoding: "utf8" });
  expect([status, JSON.parse(stderr)]).toEqual([2, { code: "usage", message: expect.stringContaining("--state is required") }]);
});
