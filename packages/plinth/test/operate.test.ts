/** Operating what runs: scale, restart, stop and start, layers alone, and the doctor, in an embedded cloud of its own. */
import type { Examination } from "@plinth/deployer";
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = (env = "") => `import { app, image, postgres, secret, service } from "plinth";
export default app("tiny", { region: "eu-central-1" }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const apiKey = secret({ store: "parameter-store" });
  const web = service({ image: source, port: 3000, public: true, env: { DATABASE_URL: database, API_KEY: apiKey${env} } });
  const worker = service({ image: source, command: ["node", "worker.js"], scale: { min: 1, max: 3 } });
  return { database, apiKey, web, worker };
});
`;
const files = {
  "plinth.config.ts": config(),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((_, response) => response.end("up")).listen(3000);\n',
  "worker.js": 'process.on("SIGTERM", () => process.exit(0));\nsetInterval(() => {}, 1000);\n',
};

let app: AppFolder;
let aws: Aws;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => JSON.parse((await run(...words, "--json")).out.join("\n")) as T;

interface StatusLike {
  services: { name: string; desired: number; running: number }[];
}
const counts = async () =>
  Object.fromEntries((await json<StatusLike>("status")).services.map(({ name, desired, running }) => [name, [desired, running]]));
/** What AWS calls it, by its stack. */
const physicalId = async (layer: string, logicalId: RegExp) => {
  const { StackResources } = await aws.call("cloudformation", "DescribeStackResources", { StackName: `tiny-local-${layer}` });
  const id = StackResources!.find(({ LogicalResourceId }) => logicalId.test(LogicalResourceId!))!.PhysicalResourceId!;
  return id.slice(id.lastIndexOf("/") + 1);
};
const clusterOfApp = () => physicalId("network", /^Cluster$/u);
const serviceNamed = (name: "Web" | "Worker") => physicalId("compute", new RegExp(`^${name}Service$`, "u"));
const examined = () => json<Examination>("doctor");

beforeAll(async () => {
  app = await appFolder(files);
  await run("cloud", "start");
  aws = connectAws("eu-central-1", (await json<{ endpoint: string }>("cloud", "status")).endpoint);
});
afterAll(async () => {
  aws.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a layer alone needs the ones below it, and says which one is missing", async () => {
  const doctor = await run("doctor");
  expect([doctor.exit, doctor.out.join("\n")]).toEqual([0, expect.stringMatching(/tiny local is not deployed.*stage-stopped/u)]);
  const compute = await run("deploy", "--layer", "compute");
  expect(compute.exit).toBe(1);
  expect(compute.failure?.message).toMatch(/^tiny-local-compute needs the layer \w+ \(tiny-local-\w+\), which is not deployed\.$/u);
  expect(compute.failure?.remedy).toMatch(/^plinth deploy --layer \w+, or the whole app: plinth deploy$/u);
  expect(await run("deploy", "--layer", "cellar")).toMatchObject({ exit: 2, failure: { message: "tiny has no layer called cellar." } });
  const network = await run("deploy", "--layer", "network,storage");
  expect(network.failure?.message).toBeUndefined();
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", {});
  expect(Stacks!.map(({ StackName }) => StackName).toSorted()).toEqual(["tiny-local-network", "tiny-local-storage"]);
});

test("the doctor names a secret that is missing, and the command that sets it", async () => {
  expect((await run("deploy")).exit).toBe(7);
  const ill = await run("doctor");
  expect(ill.exit).toBe(1);
  expect(ill.out.join("\n")).toMatch(/✗ apiKey has no value \[missing-secrets\]\n {2}cause .*\n {2}remedy {2}plinth secrets set apiKey/u);
  await plinth(app.folder, ["secrets", "set", "apiKey"], { input: "twelve chars\n" });
  const deployed = await run("deploy");
  expect(deployed.failure?.message).toBeUndefined();
  const well = await run("doctor");
  expect(well.out.join("\n")).toContain("Nothing is wrong.");
  expect(well.exit).toBe(0);
});

test("one layer is planned and deployed alone, with what the others have put out", async () => {
  await app.write({ "plinth.config.ts": config(', MODE: "other"') });
  const plan = await json<{ layers: { layer: string; changes: unknown[] }[] }>("plan", "--layer", "compute");
  expect(plan.layers.map(({ layer, changes }) => [layer, changes.length > 0])).toEqual([["compute", true]]);
  const deployed = await run("deploy", "--layer", "compute");
  expect(deployed.failure?.message).toBeUndefined();
  expect(deployed.err.join("\n")).toMatch(/✓ stack tiny-local-compute/u);
  expect(deployed.err.join("\n")).not.toMatch(/stack tiny-local-(network|database|iam)/u);
  expect((await run("plan")).out.at(-1)).toBe("Nothing to change.");
});

test("scale brings as many copies as were asked for, and stays within the bounds of scaling", async () => {
  const out = await run("scale", "web", "2");
  expect(out.failure?.message).toBeUndefined();
  expect(await counts()).toEqual({ web: [2, 2], worker: [1, 1] });
  expect(out.err.join("\n")).toMatch(/web: 1 of 2 running/u);
  expect(await json("scale", "worker", "2")).toEqual({
    service: "worker",
    before: 1,
    desired: 2,
    running: 2,
    bounds: { min: 1, max: 3 },
  });
  expect(await run("scale", "worker", "4")).toMatchObject({
    exit: 1,
    failure: {
      code: "out-of-bounds",
      message: "worker is scaled by its load between 1 and 3: 4 lies outside.",
      remedy: "Set scale.max of worker in plinth.config.ts to 4 and deploy, or choose a number from 1 to 3.",
    },
  });
  expect(await run("scale", "nobody", "1")).toMatchObject({ exit: 1, failure: { remedy: "It has: web, worker." } });
  expect((await run("scale", "web", "some")).exit).toBe(2);
  expect((await run("scale", "web", "1")).exit).toBe(0);
  // A deploy leaves the number of a service whose scaling it is.
  expect((await run("deploy")).exit).toBe(0);
  expect(await counts()).toEqual({ web: [1, 1], worker: [2, 2] });
});

test("restart replaces the tasks, without a gap", async () => {
  const cluster = await clusterOfApp();
  const tasks = async () => (await aws.call("ecs", "ListTasks", { cluster, serviceName: await serviceNamed("Worker") })).taskArns!;
  const before = await tasks();
  const restarted = await run("restart", "worker");
  expect(restarted.failure?.message).toBeUndefined();
  const after = await tasks();
  expect(after).toHaveLength(before.length);
  expect(after.filter((arn) => before.includes(arn))).toEqual([]);
});

test("stop takes everything down and remembers it; start brings back just that", async () => {
  await aws.call("ecs", "UpdateService", {
    cluster: await clusterOfApp(),
    service: await serviceNamed("Worker"),
    desiredCount: 3,
  });
  await expect.poll(counts).toMatchObject({ worker: [3, 3] });
  const stopped = await run("stop");
  expect(stopped.failure?.message).toBeUndefined();
  expect(stopped.err.join("\n")).toMatch(/go on costing: .*1 database's storage and backups/u);
  expect(await counts()).toEqual({ web: [0, 0], worker: [0, 0] });
  const database = async () =>
    (await aws.call("rds", "DescribeDBInstances", {})).DBInstances!.map(({ DBInstanceStatus }) => DBInstanceStatus);
  await expect.poll(database).toEqual(["stopped"]);
  const targets = async () =>
    (await aws.call("application-autoscaling", "DescribeScalableTargets", { ServiceNamespace: "ecs" })).ScalableTargets!.map(
      ({ SuspendedState }) => Object.values(SuspendedState!),
    );
  expect(await targets()).toEqual([[true, true, true]]);
  expect(await run("deploy")).toMatchObject({ exit: 1, failure: { code: "stopped", remedy: "plinth start brings it back as it was." } });
  expect((await run("scale", "web", "2")).failure?.code).toBe("stopped");
  expect((await examined()).findings).toMatchObject([{ diagnosis: "stage-stopped", severity: "hint", remedy: "plinth start" }]);
  // Twice is as once: what the first remembers stays.
  expect((await run("stop")).exit).toBe(0);

  const started = await run("start");
  expect(started.failure?.message).toBeUndefined();
  expect(await counts()).toEqual({ web: [1, 1], worker: [3, 3] });
  expect(await database()).toEqual(["available"]);
  expect(await targets()).toEqual([[false, false, false]]);
  expect((await run("start")).err.join("\n")).toContain("local is not stopped.");
  const again = await run("doctor");
  expect(again.exit).toBe(8);
  expect(again.out.join("\n")).toMatch(/! worker runs 3 copies, as many as it may \[scaling-at-limit\]/u);
});

test("the doctor finds a crashing program, a closed security group, a stopped database and an image that is gone", async () => {
  const cluster = await clusterOfApp();
  const found = async () => (await examined()).findings.map(({ diagnosis, subject }) => `${diagnosis} ${subject}`);
  const service = (await aws.call("ecs", "DescribeServices", { cluster, services: [await serviceNamed("Web")] })).services![0]!;
  const { taskDefinition } = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition: service.taskDefinition });
  const broken = async (change: object) => {
    const { family, executionRoleArn, taskRoleArn, cpu, memory, networkMode, requiresCompatibilities, containerDefinitions } =
      taskDefinition!;
    const containers = containerDefinitions!.map((one) => ({ ...one, ...change }));
    const { taskDefinition: made } = await aws.call("ecs", "RegisterTaskDefinition", {
      family,
      executionRoleArn,
      taskRoleArn,
      cpu,
      memory,
      networkMode,
      requiresCompatibilities,
      containerDefinitions: containers,
    });
    return aws.call("ecs", "UpdateService", { cluster, service: await serviceNamed("Web"), taskDefinition: made!.taskDefinitionArn });
  };
  await broken({ command: ["node", "-e", "console.error('password authentication failed for user x'); process.exit(3)"] });
  await expect.poll(found, { interval: 500 }).toEqual(expect.arrayContaining(["tasks-keep-stopping web", "database-login web"]));
  const { findings } = await examined();
  const crash = findings.find(({ diagnosis }) => diagnosis === "tasks-keep-stopping")!;
  expect(crash.cause).toContain("exit code 3");
  expect(crash.evidence.join("\n")).toContain("web | password authentication failed for user x");

  await broken({ image: `${containerImage(taskDefinition!)}-gone` });
  await expect.poll(found, { interval: 500 }).toEqual(expect.arrayContaining(["image-not-pullable web"]));

  const { SecurityGroupRules } = await aws.call("ec2", "DescribeSecurityGroupRules", {});
  const toDatabase = SecurityGroupRules!.find(({ IsEgress, FromPort }) => !IsEgress && FromPort === 5432)!;
  await aws.call("ec2", "RevokeSecurityGroupIngress", {
    GroupId: toDatabase.GroupId,
    SecurityGroupRuleIds: [toDatabase.SecurityGroupRuleId!],
  });
  const { DBInstances } = await aws.call("rds", "DescribeDBInstances", {});
  await aws.call("rds", "StopDBInstance", { DBInstanceIdentifier: DBInstances![0]!.DBInstanceIdentifier });
  const all = await run("doctor");
  expect(all.exit).toBe(1);
  expect(all.out.join("\n")).toMatch(/is no rule of its security group any more \[security-group-rule-missing\]/u);
  expect(all.out.join("\n")).toMatch(/is stopp(ed|ing) \[database-not-available\]\n.*\n {2}remedy {2}aws rds start-db-instance/u);
});

/** The repository, without the digest. */
const containerImage = ({ containerDefinitions }: { containerDefinitions?: { image?: string }[] }) =>
  containerDefinitions![0]!.image!.split("@")[0]!;
