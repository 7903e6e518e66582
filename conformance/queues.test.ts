/** SQS through AWS's own client, and the aws command where it is installed: the same on AWS (TARGET=aws) and in the embedded cloud. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CreateTopicCommand, DeleteTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  InvalidMessageContents,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  paginateListQueues,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsCommand } from "./aws-command.ts";
import { openTarget, type Target } from "./target.ts";

let target: Target;
let client: SQSClient;
const made: string[] = [];
beforeAll(async () => {
  target = await openTarget();
  client = new SQSClient(target.configuration);
});
afterAll(async () => {
  for (const QueueUrl of made) await client.send(new DeleteQueueCommand({ QueueUrl }));
  client.destroy();
  await target[Symbol.asyncDispose]();
});

async function makeQueue(name: string, Attributes: Record<string, string> = {}) {
  const QueueName = `${target.prefix}-${name}`;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  made.push(QueueUrl!);
  const { Attributes: given } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return { url: QueueUrl!, name: QueueName, arn: given!.QueueArn! };
}

/** AWS may answer with fewer than there are, and late: asks until there are so many. */
async function receive(QueueUrl: string, count: number, more: Partial<ReceiveMessageCommandInput> = {}) {
  const found = [];
  for (let attempt = 0; attempt < 10 && found.length < count; attempt++) {
    const input: ReceiveMessageCommandInput = { QueueUrl, MaxNumberOfMessages: count - found.length, WaitTimeSeconds: 2, ...more };
    found.push(...((await client.send(new ReceiveMessageCommand(input))).Messages ?? []));
  }
  return found;
}

test("a message goes there, is hidden while it is worked on, comes back, and is deleted", async () => {
  const { url: QueueUrl } = await makeQueue("work");
  // The client checks the MD5 of body and attributes of each answer itself.
  const MessageAttributes = {
    text: { DataType: "String", StringValue: "ä" },
    number: { DataType: "Number.int", StringValue: "7" },
    bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
  };
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hällo", MessageAttributes }));
  const [message] = await receive(QueueUrl, 1, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
  expect(message).toMatchObject({ Body: "hällo", MessageAttributes, Attributes: { ApproximateReceiveCount: "1" } });
  expect(await receive(QueueUrl, 0)).toEqual([]);
  const { ReceiptHandle } = message!;
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  const [again] = await receive(QueueUrl, 1);
  expect(again!.MessageId).toBe(message!.MessageId);
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again!.ReceiptHandle }));
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
});

test("a FIFO queue keeps the order of each group and takes a message once", async () => {
  const { url: QueueUrl } = await makeQueue("runs.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  const Entries = ["a1", "b1", "a2", "a1"].map((body, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageGroupId: body[0]!,
  }));
  const { Successful } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful).toHaveLength(4);
  expect(Successful![3]!.MessageId).toBe(Successful![0]!.MessageId);
  const messages = await receive(QueueUrl, 3, { MessageSystemAttributeNames: ["MessageGroupId", "SequenceNumber"] });
  const ofA = messages.filter(({ Attributes }) => Attributes!.MessageGroupId === "a");
  expect(ofA.map(({ Body }) => Body)).toEqual(["a1", "a2"]);
  expect(BigInt(ofA[0]!.Attributes!.SequenceNumber!) < BigInt(ofA[1]!.Attributes!.SequenceNumber!)).toBe(true);
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
  expect(deleted.Failed ?? []).toEqual([]);
});

test("a long poll ends with the message that it waited for", async () => {
  const { url: QueueUrl } = await makeQueue("waiting");
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "at last" }));
  expect((await waiting).Messages).toMatchObject([{ Body: "at last" }]);
});

test("dead letters go to their queue, and back", async () => {
  const dead = await makeQueue("dead");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
  const work = await makeQueue("fails", { RedrivePolicy, VisibilityTimeout: "0" });
  await client.send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: "poison" }));
  await receive(work.url, 1);
  await client.send(new ReceiveMessageCommand({ QueueUrl: work.url, WaitTimeSeconds: 1 }));
  const [letter] = await receive(dead.url, 1, { VisibilityTimeout: 0, MessageSystemAttributeNames: ["DeadLetterQueueSourceArn"] });
  expect(letter).toMatchObject({ Body: "poison", Attributes: { DeadLetterQueueSourceArn: work.arn } });
  const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url }));
  expect(sources.queueUrls!.map((url) => url.split("/").at(-1))).toEqual([work.name]);
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
  expect(await receive(work.url, 1)).toMatchObject([{ Body: "poison" }]);
});

test("queues are found by name and prefix, and described", async () => {
  const { url: QueueUrl, name: QueueName } = await makeQueue("listed", { VisibilityTimeout: "7" });
  await makeQueue("listed-too");
  expect((await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(QueueUrl);
  const listed: string[] = [];
  for await (const page of paginateListQueues({ client, pageSize: 1 }, { QueueNamePrefix: QueueName }))
    listed.push(...(page.QueueUrls ?? []));
  expect(listed.map((url) => url.split("/").at(-1)).sort()).toEqual([QueueName, `${QueueName}-too`]);
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "8" } }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  expect(Attributes).toMatchObject({ VisibilityTimeout: "8", SqsManagedSseEnabled: "true", ApproximateNumberOfMessages: "0" });
  await client.send(new TagQueueCommand({ QueueUrl, Tags: { team: "web" } }));
  expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: "web" });
  expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: `${target.prefix}-none` }))).QueueUrls).toBeUndefined();
});

test("what is wrong is told by the client's own errors", async () => {
  const { url: QueueUrl, name: QueueName } = await makeQueue("wrong");
  await expect(client.send(new GetQueueUrlCommand({ QueueName: `${QueueName}-none` }))).rejects.toBeInstanceOf(QueueDoesNotExist);
  await expect(client.send(new CreateQueueCommand({ QueueName, Attributes: { DelaySeconds: "9" } }))).rejects.toBeInstanceOf(
    QueueNameExists,
  );
  await expect(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "none" }))).rejects.toBeInstanceOf(ReceiptHandleIsInvalid);
  await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: "\u0001" }))).rejects.toBeInstanceOf(InvalidMessageContents);
  await expect(client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }))).rejects.toMatchObject({
    message: "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
  });
});

test("a topic delivers to a queue whose policy lets it in", async () => {
  const sns = new SNSClient(target.configuration);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${target.prefix}-news` }));
  try {
    const queue = await makeQueue("news");
    const statement = {
      Effect: "Allow",
      Principal: { Service: "sns.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue.arn,
      Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy } }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }));
    await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
    const [message] = await receive(queue.url, 1);
    expect(JSON.parse(message!.Body!)).toMatchObject({ Type: "Notification", Message: "hello", TopicArn });
  } finally {
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    sns.destroy();
  }
});

const { installed, path: PATH } = awsCommand;
describe.skipIf(!installed)(installed ? "the aws command" : "the aws command (skipped: it is not installed)", () => {
  const run = promisify(execFile);
  const aws = async (...args: string[]) => {
    // Version 1 of it has an endpoint of its own for SQS, before that of the environment.
    const { endpoint } = target.configuration;
    const place = endpoint === undefined ? [] : ["--endpoint-url", endpoint];
    const { stdout } = await run("aws", ["sqs", ...args, ...place, "--output", "json"], { env: { ...target.environment, PATH } });
    return stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
  };

  test("sends, counts, receives and purges", async () => {
    const { url } = await makeQueue("typed");
    await aws("send-message", "--queue-url", url, "--message-body", "typed");
    expect(await aws("get-queue-attributes", "--queue-url", url, "--attribute-names", "ApproximateNumberOfMessages")).toHaveProperty(
      "Attributes",
    );
    expect(await aws("receive-message", "--queue-url", url, "--wait-time-seconds", "5")).toMatchObject({ Messages: [{ Body: "typed" }] });
    await aws("purge-queue", "--queue-url", url);
    await expect(aws("get-queue-url", "--queue-name", `${target.prefix}-none`)).rejects.toThrow(
      "An error occurred (AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation",
    );
  });
});
