/** A protected stage with data is taken down: what is said before, what stops it, what goes on after a failure, what is left. */
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, bucket, image, loadBalancer, postgres, service } from "plinth";
export default app("vault", { region: "us-east-1", stages: ["prod"], production: ["prod"] }, () => {
  const source = image();
  const database = postgres({ version: "16" });
  const files = bucket({ versioned: true });
  const web = service({ image: source, port: 3000, env: { DATABASE_URL: database, FILES: files.readWrite } });
  const entry = loadBalancer({ routes: { "/*": web } });
  return { database, files, web, entry };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": 'import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(3000);\n',
};

let app: AppFolder;
let aws: Aws;
const stage = ["--stage", "prod", "--local"];
const run = (words: string[], answers?: string[]) => plinth(app.folder, [...words, ...stage], answers && { answers });

beforeAll(async () => {
  app = await appFolder(files);
  const deployed = await run(["deploy", "--yes"]);
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  const { endpoint } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("")) as { endpoint: string };
  aws = connectAws("us-east-1", endpoint);
  const { files: made } = JSON.parse((await run(["outputs", "--json"])).out.join("")) as { files: { name: string } };
  for (const Body of ["first", "second"]) await aws.call("s3", "PutObject", { Bucket: made.name, Key: "a.txt", Body });
});
afterAll(async () => {
  aws.close();
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

const stacks = async () => (await aws.call("cloudformation", "DescribeStacks", {})).Stacks!.map(({ StackName }) => StackName!);

test("protection stops it by name, without a terminal and at one, and nothing is touched", async () => {
  const before = await stacks();
  const refused = await run(["destroy", "--yes"]);
  expect([refused.exit, refused.failure?.code, refused.failure?.remedy]).toEqual([
    4,
    "protected",
    "Add --lift-protection to switch that off.",
  ]);
  expect(refused.failure?.message).toMatch(/^Protected against deletion: the load balancer \S+, the database \S+\. Nothing was touched\.$/);
  const declined = await run(["destroy"], ["no"]);
  expect([declined.exit, declined.failure?.code]).toEqual([4, "protected"]);
  expect(await stacks()).toEqual(before);
});

test("it says what becomes of the data, and how much that is", async () => {
  const asked = await run(["destroy"], ["yes", "something else"]);
  expect([asked.exit, asked.failure?.code]).toEqual([4, "not-consented"]);
  const told = asked.err.join("\n");
  expect(told).toMatch(/the database database is deleted: a final snapshot keeps its data \((?:about|at most) [\d.]+ \w+\)/);
  expect(told).toContain("the bucket files is deleted: the old one is kept, and no longer managed (1 object in 2 versions, 11 bytes)");
  expect(told).toContain("Lift this protection? Type yes: ");
  const without = await run(["destroy", "--no-final-snapshot"], ["yes", "something else"]);
  expect(without.err.join("\n")).toMatch(/ {2}! the database database is deleted \(.*\): its data is LOST/);
});

test("a failure half way is told with its cause; the same command goes on from there, and knows all that is left", async () => {
  const { Vpcs } = await aws.call("ec2", "DescribeVpcs", { Filters: [{ Name: "tag:plinth:app", Values: ["vault"] }] });
  const made = await aws.call("ec2", "CreateSecurityGroup", { GroupName: "by-hand", Description: "by hand", VpcId: Vpcs![0]!.VpcId! });
  const failed = await run(["destroy", "--yes", "--lift-protection"]);
  expect([failed.exit, failed.failure?.code]).toEqual([1, "stack-failed"]);
  expect(failed.failure?.message).toMatch(/^vault-prod-network could not be deleted: Vpc \(AWS::EC2::VPC\): .*has dependencies/);
  expect(failed.failure?.remedy).toContain("run the same command again");
  expect(await stacks()).toEqual(["vault-prod-network"]);

  await aws.call("ec2", "DeleteSecurityGroup", { GroupId: made.GroupId! });
  const { out, exit } = await run(["destroy", "--yes", "--json"]);
  expect(exit).toBe(0);
  const result = JSON.parse(out.join("")) as { deleted: string[]; left: string[]; remains: { kind: string; sizeBytes?: number }[] };
  expect(result.deleted).toEqual(["vault-prod-network"]);
  // The buckets and the key were kept by the run before; into that of the logs the load balancer has written whether it can.
  const kinds = result.remains.map(({ kind, sizeBytes }) => [kind, sizeBytes]).filter(([kind]) => kind !== "log-group");
  expect(kinds).toEqual([
    ["bucket", 52],
    ["bucket", 11],
    ["key", undefined],
    ["database-snapshot", 20 * 1024 ** 3],
  ]);
  expect(await stacks()).toEqual([]);
});

test("afterwards there is nothing to destroy", async () => {
  const again = await run(["destroy", "--yes"]);
  expect([again.exit, again.err.join("")]).toEqual([0, "vault prod is not deployed: there is nothing to destroy."]);
});

test("--final-snapshot keeps what would be lost", async () => {
  expect((await plinth(app.folder, ["deploy"])).exit).toBe(0);
  const { out, exit, err } = await plinth(app.folder, ["destroy", "--yes", "--final-snapshot", "--json"]);
  expect(exit, err.join("\n")).toBe(0);
  const { remains } = JSON.parse(out.join("")) as { remains: { kind: string; id: string }[] };
  const made = remains.find(({ kind, id }) => kind === "database-snapshot" && /^vault-local-.*-final-\d{12}$/.test(id));
  const { DBSnapshots } = await aws.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: made!.id });
  expect(DBSnapshots).toMatchObject([{ Status: "available", SnapshotType: "manual" }]);
});

test("--no-final-snapshot keeps none where one would be made", async () => {
  expect((await run(["deploy", "--yes"])).failure?.message).toBeUndefined();
  // The automated ones go with the database.
  const snapshots = async () => (await aws.call("rds", "DescribeDBSnapshots", { SnapshotType: "manual" })).DBSnapshots!.length;
  const before = await snapshots();
  expect((await run(["destroy", "--yes", "--lift-protection", "--no-final-snapshot"])).failure?.message).toBeUndefined();
  expect(await snapshots()).toBe(before);
  expect((await aws.call("rds", "DescribeDBInstances", {})).DBInstances).toEqual([]);
  expect(await stacks()).toEqual([]);
});
