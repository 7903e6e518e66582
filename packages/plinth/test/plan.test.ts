/** Plans of an app that is deployed for real into an embedded cloud: old → new, drift, the contract, the schema. */
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinthInside, type AppFolder } from "./app-folder.ts";
import { schemaFaults } from "./json-schema.ts";

const schema = JSON.parse(readFileSync(new URL("../plan.schema.json", import.meta.url), "utf8")) as Record<string, unknown>;
const config = (greeting: string, more = "") => `import { app, bucket, image, service } from "plinth";
export default app("planned", { region: "eu-central-1", production: ["local"] }, () => {
  const media = bucket();
  const web = service({ image: image(), command: ["node", "server.js"], port: 3000, public: true, env: { GREETING: "${greeting}", MEDIA: media.read${more} } });
  return { media, web };
});
`;

let app: AppFolder;
const run = (...words: string[]) => plinthInside(app.folder, words);
const at = (file: string) => join(app.folder, file);

interface Change {
  logicalId: string;
  action: string;
  source?: string;
  differences: { path: string; before?: string; after?: string; known: boolean; because?: string }[];
}
const planned = async (...words: string[]) => {
  const { out, error } = await run("plan", "--json", ...words);
  expect(error).toBeUndefined();
  const plan = JSON.parse(out) as {
    layers: { layer: string; changes: Change[] }[];
    data: { key?: string; event: string; fate: string }[];
    drift: { logicalId: string; differences: object[] }[];
    time: { basis: Record<string, number>; pastActs: number };
    signature?: string;
  };
  expect(schemaFaults(schema, plan)).toEqual([]);
  return { plan, changes: plan.layers.flatMap(({ changes }) => changes) };
};

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config("hello"),
    Dockerfile: "FROM node:24-alpine\nWORKDIR /app\nCOPY . .\n",
    ".dockerignore": "*.plan\nplinth.config.ts\n",
    "server.js": `require("node:http").createServer((request, response) => response.end(process.env.GREETING)).listen(3000);\n`,
    "package.json": "{}",
  });
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a first plan is kept in a file, and deployed just so", async () => {
  const { plan } = await planned("--out", at("first.plan"));
  expect(plan.signature).toMatch(/^sha256:/);
  expect(plan.data).toMatchObject([
    { key: "stageKey", event: "created", fate: "new" },
    { key: "web", event: "created", fate: "new" },
    { key: "accessLogs", event: "created", fate: "new" },
    { key: "media", event: "created", fate: "new" },
  ]);
  const deployed = await run("deploy", "--plan", at("first.plan"), "--json");
  expect(deployed.error).toBeUndefined();
  expect(deployed.exit).toBe(0);
});

test("the same plan once more would do something else: what stands has changed", async () => {
  const again = await run("deploy", "--plan", at("first.plan"), "--json");
  expect([again.exit, again.error?.code]).toEqual([4, "not-as-planned"]);
  expect(again.error?.message).toMatch(
    /^What would happen is not what .*first\.plan says: the stack planned-local-\w+ has been deployed since\.$/,
  );
});

test("each changed property is told old → new, with the line of the app, and timed by the stage's own past", async () => {
  await app.write({ "plinth.config.ts": config("good day") });
  const { plan, changes } = await planned();
  const task = changes.find(({ logicalId }) => logicalId === "WebTaskDefinition")!;
  expect(task).toMatchObject({ action: "revise", source: "plinth.config.ts:4" });
  expect(task.differences).toEqual([
    { path: "ContainerDefinitions/web/Environment/GREETING/Value", before: "hello", after: "good day", known: true, effect: "in place" },
  ]);
  const service = changes.find(({ logicalId }) => logicalId === "WebService")!;
  expect(service.differences).toMatchObject([{ path: "TaskDefinition", because: "a new revision of WebTaskDefinition", known: false }]);
  expect(plan.time.pastActs).toBeGreaterThan(10);
  // A task definition was made before; a service has not been updated yet.
  expect(plan.time.basis).toEqual({ past: 1, estimate: 1 });
});

test("a changed file makes another image: by digest in the plan, by name where a plan is held to", async () => {
  await run("plan", "--out", at("image.plan"));
  const server = await readFile(at("server.js"), "utf8");
  await app.write({ "server.js": server.replace("3000", "Number(3000)") });
  const { changes } = await planned();
  const image = changes
    .find(({ logicalId }) => logicalId === "WebTaskDefinition")!
    .differences.find(({ path }) => path.endsWith("/Image"))!;
  expect(image.because).toBe("the image app");
  expect([image.before, image.after]).toEqual([expect.stringMatching(/@sha256:/), expect.stringMatching(/@sha256:/)]);
  expect(image.before).not.toBe(image.after);
  const refused = await run("deploy", "--plan", at("image.plan"), "--json");
  expect(refused.error?.message).toContain("image.plan says: the file server.js of the image app is another.");
  await app.write({ "server.js": server });
});

test("a plan file that was changed, and one that is none, are refused by name", async () => {
  await run("plan", "--out", at("changed.plan"));
  const text = await readFile(at("changed.plan"), "utf8");
  await writeFile(at("changed.plan"), text.replace("good day", "bad day"));
  const changed = await run("deploy", "--plan", at("changed.plan"), "--json");
  expect([changed.exit, changed.error?.message]).toEqual([
    4,
    expect.stringContaining("changed.plan has been changed since it was written"),
  ]);
  const none = await run("deploy", "--plan", at("package.json"), "--json");
  expect([none.exit, none.error?.message]).toEqual([2, expect.stringContaining("package.json is no plan of plinth.")]);
  const folder = await run("deploy", "--plan", at(""), "--json");
  expect([folder.exit, folder.error?.message]).toEqual([2, expect.stringMatching(/^The plan .* is a folder\.$/u)]);
  const unwritten = await run("plan", "--out", at(""), "--json");
  expect([unwritten.exit, unwritten.error?.message]).toEqual([6, expect.stringMatching(/cannot be written to .*: it is a folder\.$/u)]);
  const missing = await run("deploy", "--plan", at("nowhere.plan"), "--json");
  expect([missing.exit, missing.error?.code]).toEqual([2, "no-plan"]);
});

test("what was changed by hand is told, and that the deploy leaves it so", async () => {
  const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out) as { endpoint: string };
  const aws = connectAws("eu-central-1", endpoint);
  const { logGroups = [] } = await aws.call("logs", "DescribeLogGroups", {});
  const logGroupName = logGroups.find((one) => one.logGroupName?.includes("web"))!.logGroupName!;
  await aws.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: 1 });
  aws.close();
  const { plan } = await planned();
  expect(plan.drift).toMatchObject([
    { logicalId: "WebLogGroup", status: "modified", differences: [{ path: "RetentionInDays", actual: "1" }] },
  ]);
  expect((await run("plan")).out).toMatch(
    /drift: changed by hand since the last deploy\n {2}web WebLogGroup[^\n]*\n {6}RetentionInDays +\d+ → 1 +this deploy leaves it so/,
  );
  expect((await planned("--no-drift")).plan.drift).toEqual([]);
});

test("data of a production stage is agreed to by name, with a plan as with --yes", async () => {
  await app.write({
    "plinth.config.ts": config("good day").replace("const media = bucket();", "").replace(", MEDIA: media.read", "").replace("media, ", ""),
  });
  const { plan } = await planned("--out", at("less.plan"));
  expect(plan.data.find(({ key }) => key === "media") ?? plan.data.at(-1)).toMatchObject({ event: "deleted", fate: "retained" });
  const refused = await run("deploy", "--plan", at("less.plan"), "--json");
  expect([refused.exit, refused.error?.code]).toEqual([4, "not-consented"]);
  const deployed = await run("deploy", "--plan", at("less.plan"), "--accept", "media,Media,AccessLogBucket", "--json");
  expect(deployed.error).toBeUndefined();
  expect((await run("plan", "--no-drift")).out).toMatch(/Nothing to change\.\n$/);
});
