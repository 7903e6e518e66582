/**
 * CloudWatch Logs, CloudWatch, SNS and S3 through AWS's own clients: against the embedded cloud over HTTP, or with TARGET=aws against AWS
 * (in the region and with the credentials of the environment).
 */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  paginateListMetrics,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, DeleteTopicCommand, GetTopicAttributesCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../packages/cloud/test/server.ts";

const onAws = process.env.TARGET === "aws";
const name = `plinth-conformance-${process.pid}-${Date.now()}`;
let server: TestServer | undefined;

beforeAll(async () => {
  if (!onAws) server = await startTestServer();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const options = () => server?.client ?? {};

test("log events come back in order, and their tokens end where they began", async () => {
  const logs = new CloudWatchLogsClient(options());
  const names = { logGroupName: name, logStreamName: "stream" };
  await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  try {
    await expect(logs.send(new CreateLogGroupCommand({ logGroupName: name }))).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await logs.send(new CreateLogStreamCommand(names));
    const timestamp = Date.now();
    const logEvents = ["one", "two", "three"].map((message, index) => ({ timestamp: timestamp + index, message }));
    await logs.send(new PutLogEventsCommand({ ...names, logEvents }));
    const read = async () => await logs.send(new GetLogEventsCommand({ ...names, startFromHead: true }));
    await expect.poll(async () => (await read()).events?.map(({ message }) => message)).toEqual(["one", "two", "three"]);
    const { nextForwardToken } = await read();
    const end = await logs.send(new GetLogEventsCommand({ ...names, nextToken: nextForwardToken }));
    expect(end).toMatchObject({ events: [], nextForwardToken });
    const { matches } = await logs.send(
      new TestMetricFilterCommand({
        filterPattern: "[ip, user, ..., bytes > 100]",
        logEventMessages: ["127.0.0.1 frank - 200", "127.0.0.1 frank - 20"],
      }),
    );
    expect(matches).toMatchObject([{ eventNumber: 1, extractedValues: { $ip: "127.0.0.1", $user: "frank", $bytes: "200" } }]);
  } finally {
    await logs.send(new DeleteLogGroupCommand({ logGroupName: name }));
    logs.destroy();
  }
});

test("an alarm keeps what it was given, and takes a state", async () => {
  const cloudwatch = new CloudWatchClient(options());
  const watch = { Namespace: name, MetricName: "m", Statistic: "Average", Period: 60, EvaluationPeriods: 1, Threshold: 1 } as const;
  try {
    await cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: name, ...watch, ComparisonOperator: "GreaterThanThreshold" }));
    const describe = async () => (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];
    expect(await describe()).toMatchObject({
      ...watch,
      ActionsEnabled: true,
      Dimensions: [],
      StateReason: "Unchecked: Initial alarm creation",
    });
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: "ALARM", StateReason: "a test" }));
    expect(await describe()).toMatchObject({ StateValue: "ALARM", StateReason: "a test" });
    await expect(
      cloudwatch.send(new PutMetricDataCommand({ Namespace: "AWS/X", MetricData: [{ MetricName: "m", Value: 1 }] })),
    ).rejects.toMatchObject({
      message: "The value AWS/ for parameter Namespace is invalid.",
    });
    for await (const { Metrics } of paginateListMetrics({ client: cloudwatch }, { Namespace: `${name}-none` }))
      expect(Metrics ?? []).toEqual([]);
  } finally {
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
    cloudwatch.destroy();
  }
});

test("a topic is made once, takes messages, and is gone when it is deleted", async () => {
  const sns = new SNSClient(options());
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
  expect((await sns.send(new CreateTopicCommand({ Name: name }))).TopicArn).toBe(TopicArn);
  expect((await sns.send(new PublishCommand({ TopicArn, Message: "hello" }))).MessageId).toMatch(/^[0-9a-f-]{36}$/);
  await expect(sns.send(new PublishCommand({ TopicArn, Message: "" }))).rejects.toMatchObject({
    message: "Invalid parameter: Empty message",
  });
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  await expect(sns.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toMatchObject({ message: "Topic does not exist" });
  sns.destroy();
});

test("an object is written once under If-None-Match, and read by range", async () => {
  const s3 = new S3Client(options());
  const at = { Bucket: name, Key: "a b/ü" };
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  try {
    await s3.send(new PutObjectCommand({ ...at, Body: "0123456789", IfNoneMatch: "*" }));
    await expect(s3.send(new PutObjectCommand({ ...at, Body: "x", IfNoneMatch: "*" }))).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    const { Body, ContentRange } = await s3.send(new GetObjectCommand({ ...at, Range: "bytes=-3" }));
    expect([await Body!.transformToString(), ContentRange]).toEqual(["789", "bytes 7-9/10"]);
    await expect(s3.send(new DeleteBucketCommand({ Bucket: name }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
  } finally {
    await s3.send(new DeleteObjectCommand(at));
    await s3.send(new DeleteBucketCommand({ Bucket: name }));
    s3.destroy();
  }
});
