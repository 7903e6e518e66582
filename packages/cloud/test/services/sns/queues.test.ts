/** SNS to SQS: what comes to a queue, what its policy keeps out, and where that goes. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

const arnOf = (service: "sns" | "sqs", name: string) => `arn:aws:${service}:eu-central-1:123456789012:${name}`;
const urlOf = (name: string) => `http://127.0.0.1:1/123456789012/${name}`;

async function makeQueue(test: TestCloud, name: string, topic?: string) {
  const statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: arnOf("sqs", name),
    Condition: { ArnEquals: { "aws:SourceArn": arnOf("sns", topic ?? "") } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const fifo = name.endsWith(".fifo") && { FifoQueue: "true", ContentBasedDeduplication: "true" };
  await test.call("sqs", "CreateQueue", { QueueName: name, Attributes: { ...fifo, ...(topic !== undefined && { Policy }) } });
}

async function messages(test: TestCloud, name: string) {
  const { Messages = [] } = await test.call("sqs", "ReceiveMessage", {
    QueueUrl: urlOf(name),
    MaxNumberOfMessages: 10,
    AttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  return Messages;
}

const subscribe = async (test: TestCloud, topic: string, queue: string, Attributes: Record<string, string> = {}) =>
  (await test.call("sns", "Subscribe", { TopicArn: arnOf("sns", topic), Protocol: "sqs", Endpoint: arnOf("sqs", queue), Attributes }))
    .SubscriptionArn!;

const level = { DataType: "String", StringValue: "high" };

it("a queue gets messages in an envelope, or raw with their attributes", async () => {
  await using test = await startSimulatedCloud();
  await test.call("sns", "CreateTopic", { Name: "news" });
  for (const name of ["plain", "raw"]) await makeQueue(test, name, "news");
  const subscription = await subscribe(test, "news", "plain");
  expect(subscription).toMatch(/^arn:aws:sns:eu-central-1:123456789012:news:/);
  await subscribe(test, "news", "raw", { RawMessageDelivery: "true" });
  const publication = { TopicArn: arnOf("sns", "news"), Subject: "S", Message: "hello", MessageAttributes: { level } };
  const { MessageId } = await test.call("sns", "Publish", publication);
  const [plain] = await messages(test, "plain");
  expect(plain!.MessageAttributes).toBeUndefined();
  expect(JSON.parse(plain!.Body!)).toEqual({
    Type: "Notification",
    MessageId,
    TopicArn: arnOf("sns", "news"),
    Subject: "S",
    Message: "hello",
    Timestamp: new Date(test.world.clock.nowMs()).toISOString(),
    SignatureVersion: "1",
    Signature: expect.any(String),
    SigningCertURL: expect.any(String),
    UnsubscribeURL: expect.stringContaining(`/?Action=Unsubscribe&SubscriptionArn=${subscription}`),
    MessageAttributes: { level: { Type: "String", Value: "high" } },
  });
  // Programs that read the text without a parser rely on AWS's order.
  expect(Object.keys(JSON.parse(plain!.Body!) as object).slice(5)).toEqual([
    "Timestamp",
    "SignatureVersion",
    "Signature",
    "SigningCertURL",
    "UnsubscribeURL",
    "MessageAttributes",
  ]);
  expect(await messages(test, "raw")).toMatchObject([{ Body: "hello", MessageAttributes: { level } }]);
});

it("what X-Ray follows goes along to the queue", async () => {
  await using test = await startSimulatedCloud();
  await test.call("sns", "CreateTopic", { Name: "news" });
  await makeQueue(test, "work", "news");
  await subscribe(test, "news", "work", { RawMessageDelivery: "true" });
  const trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1";
  const origin = {
    principal: rootPrincipal(test.cloud.account),
    region: "eu-central-1",
    requestId: "1",
    signal: test.cloud.stopping,
    trace,
  };
  await test.cloud.run("sns", "Publish", { TopicArn: arnOf("sns", "news"), Message: "hello" }, origin);
  expect(await messages(test, "work")).toMatchObject([{ Body: "hello", Attributes: { AWSTraceHeader: trace } }]);
});

it("a queue whose policy does not let the topic in gets nothing; the subscription's dead-letter queue does", async () => {
  await using test = await startSimulatedCloud();
  await test.call("sns", "CreateTopic", { Name: "news" });
  await makeQueue(test, "closed");
  await makeQueue(test, "others", "another-topic");
  await makeQueue(test, "dead", "news");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("sqs", "dead") });
  await subscribe(test, "news", "closed", { RedrivePolicy });
  await subscribe(test, "news", "others", { RedrivePolicy, RawMessageDelivery: "true" });
  await subscribe(test, "news", "missing", { RedrivePolicy, RawMessageDelivery: "true" });
  await test.call("sns", "Publish", { TopicArn: arnOf("sns", "news"), Message: "hello" });
  expect(await messages(test, "closed")).toEqual([]);
  expect(await messages(test, "others")).toEqual([]);
  // Each as it was meant for its subscriber: nothing is added to tell why, as on AWS.
  const dead = await messages(test, "dead");
  expect(dead.map(({ Body }) => (Body!.startsWith("{") ? "envelope" : Body)).sort()).toEqual(["envelope", "hello", "hello"]);
  expect(dead.map(({ MessageAttributes }) => MessageAttributes)).toEqual([undefined, undefined, undefined]);
});

it("a FIFO topic keeps order, group and deduplication", async () => {
  await using test = await startSimulatedCloud();
  await test.call("sns", "CreateTopic", { Name: "runs.fifo", Attributes: { FifoTopic: "true" } });
  await makeQueue(test, "runs.fifo", "runs.fifo");
  await makeQueue(test, "audit", "runs.fifo");
  await subscribe(test, "runs.fifo", "runs.fifo", { RawMessageDelivery: "true" });
  await subscribe(test, "runs.fifo", "audit");
  const publish = (Message: string, MessageDeduplicationId: string) =>
    test.call("sns", "Publish", { TopicArn: arnOf("sns", "runs.fifo"), Message, MessageGroupId: "g", MessageDeduplicationId });
  const first = await publish("1", "a");
  expect(await publish("1", "a")).toEqual(first);
  await publish("2", "b");
  const ordered = await messages(test, "runs.fifo");
  expect(ordered.map(({ Body }) => Body)).toEqual(["1", "2"]);
  expect(ordered[0]!.Attributes).toMatchObject({ MessageGroupId: "g", MessageDeduplicationId: "a" });
  const audited = (await messages(test, "audit")).map(({ Body }) => JSON.parse(Body!) as Record<string, string>);
  expect(audited.map(({ Message }) => Message)).toEqual(["1", "2"]);
  expect(audited[0]).toMatchObject({ SequenceNumber: first.SequenceNumber });
  expect(audited[0]).not.toHaveProperty("Signature");
  await expect(
    test.call("sns", "Subscribe", { TopicArn: arnOf("sns", "runs.fifo"), Protocol: "email", Endpoint: "a@example.com" }),
  ).rejects.toMatchObject({ code: "InvalidParameter" });
  await test.call("sns", "CreateTopic", { Name: "standard" });
  await expect(subscribe(test, "standard", "runs.fifo")).rejects.toMatchObject({
    message: expect.stringContaining("FIFO SQS Queues can not be subscribed to standard SNS topics"),
  });
});

it("what an HTTP endpoint never took goes to the dead-letter queue", async () => {
  await using test = await startSimulatedCloud();
  const server = createServer((request, response) => {
    request.resume();
    response.statusCode = 404;
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await test.call("sns", "CreateTopic", { Name: "news" });
    await makeQueue(test, "dead", "news");
    const { SubscriptionArn } = await test.call("sns", "Subscribe", {
      TopicArn: arnOf("sns", "news"),
      Protocol: "http",
      Endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ReturnSubscriptionArn: true,
      Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf("sqs", "dead") }), RawMessageDelivery: "true" },
    });
    const kept = test.cloud.store.collection<{ token: string }>("sns.subscription").list("eu-central-1")[0]!;
    await test.call("sns", "ConfirmSubscription", { TopicArn: arnOf("sns", "news"), Token: kept.token });
    expect(SubscriptionArn).toBeDefined();
    await test.call("sns", "Publish", { TopicArn: arnOf("sns", "news"), Message: "hello" });
    await test.world.clock.advance(0);
    while (test.cloud.store.collection("sns.delivery").all().length > 0) await new Promise((done) => setImmediate(done));
    expect((await messages(test, "dead")).map(({ Body }) => Body)).toEqual(["hello"]);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
