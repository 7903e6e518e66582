/** A rehearsed update: it really runs, in a cloud of its own, and the stage does not notice. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rehearsal } from "@plinth/deployer/plan/rehearsal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (greeting: string, command = "server.js", more = "") => `import { app, image, queue, secret, service, task } from "plinth";
export default app("tried", { region: "eu-central-1" }, () => {
  const source = image();
  const key = secret({ fields: ["api_key"] });
  const migrate = task({ image: source, command: ["node", "migrate.js"], run: "before-services", env: { KEY: key.field("api_key") } });
  const jobs = queue();
  const web = service({ image: source, command: ["node", "${command}"], port: 3000, public: true, env: { GREETING: "${greeting}", KEY: key.field("api_key"), JOBS: jobs.send } });
  ${more}
  return { key, migrate, jobs, web };
});
`;
let app: AppFolder;
const run = (...words: string[]) => plinthInside(app.folder, words);
/** Of this file's own: other tests rehearse at the same time. */
const folder = mkdtempSync(join(tmpdir(), "rehearse-"));
const clouds = () => readdirSync(folder).filter((name) => name.startsWith("plinth-rehearsal-"));
const rehearsed = async (...words: string[]) => {
  const { out, exit, error } = await run("plan", "--no-drift", "--rehearse", "--json", ...words);
  return { exit, error, rehearsal: (JSON.parse(out) as { rehearsal: Rehearsal }).rehearsal };
};
const templates = async () => (await run("plan", "--no-drift", "--json")).out;

beforeAll(async () => {
  process.env.TMPDIR = folder;
  app = await appFolder({
    "plinth.config.ts": config("hello"),
    Dockerfile: "FROM node:24-alpine\nWORKDIR /app\nCOPY . .\n",
    ".dockerignore": "plinth.config.ts\n",
    "server.js": `require("node:http").createServer((request, response) => response.end(process.env.GREETING)).listen(3000);\n`,
    "broken.js": "process.exit(1);\n",
    "migrate.js": `console.log("migrated with", process.env.KEY);\n`,
    "package.json": "{}",
  });
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("a first deploy is rehearsed from nothing, and leaves nothing", async () => {
  const { exit, error, rehearsal } = await rehearsed();
  expect(error).toBeUndefined();
  expect(exit).toBe(0);
  expect(rehearsal).toMatchObject({ seeded: 0, outcome: "done" });
  expect(rehearsal.steps).toContainEqual(expect.objectContaining({ kind: "migration", id: "migrate", state: "finished" }));
  expect(clouds()).toEqual([]);
  expect((await run("status", "--json")).exit).toBe(6); // the app's own cloud has never run
});

test("what stands is made anew from its templates, then the update runs; the stage itself does not change", async () => {
  await run("deploy");
  await plinth(app.folder, ["secrets", "set", "key.api_key", "--no-roll"], { input: "real value" });
  expect((await run("deploy", "--json")).error).toBeUndefined();
  await app.write({ "plinth.config.ts": config("good day") });
  const planned = await templates();
  const { exit, rehearsal } = await rehearsed();
  expect(exit).toBe(0);
  expect(rehearsal.seeded).toBeGreaterThan(5);
  expect(rehearsal.outcome).toBe("done");
  const changed = rehearsal.steps.filter(({ kind, state }) => kind === "stack" && state === "finished").map(({ id }) => id);
  expect(changed).toEqual(["tried-local-compute"]);
  expect(rehearsal.stacks.map(({ status }) => status)).not.toContain("UPDATE_ROLLBACK_COMPLETE");
  expect(JSON.stringify(rehearsal)).not.toContain("real value");
  expect(JSON.parse(await templates()).layers).toEqual(JSON.parse(planned).layers);
});

test("asked to fail at a resource, it tells what is rolled back", async () => {
  const { exit, rehearsal } = await rehearsed("--fail-at", "WebService");
  expect(exit).toBe(0);
  expect(rehearsal).toMatchObject({ outcome: "failed", failedAt: "WebService" });
  expect(rehearsal.failure!.message).toMatch(/^PlinthRehearsalFailure in tried-local-compute: .*already exists/);
  expect(rehearsal.stacks).toContainEqual({ stack: "tried-local-compute", status: "UPDATE_ROLLBACK_COMPLETE" });
});

test("an update that would fail fails here, with its cause, and the exit code says so", async () => {
  await app.write({ "plinth.config.ts": config("never", "broken.js") });
  const { exit, error, rehearsal } = await rehearsed();
  expect(exit).toBe(1);
  expect(error?.message).toMatch(/^The rehearsal failed: web \(WebService\) in tried-local-compute: /);
  expect(rehearsal.stacks).toContainEqual({ stack: "tried-local-compute", status: "UPDATE_ROLLBACK_COMPLETE" });
  expect(clouds()).toEqual([]);
});

test.each([
  [["--fail-at", "web"], 2, "it stands with --rehearse"],
  [["--rehearse", "--layer", "compute"], 2, "--rehearse does not stand with --layer"],
  [["--rehearse", "--fail-at", "nothing"], 1, "tried has no resource nothing that could be made to fail."],
])("%j is refused", async (words, exit, message) => {
  const refused = await run("plan", "--no-drift", "--json", ...words);
  expect([refused.exit, refused.error?.message]).toEqual([exit, expect.stringContaining(message)]);
});
