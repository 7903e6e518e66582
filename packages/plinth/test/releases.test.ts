/** Releases: noted with their commit, gone back to, refused with a remedy; and requests moved by a deploy. In an embedded cloud of its own. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAws, type Aws, type Release, type Status } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

/** In the embedded cloud an image is its configuration: the program's files are those of the folder, as they are now. */
const dockerfile = (text: string) => `FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nENV TEXT=${text}\nCMD ["node", "server.js"]\n`;
const config = (more = "") => `import { app, image, loadBalancer, service } from "plinth";
export default app("shop", { region: "eu-central-1" }, () => {
  const source = image();
  const web = service({ image: source, port: 3000, health: { path: "/", every: "5 seconds", timeout: "2 seconds" },
    deploy: { strategy: "canary", percent: 10, every: "0 minutes", bake: "0 minutes" }, env: { MODE: "a"${more} } });
  const entry = loadBalancer({ routes: { "/*": web }, sticky: false });
  return { web, entry };
});
`;
const files = {
  "plinth.config.ts": config(),
  Dockerfile: dockerfile("one"),
  "server.js": `import { createServer } from "node:http";
const { TEXT } = process.env;
if (TEXT === "broken") process.exit(3);
createServer((_, response) => response.end(TEXT)).listen(3000);
process.on("SIGTERM", () => process.exit(0));
`,
};

let app: AppFolder;
let aws: Aws;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => JSON.parse((await run(...words, "--json")).out.join("\n")) as T;
const releases = () => json<Release[]>("releases");
const status = () => json<Status>("status");
const said = async () => (await fetch((await status()).outputs["entry"]!["url"]!)).text();
const git = (...words: string[]) =>
  execFileSync("git", ["-c", "user.name=Alice", "-c", "user.email=a@example.com", ...words], { cwd: app.folder, encoding: "utf8" }).trim();
const serviceOfApp = async () => {
  const { clusterArns } = await aws.call("ecs", "ListClusters", {});
  return { cluster: clusterArns![0]!, service: "shop-local-web" };
};
const summary = async () => (await releases()).map(({ number, kind, result, of }) => [number, kind, result, of]);

beforeAll(async () => {
  app = await appFolder({ ...files, ".gitignore": "node_modules\n.plinth\n", ".dockerignore": "plinth.config.ts\n" });
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "first");
  await run("cloud", "start");
  aws = connectAws("eu-central-1", (await json<{ endpoint: string }>("cloud", "status")).endpoint);
});
afterAll(async () => {
  aws.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a deploy is a release: by whom, from which commit, with which images; one that changes nothing is none", async () => {
  expect((await run("rollback")).failure).toMatchObject({
    code: "not-found",
    message: "shop local has no release to go back to.",
    remedy: "plinth deploy makes one; plinth releases lists them.",
  });
  const first = await run("deploy");
  expect(first.failure?.message).toBeUndefined();
  const [release] = await releases();
  expect(release).toMatchObject({
    number: 1,
    kind: "deploy",
    result: "deployed",
    by: expect.stringMatching(/^arn:aws:iam::\d{12}:/),
    commit: { id: git("rev-parse", "HEAD"), dirty: false, branch: "main" },
    images: { app: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    taskDefinitions: { web: "shop-local-web:1" },
    migrations: [],
  });
  expect(release!.durationMs).toBeGreaterThan(0);

  await writeFile(join(app.folder, "Dockerfile"), dockerfile("two"));
  const second = await run("deploy");
  expect(second.failure?.message).toBeUndefined();
  expect(await said()).toBe("two");
  const [newest] = await releases();
  expect([newest!.number, newest!.commit!.dirty, newest!.taskDefinitions]).toEqual([2, true, { web: "shop-local-web:2" }]);
  await run("deploy");
  expect(await summary()).toEqual([
    [2, "deploy", "deployed", undefined],
    [1, "deploy", "deployed", undefined],
  ]);
  const listed = await run("releases");
  expect(listed.out.join("\n")).toMatch(/● 2 +deployed .* main [0-9a-f]{8}\* /);
});

test("rollback brings the images of an earlier release out again, and says what it does not undo", async () => {
  const back = await run("rollback");
  expect(back.failure?.message).toBeUndefined();
  expect(back.err.join("\n")).toMatch(/local: back from release 2 to release 1 \(main [0-9a-f]{8}, /);
  expect(back.err.join("\n")).toContain("Data, secrets and templates stay as they are");
  expect(back.err.join("\n")).toContain("here the images' commands and variables go back");
  expect(await said()).toBe("one");
  expect((await summary())[0]).toEqual([3, "rollback", "deployed", 1]);
  expect((await status()).release).toMatchObject({ number: 3, of: 1 });
  // Before the first there is none; and what runs is no news.
  expect((await run("rollback")).failure?.message).toBe("Release 3, which runs now, is the first that is known.");
  expect((await run("rollback", "1")).failure?.message).toBe("Release 1 runs the same images as release 3, which runs now.");
  expect((await run("rollback", "9")).failure).toMatchObject({ message: "There is no release 9.", exit: 1 });
  // The next deploy goes forward again.
  await run("deploy");
  expect([await said(), (await summary())[0]]).toEqual(["two", [4, "deploy", "deployed", undefined]]);
});

test("with --templates the programs' templates go back too", async () => {
  await writeFile(join(app.folder, "plinth.config.ts"), config(', MORE: "b"'));
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
  const environment = async () => {
    const { taskDefinition } = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition: "shop-local-web" });
    return taskDefinition!.containerDefinitions![0]!.environment;
  };
  expect(await environment()).toHaveLength(2);
  expect((await run("rollback", "4")).failure?.remedy).toBe(
    "What differs between them is in their templates: plinth rollback 4 --templates",
  );
  const back = await run("rollback", "4", "--templates");
  expect(back.failure?.message).toBeUndefined();
  expect(await environment()).toEqual([{ name: "MODE", value: "a" }]);
  expect((await releases())[0]).toMatchObject({ number: 6, kind: "rollback", of: 4, templates: true });
});

test("a deploy whose requests fail to move is a failed release, and the one before runs on", async () => {
  await writeFile(join(app.folder, "plinth.config.ts"), config());
  await writeFile(join(app.folder, "Dockerfile"), dockerfile("broken"));
  const failed = await plinthInside(app.folder, ["deploy"]);
  expect(failed.exit).toBe(1);
  const [newest] = await releases();
  expect(newest).toMatchObject({
    number: 7,
    result: "failed",
    reason: expect.stringContaining("web (WebService) in shop-local-compute: "),
  });
  expect(await said()).toBe("two");
  const now = await status();
  expect([now.release!.number, now.lastAttempt!.number]).toEqual([6, 7]);
  expect((await run("rollback", "7")).failure?.message).toBe("Release 7 did not come out whole: it failed.");
  // What ran before the failure is brought out whole.
  const back = await run("rollback");
  expect(back.failure?.message).toBeUndefined();
  expect([await said(), (await releases())[0]]).toMatchObject(["two", { number: 8, kind: "rollback", of: 4 }]);
});

test("a release whose image is gone names the way back to it", async () => {
  const [first] = (await releases()).toReversed();
  const { repositories } = await aws.call("ecr", "DescribeRepositories", {});
  const { repositoryName } = repositories!.find((one) => one.repositoryName!.startsWith("shop-local-storage-"))!;
  await aws.call("ecr", "BatchDeleteImage", { repositoryName, imageIds: [{ imageDigest: first!.images["app"]! }] });
  expect((await run("rollback", "1")).failure).toMatchObject({
    code: "image-failed",
    message: `The image app of release 1 is gone from its repository ${repositoryName}.`,
    remedy: `Bring it out anew: git checkout ${first!.commit!.id.slice(0, 12)} && plinth deploy`,
  });
});

test("an update of the rule leaves the weights as ECS has set them, also when it is rolled back", async () => {
  const weights = async () => {
    const { StackResources } = await aws.call("cloudformation", "DescribeStackResources", {
      StackName: "shop-local-compute",
      LogicalResourceId: "EntryWebRule",
    });
    const { Rules } = await aws.call("elbv2", "DescribeRules", { RuleArns: [StackResources![0]!.PhysicalResourceId!] });
    const groups = Rules![0]!.Actions![0]!.ForwardConfig!.TargetGroups!;
    const { StackResources: all } = await aws.call("cloudformation", "DescribeStackResources", { StackName: "shop-local-compute" });
    const of = (id: string) => all!.find(({ LogicalResourceId }) => LogicalResourceId === id)!.PhysicalResourceId!;
    const weightOf = (id: string) => groups.find(({ TargetGroupArn }) => TargetGroupArn === of(id))!.Weight!;
    return { first: weightOf("EntryWebTargets"), other: weightOf("EntryWebOtherTargets") };
  };
  const routed = (paths: string, more = "") => config(more).replace('"/*": web', paths);
  await writeFile(join(app.folder, "Dockerfile"), dockerfile("three"));
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
  const before = await weights();
  expect(Object.values(before).toSorted()).toEqual([0, 100]);
  await writeFile(join(app.folder, "Dockerfile"), dockerfile("four"));
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
  const after = await weights();
  expect(after).not.toEqual(before);
  // CloudFormation believes otherwise: left to itself it would send all requests to the group that is empty.
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: "shop-local-compute" });
  const believed = (name: string) => Number(Stacks![0]!.Parameters!.find(({ ParameterKey }) => ParameterKey === name)!.ParameterValue);
  expect(Object.values(after)).toEqual([believed("EntryWebRuleOtherWeight"), believed("EntryWebRuleWeight")]);
  await writeFile(join(app.folder, "plinth.config.ts"), routed('"/*": web, "/x/*": web'));
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
  expect([await weights(), await said()]).toEqual([after, "four"]);
  // A rule and a version that does not come up: both are taken back.
  await writeFile(join(app.folder, "plinth.config.ts"), routed('"/*": web, "/y/*": web', ', MORE: "c"'));
  await writeFile(join(app.folder, "Dockerfile"), dockerfile("broken"));
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(1);
  expect([await weights(), await said()]).toEqual([after, "four"]);
});

test("a rollback that is stuck is continued, without just what cannot be put back", async () => {
  expect((await run("recover")).err.join("\n")).toContain("No rollback is stuck");
  expect((await run("recover", "--skip", "WebService")).failure).toMatchObject({ message: "WebService did not hold up a rollback." });
  // Somebody deletes the service by hand while it is deployed: then it can be neither updated nor put back.
  await writeFile(join(app.folder, "Dockerfile"), dockerfile("broken"));
  const deploying = plinthInside(app.folder, ["deploy"]);
  const { cluster, service } = await serviceOfApp();
  const state = async () => (await aws.call("ecs", "DescribeServices", { cluster, services: [service] })).services![0]!;
  await expect.poll(async () => (await state()).deployments!.length, { interval: 20 }).toBe(2);
  await aws.call("ecs", "DeleteService", { cluster, service, force: true });
  expect((await deploying).exit).toBe(1);
  expect((await run("deploy")).failure).toMatchObject({
    message: expect.stringContaining("shop-local-compute is UPDATE_ROLLBACK_FAILED"),
    remedy: "plinth recover says what held it up, and continues it.",
  });
  const again = await run("recover");
  expect(again.failure).toMatchObject({
    message: expect.stringContaining("The rollback of shop-local-compute has stopped again, at web (WebService) AWS::ECS::Service: "),
    remedy: expect.stringContaining("plinth recover --skip WebService"),
  });
  const without = await json<{ recovered: string[]; skipped: string[] }>("recover", "--skip", "WebService");
  expect(without).toMatchObject({ recovered: ["shop-local-compute"], skipped: ["WebService"] });
});

test("with the stage its releases go", async () => {
  const account = (await aws.call("sts", "GetCallerIdentity", {})).Account!;
  const objects = async () =>
    (await aws.call("s3", "ListObjectsV2", { Bucket: `plinth-${account}-eu-central-1`, Prefix: "releases/" })).KeyCount;
  expect(await objects()).toBe(10);
  expect((await run("destroy", "--yes")).failure?.message).toBeUndefined();
  expect([await objects(), await releases()]).toEqual([0, []]);
});

test("Ctrl-C in the middle of a canary leaves it going on; rollback ends it in favour of the old version", async () => {
  await using slow = await appFolder({
    ...files,
    "plinth.config.ts": config().replace('every: "0 minutes"', 'every: "60 minutes"'),
    ".dockerignore": "plinth.config.ts\n",
  });
  const at = (words: string[], signal?: AbortSignal) => plinth(slow.folder, words, signal && { signal });
  const shown = async () => JSON.parse((await at(["status", "--json"])).out.join("\n")) as Status;
  try {
    expect((await at(["deploy"])).failure?.message).toBeUndefined();
    await slow.write({ Dockerfile: dockerfile("two") });
    const interrupt = new AbortController();
    const deploying = at(["deploy"], interrupt.signal);
    const shift = async () => (await shown()).services[0]!.shift;
    const halfWay = { strategy: "canary", stage: "PRODUCTION_TRAFFIC_SHIFT", percent: 10 };
    await expect.poll(shift, { interval: 100 }).toMatchObject(halfWay);
    await expect
      .poll(async () => (await at(["status"])).out.join("\n"))
      .toMatch(/10 % of the requests go to the new version until \d\d:\d\d/);
    interrupt.abort();
    const stopped = await deploying;
    expect([stopped.exit, stopped.err.some((line) => line.includes("web: 10 % of the requests go to the new version"))]).toEqual([
      130,
      true,
    ]);
    // It goes on in the cloud.
    expect(await shift()).toMatchObject(halfWay);
    const listed = JSON.parse((await at(["releases", "--json"])).out.join("\n")) as Release[];
    expect(listed.map(({ result }) => result)).toEqual(["interrupted", "deployed"]);

    const back = await at(["rollback"]);
    expect(back.failure?.message).toBeUndefined();
    expect(back.err).toContain("web: the deployment that is under way is stopped, and all requests go back.");
    const now = await shown();
    expect([now.services[0], now.release]).toMatchObject([
      { steady: true, running: 1 },
      { kind: "rollback", of: 1 },
    ]);
    expect(await (await fetch(now.outputs["entry"]!["url"]!)).text()).toBe("one");
  } finally {
    await at(["cloud", "stop"]);
  }
});
