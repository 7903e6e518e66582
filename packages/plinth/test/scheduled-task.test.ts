/** Tasks: by the clock, by hand and before services, in an embedded cloud of their own; what they wrote, how they ended, when they run next. */
import { connectAws, type Examination, type Status } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, plinthProcess, type AppFolder } from "./app-folder.ts";

const config = (migration = "migrate.js", version = "1") => `import { app, image, service, task } from "plinth";
export default app("clock", { region: "eu-central-1" }, () => {
  const source = image();
  const tick = task({ image: source, command: ["node", "tick.js"], run: { every: "1 minute" }, env: { GREETING: "tick" } });
  const failing = task({ image: source, command: ["node", "fail.js"], run: { every: "30 days" } });
  const nightly = task({ image: source, command: ["node", "tick.js"], run: { cron: "0 3 * * ? *" }, env: { GREETING: "night" } });
  const long = task({ image: source, command: ["node", "long.js"] });
  const migrate = task({ image: source, command: ["node", "${migration}"], run: "before-services" });
  const web = service({ image: source, port: 3000, public: true, env: { VERSION: "${version}" } });
  return { tick, failing, nightly, long, migrate, web };
});
`;

let app: AppFolder;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => JSON.parse((await run(...words, "--json")).out.join("\n")) as T;
const taskNamed = async (name: string) => (await json<Status>("status")).tasks.find((task) => task.name === name)!;

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config(),
    Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
    "tick.js": "console.log(process.env.GREETING);\n",
    "fail.js": 'console.log("cannot reach the moon"); process.exit(3);\n',
    "long.js": 'console.log("begun"); setInterval(() => {}, 1000);\n',
    "migrate.js": 'console.log("migrated");\n',
    "broken.js": 'console.log("no such column"); process.exit(9);\n',
    "server.js":
      'import { createServer } from "node:http";\ncreateServer((_, response) => response.end(process.env.VERSION)).listen(3000);\n',
  });
  const deployed = await run("deploy");
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a rate runs as soon as it is deployed; status says how it ended and when it runs next", async () => {
  await expect.poll(async () => (await taskNamed("tick")).last?.exitCode).toBe(0);
  expect((await run("logs", "tick")).out.join("\n")).toContain("tick");
  const { last, schedule } = await taskNamed("tick");
  expect(schedule).toMatchObject({ expression: "rate(1 minute)", timeZone: "UTC", enabled: true });
  const waitMs = Date.parse(schedule!.next!) - Date.parse(last!.at);
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(120_000);
});

test("one that has not run yet says when it will", async () => {
  const { last, schedule, run: kind } = await taskNamed("nightly");
  expect([last, kind, new Date(schedule!.next!).getUTCHours()]).toEqual([undefined, "scheduled", 3]);
  expect((await run("status")).out.join("\n")).toMatch(/nightly +has not run +next in \d+ (?:h|min) +cron\(0 3 \* \* \? \*\)/);
  // By hand at any time, with its output and exit code.
  expect(await run("run", "nightly")).toMatchObject({ exit: 0, out: ["night"] });
  expect((await taskNamed("nightly")).last).toMatchObject({ running: false, exitCode: 0 });
});

test("one that ended with a fault is the doctor's first finding, with its last lines", async () => {
  await expect.poll(async () => (await taskNamed("failing")).last?.exitCode).toBe(3);
  const { findings } = await json<Examination>("doctor");
  expect(findings[0]).toMatchObject({
    diagnosis: "scheduled-task-failed",
    severity: "error",
    subject: "failing",
    symptom: "ended with exit code 3 the last time",
    evidence: [expect.stringContaining("Essential container in task exited"), "failing | cannot reach the moon"],
  });
  expect((await run("run", "failing")).exit).toBe(3);
});

test("a schedule that somebody disabled is found", async () => {
  const { endpoint } = await json<{ endpoint: string }>("cloud", "status");
  const aws = connectAws("eu-central-1", endpoint);
  const found = await aws.call("scheduler", "GetSchedule", { Name: "clock-local-nightly" });
  const { Name, ScheduleExpression, FlexibleTimeWindow, Target } = found;
  const put = (State: "ENABLED" | "DISABLED") =>
    aws.call("scheduler", "UpdateSchedule", { Name, ScheduleExpression, FlexibleTimeWindow, Target, State });
  await put("DISABLED");
  const { findings } = await json<Examination>("doctor");
  expect(findings).toContainEqual(expect.objectContaining({ subject: "nightly", severity: "warning", symptom: "will not run any more" }));
  await put("ENABLED");
  aws.close();
});

test("Ctrl-C while a task runs: the command ends, the task goes on, and it is said how to follow it", async () => {
  const stop = new AbortController();
  const stopped = await plinth(app.folder, ["run", "long"], {
    signal: stop.signal,
    printed: (line) => line.includes("begun") && stop.abort(),
  });
  expect([stopped.exit, stopped.out, stopped.failure?.message]).toEqual([
    130,
    ["begun"],
    "Stopped watching: the task long goes on by itself.",
  ]);
  expect(stopped.failure?.remedy).toMatch(/^plinth logs long --follow shows what it writes;/);
  expect((await taskNamed("long")).last).toMatchObject({ running: true });
});

test("a migration that fails stops the deploy with its last lines; nothing has changed for services", async () => {
  const url = (await json<Record<string, Record<string, string>>>("outputs"))["web"]!["url"]!;
  expect(await (await fetch(url)).text()).toBe("1");
  await app.write({ "plinth.config.ts": config("broken.js", "2") });
  const { exit, error } = await plinthProcess(app.folder, ["deploy", "--json"]);
  expect([exit, error?.message, error?.evidence]).toEqual([1, "The task migrate ended with exit code 9.", ["no such column"]]);
  expect(await (await fetch(url)).text()).toBe("1");
  await app.write({ "plinth.config.ts": config("migrate.js", "2") });
  expect((await plinthProcess(app.folder, ["deploy", "--json"])).exit).toBe(0);
  const after = (await json<Record<string, Record<string, string>>>("outputs"))["web"]!["url"]!;
  expect(await (await fetch(after)).text()).toBe("2");
});
