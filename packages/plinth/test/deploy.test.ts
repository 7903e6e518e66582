/** A small app with a database and a migration, deployed for real into an embedded cloud of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const program = fileURLToPath(new URL("../bin/plinth.js", import.meta.url));

const config = (more = "", names = "") => `import { app, image, postgres, secret, service, task } from "plinth";
export default app("tiny", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const apiKey = secret({ store: "parameter-store" });
  const migrate = task({ image: source, command: ["node", "migrate.js"], run: "before-services", env: { DATABASE_URL: database } });
  const greet = task({ image: source, command: ["node", "greet.js"] });
  const web = service({ image: source, port: 3000, public: true, env: { DATABASE_URL: database, API_KEY: apiKey } });
${more}  return { database, apiKey, migrate, greet, web${names} };
});
`;

const files = {
  "plinth.config.ts": config(),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nENV GREETING="hello"\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": `import { createServer } from "node:http";
createServer((request, response) => {
  console.log("asked for", request.url);
  response.end(JSON.stringify({ greeting: process.env.GREETING, hasDatabase: /^postgresql:/.test(process.env.DATABASE_URL), key: process.env.API_KEY.length }));
}).listen(3000);
`,
  "migrate.js": 'console.log("migrated", new URL(process.env.DATABASE_URL).pathname);\n',
  "greet.js": 'console.log("hello from a task"); process.exit(3);\n',
};

let app: AppFolder;
const run = (...words: string[]) => plinth(app.folder, words);
const outputs = async () => JSON.parse((await run("outputs", "--json")).out.join("\n")) as Record<string, Record<string, string>>;
/** A task runs a moment before its program listens. */
const answer = () => vi.waitFor(async () => (await fetch((await outputs())["web"]!["url"]!)).json(), { timeout: 60_000 });

beforeAll(async () => {
  app = await appFolder(files);
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a secret that is not set stops the deploy before the database, by name; set, it goes on", async () => {
  const stopped = await run("deploy");
  expect(stopped.exit).toBe(7);
  expect(stopped.failure?.message).toBe("apiKey (for web) has no value in tiny local.");
  expect(stopped.failure?.remedy).toContain("plinth secrets set apiKey");
  expect(stopped.err.join("\n")).not.toContain("tiny-local-database");

  const set = await plinth(app.folder, ["secrets", "set", "apiKey"], { input: "twelve chars\n" });
  expect([set.exit, set.out]).toEqual([0, []]);
  const deployed = await run("deploy");
  expect(deployed.failure?.message).toBeUndefined();
  expect(deployed.exit).toBe(0);
  expect(deployed.err.join("\n")).toMatch(/migrate \| migrated \/tiny/);
  expect(deployed.err.join("\n")).not.toContain("twelve chars");
  expect(await answer()).toEqual({ greeting: "hello", hasDatabase: true, key: 12 });
});

test("what runs is told: status, logs, tasks with their exit code, secrets", async () => {
  const status = JSON.parse((await run("status", "--json")).out.join("\n"));
  expect(status).toMatchObject({
    deployed: true,
    services: [{ name: "web", desired: 1, running: 1, steady: true }],
    databases: [{ name: "database", status: "available" }],
    missingSecrets: [],
  });
  expect((await run("status")).out.join("\n")).toContain("1 of 1 running");
  await expect.poll(async () => (await run("logs", "web")).out.join("\n")).toContain("asked for /");
  const lines = (await run("logs", "--json", "--since", "1h")).out.map((line) => JSON.parse(line) as { program: string; at: string });
  expect(new Set(lines.map((line) => line.program))).toEqual(new Set(["migrate", "web"]));
  expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());

  expect((await run("logs", "database", "--filter", "ready to accept connections")).out.at(-1)).toMatch(
    / database postgresql\S* .*ready to accept connections$/,
  );

  const task = await run("run", "greet");
  expect([task.exit, task.out]).toEqual([3, ["hello from a task"]]);
  expect((await run("secrets", "get", "apiKey", "--reveal")).out).toEqual(["twelve chars"]);
  expect((await run("secrets", "list")).out.join("\n")).not.toContain("twelve chars");
});

test("with nothing to change nothing is touched, asked or run", async () => {
  const again = await run("deploy");
  expect(again.exit).toBe(0);
  expect(again.err.join("\n")).toContain("Nothing had to change.");
  expect(again.err.join("\n")).not.toMatch(/✓ stack|migrated/);
  expect((await run("plan")).out.at(-1)).toBe("Nothing to change.");
});

test("a changed file rolls the service, and only what depends on it", async () => {
  await app.write({ Dockerfile: files.Dockerfile.replace("hello", "good day") });
  expect((await run("plan")).out.at(-1)).toMatch(/1 image to make/);
  const deployed = await run("deploy");
  expect(deployed.exit).toBe(0);
  expect(deployed.err.join("\n")).not.toMatch(/✓ stack tiny-local-(network|database|iam)/);
  expect(await answer()).toMatchObject({ greeting: "good day" });
});

test("a second deploy is told who holds the stage", async () => {
  const aws = await (
    await import("@plinth/deployer")
  ).connectAws("eu-central-1", JSON.parse((await run("cloud", "status", "--json")).out.join("\n")).endpoint);
  const { takeLease } = await import("@plinth/deployer/lease");
  const { realTime } = await import("@plinth/deployer");
  const lease = await takeLease(aws, realTime, "tiny", "local", "deploy");
  const second = await run("deploy");
  expect(second.exit).toBe(5);
  expect(second.failure?.message).toMatch(/^tiny local is held by .+ on .+ \(process \d+, deploy\) since /);
  await lease.release();
  aws.close();
});

test("Ctrl-C stops, releases the lease, says how to go on; the next deploy does", async () => {
  await app.write({ Dockerfile: files.Dockerfile.replace("hello", "good evening") });
  const child = spawn(process.execPath, [program, "deploy"], { cwd: app.folder, stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    if (!text.includes("… stack tiny-local-compute") && (text + part).includes("… stack tiny-local-compute")) child.kill("SIGINT");
    text += part;
  });
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(130);
  expect(text).toContain("plinth deploy goes on from here");
  expect((await run("deploy")).exit).toBe(0);
  expect(await answer()).toMatchObject({ greeting: "good evening" });
});

test("a migration that fails stops before any service changes", async () => {
  await app.write({
    "migrate.js": 'console.error("no such column"); process.exit(1);\n',
    Dockerfile: files.Dockerfile.replace("hello", "never"),
  });
  const failed = await run("deploy");
  expect(failed.exit).toBe(1);
  expect(failed.failure?.message).toBe("The task migrate ended with exit code 1.");
  expect(failed.failure?.evidence).toContain("no such column");
  expect(await answer()).toMatchObject({ greeting: "good evening" });
});

test("stopped and started again, everything is as it was", async () => {
  await run("cloud", "stop");
  expect((await run("status")).exit).toBe(6);
  await run("cloud", "start");
  expect(await answer()).toMatchObject({ hasDatabase: true });
});

test("destroy asks for the name, then takes everything down and says what is left", async () => {
  expect((await run("destroy")).exit).toBe(4);
  expect((await plinth(app.folder, ["destroy"], { answers: ["lokal"] })).exit).toBe(4);
  expect(await answer()).toMatchObject({ hasDatabase: true });
  const destroyed = await plinth(app.folder, ["destroy"], { answers: ["local"] });
  expect(destroyed.failure?.message).toBeUndefined();
  expect(destroyed.exit).toBe(0);
  expect((await run("status", "--json")).out.join("\n")).toContain('"deployed": false');
  expect((await run("destroy", "--yes")).err.join("\n")).toContain("there is nothing to destroy");
});
