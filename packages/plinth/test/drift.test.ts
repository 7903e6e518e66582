/** What somebody changes by hand behind a deployed stage: seen by `plan`, left by a deploy, set back by `deploy --revert-drift`. */
import { connectAws, type Aws, type Plan } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

let app: AppFolder;
let aws: Aws;
const run = async (...words: string[]) => {
  const ended = await plinth(app.folder, words);
  expect(ended.failure?.message).toBeUndefined();
  return ended;
};
const planned = async () => JSON.parse((await run("plan", "--json")).out.join("\n")) as Plan;

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": `import { app, bucket, queue } from "plinth";
export default app("drifts", { region: "eu-central-1" }, () => {
  const jobs = queue({ attempts: 5 });
  const uploads = bucket({ versioned: true });
  return { jobs, uploads };
});
`,
  });
  await run("deploy");
  const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string };
  aws = connectAws("eu-central-1", endpoint);
}, 60_000);
afterAll(async () => {
  aws.close();
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

test("changes by hand are drift until somebody asks to have them set back", async () => {
  expect((await planned()).drift).toEqual([]);
  const { QueueUrls = [] } = await aws.call("sqs", "ListQueues", {});
  const dead = QueueUrls.find((url) => url.includes("dead"))!;
  const jobs = QueueUrls.find((url) => url !== dead)!;
  await aws.call("sqs", "SetQueueAttributes", { QueueUrl: jobs, Attributes: { RedrivePolicy: "" } });
  const { Buckets = [] } = await aws.call("s3", "ListBuckets", {});
  const Bucket = Buckets.find(({ Name }) => Name!.includes("uploads"))!.Name!;
  await aws.call("s3", "DeleteBucketPolicy", { Bucket });

  const { drift, summary } = await planned();
  expect(drift.map(({ key, type, status, differences }) => [key, type, status, differences.map(({ path }) => path)])).toEqual([
    ["jobs", "AWS::SQS::Queue", "modified", ["RedrivePolicy"]],
    ["uploads", "AWS::S3::BucketPolicy", "deleted", []],
  ]);
  expect(summary.update).toBe(0);
  expect((await run("plan")).out.join("\n")).toContain("plinth deploy --revert-drift");
  await run("deploy");
  expect((await planned()).drift).toHaveLength(2);
  await run("deploy", "--revert-drift");
  expect((await planned()).drift).toEqual([]);
  const { Attributes } = await aws.call("sqs", "GetQueueAttributes", { QueueUrl: jobs, AttributeNames: ["RedrivePolicy"] });
  expect(JSON.parse(Attributes!["RedrivePolicy"]!)).toMatchObject({ maxReceiveCount: 5 });
}, 60_000);
