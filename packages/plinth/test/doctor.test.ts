/** What the doctor finds of things that take time or a whole account: a database that sleeps, a role that tasks cannot have, a limit that is reached. */
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HurriedCloud, startHurriedCloud } from "../../../examples/threa/test/hurried.ts";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (nat = 0) => `import { app, aurora, image, service, vpc } from "plinth";
export default app("ward", { region: "eu-central-1" }, () => {
  const network = vpc({ natGateways: ${nat} });
  const database = aurora({ version: "17", capacity: { min: 0, max: 2, pauseAfter: "5 minutes" } });
  const web = service({ image: image(), port: 3000, public: true, env: { DATABASE_URL: database } });
  return { network, database, web };
});
`;
const files = {
  "plinth.config.ts": config(),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  ".dockerignore": "plinth.config.ts\n",
  "server.js": `import { createServer } from "node:http";
createServer((_, response) => response.end("up")).listen(3000);
process.on("SIGTERM", () => process.exit(0));
`,
};

let app: AppFolder;
let cloud: HurriedCloud;
let aws: Aws;
const doctor = async () => {
  const { exit, out } = await plinth(app.folder, ["doctor"]);
  return { exit, text: out.join("\n") };
};

beforeAll(async () => {
  app = await appFolder(files);
  cloud = await startHurriedCloud(app);
  aws = connectAws("eu-central-1", cloud.endpoint);
  const deployed = await plinthInside(app.folder, ["deploy"]);
  expect(deployed.exit, deployed.err).toBe(0);
}, 300_000);
afterAll(async () => {
  aws.close();
  await cloud[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

test("a database that sleeps is no fault, and said", async () => {
  await expect
    .poll(
      async () => {
        await cloud.pass(60_000);
        return (await doctor()).text;
      },
      { timeout: 120_000 },
    )
    .toMatch(
      /ward-local-database\S* is paused \[database-paused\]\n.*costs its storage only.*\n {2}remedy {2}plinth connect NAME wakes it/u,
    );
  expect((await doctor()).exit).toBe(0);
});

test("a role that does not trust ECS any more is named, with the tasks that it keeps from starting", async () => {
  const { Roles = [] } = await aws.call("iam", "ListRoles", {});
  const { RoleName, AssumeRolePolicyDocument } = Roles.find((role) => /ward-local-iam-WebTaskRole/u.test(role.RoleName!))!;
  const trust = (PolicyDocument: string) => aws.call("iam", "UpdateAssumeRolePolicy", { RoleName, PolicyDocument });
  const before = decodeURIComponent(AssumeRolePolicyDocument!);
  await trust(before.replace("ecs-tasks.amazonaws.com", "ec2.amazonaws.com"));
  const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster: "ward-local" });
  for (const task of taskArns) await aws.call("ecs", "StopTask", { cluster: "ward-local", task });
  const found =
    /web gets no tasks: its role cannot be had \[role-not-assumable\]\n.*WebTaskRole.* lets ecs-tasks\.amazonaws\.com no longer have it/u;
  await expect.poll(async () => (await doctor()).text, { timeout: 120_000 }).toMatch(found);
  const ill = await doctor();
  expect([ill.exit, ill.text]).toEqual([1, expect.stringMatching(/remedy {2}aws iam get-role --role-name \S*WebTaskRole/u)]);
  await trust(before);
});

test("a limit of the account that a deploy runs into is named, with AWS's own words", async () => {
  let taken = 0;
  const full = async () => {
    for (; ; taken++) await aws.call("ec2", "AllocateAddress", { Domain: "vpc" });
  };
  await expect(full()).rejects.toMatchObject({ name: "AddressLimitExceeded" });
  expect(taken).toBeGreaterThan(4);
  await app.write({ "plinth.config.ts": config(1) });
  const failed = await plinthInside(app.folder, ["deploy"]);
  expect([failed.exit, failed.err]).toEqual([1, expect.stringContaining("The maximum number of addresses has been reached.")]);
  const { exit, text } = await doctor();
  expect(exit).toBe(1);
  expect(text).toMatch(/ward-local-network ran into a limit \[account-limit\]\n.*A limit of the account is reached\./u);
  expect(text).toMatch(/remedy {2}Ask for more at Service Quotas/u);
});
