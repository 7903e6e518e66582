/** The programs under a Node that is too old for Plinth itself: they go on with the one that npm brought. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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

test.skipIf(older === undefined)("so does the cloud", () => {
  const { status, stderr } = spawnSync(older!, [program("../../cloud/bin/plinth-cloud.js")], { encoding: "utf8" });
  expect([status, JSON.parse(stderr)]).toEqual([2, { code: "usage", message: expect.stringContaining("--state is required") }]);
});
