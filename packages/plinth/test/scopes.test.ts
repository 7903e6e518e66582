/** One command, three scopes: the whole, the infrastructure with the images as they are, the application and nothing else. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (size = "0.25 vCPU, 0.5 GB", more = "", names = "") => `import { app, image, queue, service, task } from "plinth";
export default app("tiny", { region: "eu-central-1" }, () => {
  const source = image();
  const jobs = queue();
  const migrate = task({ image: source, command: ["node", "migrate.js"], run: "before-services" });
  const web = service({ image: source, port: 3000, public: true, size: "${size}", env: { JOBS: jobs.send } });
${more}  return { jobs, migrate, web${names} };
});
`;
/** A program runs in the folder itself here: what is the image's own is its configuration. */
const dockerfile = (text: string) => `FROM node:24-alpine\nWORKDIR /app\nENV TEXT=${text}\nCOPY . .\nCMD ["node", "server.js"]\n`;
const files = {
  "plinth.config.ts": config(),
  Dockerfile: dockerfile("one"),
  "server.js": 'import { createServer } from "node:http";\ncreateServer((_, response) => response.end(process.env.TEXT)).listen(3000);\n',
  "migrate.js": 'console.log("migrated");\n',
};

let app: AppFolder;
const deploy = (...options: string[]) => plinthInside(app.folder, ["deploy", ...options]);
const answer = () =>
  vi.waitFor(
    async () => {
      const outputs = JSON.parse((await plinth(app.folder, ["outputs", "--json"])).out.join("\n"));
      return (await fetch(outputs.web.url)).text();
    },
    { timeout: 60_000 },
  );
const touched = (err: string) => [...err.matchAll(/✓ stack tiny-local-([a-z]+)/gu)].map(([, layer]) => layer!);

beforeAll(async () => {
  app = await appFolder(files);
});
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

test("on a new stage the infrastructure is all that runs no image, and the rest is named", async () => {
  const application = await deploy("--only", "application", "--json");
  expect([application.exit, application.error?.code]).toEqual([1, "other-changes"]);
  const { exit, err } = await deploy("--only", "infrastructure");
  expect(err).toContain("tasks, compute are left for a whole deploy: the image app has never been made.");
  expect(exit).toBe(0);
  expect(touched(err).sort()).toEqual(["iam", "messaging", "network", "storage"]);
  const whole = await deploy();
  expect([whole.exit, touched(whole.err).sort()]).toEqual([0, ["compute", "tasks"]]);
  expect(await answer()).toBe("one");
});

test("only the application: image, migration and program, no other stack; the plan says the same", async () => {
  await app.write({ Dockerfile: dockerfile("two") });
  const plan = await plinthInside(app.folder, ["plan", "--only", "application", "--json"]);
  const { layers, images } = JSON.parse(plan.out) as { layers: { layer: string; action: string }[]; images: { action: string }[] };
  expect([layers.map(({ layer, action }) => [layer, action]), images[0]!.action]).toEqual([
    [
      ["tasks", "update"],
      ["compute", "update"],
    ],
    "make",
  ]);
  const { exit, err } = await deploy("--only", "application");
  expect([exit, touched(err).sort()]).toEqual([0, ["compute", "tasks"]]);
  expect(err).toContain("migrate | migrated");
  expect(err).not.toMatch(/stack tiny-local-(network|storage|messaging|iam)/u);
  expect(await answer()).toBe("two");
});

test("only the infrastructure: the size changes, the image that is not deployed yet stays undeployed", async () => {
  await app.write({ Dockerfile: dockerfile("three"), "plinth.config.ts": config("0.5 vCPU, 1 GB") });
  const { exit, err } = await deploy("--only", "infrastructure");
  expect([exit, touched(err)]).toEqual([0, ["compute"]]);
  expect(err).not.toMatch(/image app|migrated/u);
  expect(await answer()).toBe("two");
  expect((await deploy("--only", "infrastructure")).err).toContain("Nothing had to change.");
});

test("only the application is refused by name when the file says more, and touches nothing", async () => {
  await app.write({ "plinth.config.ts": config("0.25 vCPU, 0.5 GB", "  const mails = queue();\n", ", mails") });
  for (const words of [["deploy"], ["plan"]]) {
    const { exit, error } = await plinthInside(app.folder, [...words, "--only", "application", "--json"]);
    expect([exit, error?.code, error?.message]).toEqual([1, "other-changes", "The app's file has changed more than what its images hold."]);
    expect(error?.evidence?.join("\n")).toMatch(/^mails \(Mails\) of tiny-local-messaging, plinth\.config\.ts:7: create$/mu);
    expect(error?.evidence?.join("\n")).toMatch(/^web \(WebTaskDefinition\) of tiny-local-compute, .*: revise$/mu);
    expect(error?.remedy).toContain("plinth deploy --only infrastructure does these alone");
  }
  expect(await answer()).toBe("two");
});

test("a plan of a part is deployed as that part", async () => {
  await app.write({ "plinth.config.ts": config("0.5 vCPU, 1 GB") });
  expect((await plinthInside(app.folder, ["plan", "--only", "application", "--out", `${app.folder}/.plinth/app.plan`])).exit).toBe(0);
  await app.write({ "plinth.config.ts": config("1 vCPU, 2 GB") });
  expect((await deploy("--plan", `${app.folder}/.plinth/app.plan`)).exit).not.toBe(0);
  await app.write({ "plinth.config.ts": config("0.5 vCPU, 1 GB") });
  expect((await deploy("--plan", `${app.folder}/.plinth/app.plan`)).exit).toBe(0);
  expect(await answer()).toBe("three");
});

test.each([
  [["--only", "everything"], "--only takes infrastructure or application"],
  [["--only", "application", "--layer", "compute"], "--only and --layer both say which part"],
])("%j is a usage failure", async (options, message) => {
  const { exit, failure } = await plinth(app.folder, ["deploy", ...options]);
  expect([exit, failure?.message]).toEqual([2, expect.stringContaining(message)]);
});
