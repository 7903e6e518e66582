/** What logs, CloudWatch, SNS and S3 remember when the cloud is killed without a stop, and started again on the same folder. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { readMails } from "../../../src/services/sns/mailbox.ts";
import { openStore } from "../../../src/store.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";

const minuteMs = 60_000;

it("everything that was answered is there, alarms go on, and half an upload is swept away", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-restart-"));
  const start = async (seed: number, startMs: number) => {
    const world = simulatedWorld({ seed, folder, startMs });
    const store = openStore(folder, { outlivesPowerCut: false });
    const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
    await cloud.start();
    return { world, store, cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
  };
  const startMs = Date.UTC(2026, 0, 1);
  const first = await start(1, startMs);
  try {
    const { call } = first;
    await call("logs", "CreateLogGroup", { logGroupName: "g" });
    await call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" });
    await call("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents: [{ timestamp: startMs, message: "kept" }] });
    const { TopicArn } = await call("sns", "CreateTopic", { Name: "t" });
    await call("sns", "Subscribe", { TopicArn: TopicArn!, Protocol: "email", Endpoint: "a@example.com" });
    await call("cloudwatch", "PutMetricAlarm", {
      AlarmName: "a",
      Namespace: "N",
      MetricName: "m",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
    await call("cloudwatch", "PutMetricData", { Namespace: "N", MetricData: [{ MetricName: "m", Value: 5 }] });
    await call("s3", "CreateBucket", { Bucket: "bucket", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
    await call("s3", "PutObject", { Bucket: "bucket", Key: "k", Body: "content" });
    mkdirSync(join(folder, "s3", "objects", "zz"), { recursive: true });
    writeFileSync(join(folder, "s3", "objects", "zz", "zz-left-over"), "half");

    // The first cloud is never stopped: it only loses its hold on time.
    const second = await start(2, startMs + 1000);
    try {
      expect((await second.call("logs", "FilterLogEvents", { logGroupName: "g" })).events).toMatchObject([
        { message: "kept", logStreamName: "s" },
      ]);
      expect((await second.call("sns", "ListSubscriptions", {})).Subscriptions).toMatchObject([{ Endpoint: "a@example.com" }]);
      expect(readMails(second.cloud)).toHaveLength(1);
      const { Body } = await second.call("s3", "GetObject", { Bucket: "bucket", Key: "k" });
      expect(String(Body)).toBe("content");
      expect(readdirSync(join(folder, "s3", "objects", "zz"))).toEqual([]);
      await second.world.clock.advance(minuteMs + 2000);
      expect((await second.call("cloudwatch", "DescribeAlarms", {})).MetricAlarms).toMatchObject([{ AlarmName: "a", StateValue: "ALARM" }]);
      await second.call("logs", "PutLogEvents", {
        logGroupName: "g",
        logStreamName: "s",
        logEvents: [{ timestamp: startMs, message: "more" }],
      });
      const { events } = await second.call("logs", "FilterLogEvents", { logGroupName: "g" });
      expect(events!.map(({ message }) => message)).toEqual(["kept", "more"]);
    } finally {
      await second.cloud.stop();
      second.store.close();
    }
  } finally {
    await first.cloud.stop();
    first.store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
