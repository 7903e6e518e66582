/** What queues remember when the cloud is killed, and what CloudWatch learns of them each minute. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";
import { startSimulatedCloud } from "../../cloud.ts";

const urlOf = (name: string) => `http://127.0.0.1:1/123456789012/${name}`;

async function startOn(folder: string, startMs?: number) {
  const world = startMs === undefined ? realWorld(folder) : simulatedWorld({ seed: startMs % 1000, folder, startMs });
  const store = openStore(folder, { outlivesPowerCut: false });
  const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
  await cloud.start();
  return { store, cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
}

test("a new life goes on where the last one ended: messages, who has them, until when, duplicates, tasks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-sqs-"));
  const startMs = Date.UTC(2026, 0, 1);
  const first = await startOn(folder, startMs);
  try {
    const { call } = first;
    await call("sqs", "CreateQueue", { QueueName: "work", Attributes: { VisibilityTimeout: "100" } });
    await call("sqs", "CreateQueue", { QueueName: "runs.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } });
    for (const MessageBody of ["held", "left"]) await call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody });
    await call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody: "delayed", DelaySeconds: 30 });
    const { Messages: [held] = [] } = await call("sqs", "ReceiveMessage", { QueueUrl: urlOf("work") });
    const run = { QueueUrl: urlOf("runs.fifo"), MessageBody: "1", MessageGroupId: "g" };
    const sent = await call("sqs", "SendMessage", run);
    await call("sqs", "SendMessage", { ...run, MessageBody: "2" });
    await call("sqs", "ReceiveMessage", { QueueUrl: urlOf("runs.fifo") });
    // No stop: as after SIGKILL, but for what the kernel still holds.
    first.store.close();

    const second = await startOn(folder, startMs + 40_000);
    try {
      const bodies = async (name: string) =>
        ((await second.call("sqs", "ReceiveMessage", { QueueUrl: urlOf(name), MaxNumberOfMessages: 10 })).Messages ?? []).map(
          ({ Body }) => Body,
        );
      expect(await bodies("work")).toEqual(["left", "delayed"]);
      expect(await second.call("sqs", "SendMessage", run)).toEqual(sent);
      expect(await bodies("runs.fifo")).toEqual(["1", "2"]);
      await second.call("sqs", "DeleteMessage", { QueueUrl: urlOf("work"), ReceiptHandle: held!.ReceiptHandle! });
      const { Attributes } = await second.call("sqs", "GetQueueAttributes", { QueueUrl: urlOf("work"), AttributeNames: ["All"] });
      expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: "0", ApproximateNumberOfMessagesNotVisible: "2" });
    } finally {
      await second.cloud.stop();
      second.store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("each message that was answered outlives SIGKILL, in order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-sqs-"));
  try {
    const child = spawn(process.execPath, [join(import.meta.dirname, "cloud-to-kill.ts"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((done) => child.once("exit", done));
    let answered = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      answered = Number(line);
      if (answered >= 50) child.kill("SIGKILL");
    }
    await ended;
    expect(answered).toBeGreaterThanOrEqual(50);
    const { call, cloud, store } = await startOn(folder);
    const found: number[] = [];
    for (;;) {
      const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl: urlOf("runs.fifo"), MaxNumberOfMessages: 10 });
      if (Messages.length === 0) break;
      found.push(...Messages.map(({ Body }) => Number(Body)));
      await call("sqs", "DeleteMessageBatch", {
        QueueUrl: urlOf("runs.fifo"),
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle: ReceiptHandle! })),
      });
    }
    await cloud.stop();
    store.close();
    expect(found).toEqual(found.map((_, index) => index));
    expect(found.length).toBeGreaterThan(answered);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("CloudWatch learns of every queue each minute, so that an alarm on the backlog goes off", async () => {
  await using it = await startSimulatedCloud();
  const { call, world } = it;
  await call("sqs", "CreateQueue", { QueueName: "work" });
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "backlog",
    Namespace: "AWS/SQS",
    MetricName: "ApproximateNumberOfMessagesVisible",
    Dimensions: [{ Name: "QueueName", Value: "work" }],
    Statistic: "Maximum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 2,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    TreatMissingData: "notBreaching",
  });
  const startMs = world.clock.nowMs();
  for (const MessageBody of ["a", "bc", "def"]) await call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody });
  const { Messages: [one] = [] } = await call("sqs", "ReceiveMessage", { QueueUrl: urlOf("work"), VisibilityTimeout: 600 });
  await call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody: "later", DelaySeconds: 900 });
  await world.clock.advance(60_000);
  const value = async (MetricName: string, statistic: "Maximum" | "Sum" | "Minimum" = "Maximum") => {
    const { Datapoints } = await call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/SQS",
      MetricName,
      Dimensions: [{ Name: "QueueName", Value: "work" }],
      StartTime: new Date(startMs),
      EndTime: new Date(startMs + 120_000),
      Period: 60,
      Statistics: [statistic],
    });
    return Datapoints![0]?.[statistic];
  };
  await expect.poll(() => value("SentMessageSize")).toBe(5);
  expect(await value("SentMessageSize", "Minimum")).toBe(1);
  expect(await value("NumberOfMessagesSent", "Sum")).toBe(4);
  expect(await value("NumberOfMessagesReceived", "Sum")).toBe(1);
  expect(await value("NumberOfEmptyReceives", "Sum")).toBe(0);
  expect(await value("ApproximateNumberOfMessagesVisible")).toBe(2);
  expect(await value("ApproximateNumberOfMessagesNotVisible")).toBe(1);
  expect(await value("ApproximateNumberOfMessagesDelayed")).toBe(1);
  expect(await value("ApproximateAgeOfOldestMessage")).toBe(60);
  await world.clock.advance(120_000);
  const state = async () => (await call("cloudwatch", "DescribeAlarms", { AlarmNames: ["backlog"] })).MetricAlarms![0]!.StateValue;
  await expect.poll(state).toBe("ALARM");
  await call("sqs", "DeleteMessage", { QueueUrl: urlOf("work"), ReceiptHandle: one!.ReceiptHandle! });
  await call("sqs", "PurgeQueue", { QueueUrl: urlOf("work") });
  await world.clock.advance(180_000);
  await expect.poll(state).toBe("OK");
});
