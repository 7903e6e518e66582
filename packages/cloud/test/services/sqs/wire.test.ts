/** SQS over HTTP: the JSON protocol of the official client, and the query protocol of older ones, sent to a queue's own URL. */
import { QueueDoesNotExist, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitingCount } from "../../../src/services/sqs/waiting.ts";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let url: string;
beforeAll(async () => {
  server = await startTestServer();
  url = (await server.call("sqs", "CreateQueue", { QueueName: "work" })).QueueUrl!;
});
afterAll(() => server[Symbol.asyncDispose]());

const authorization =
  "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0000000000000000000000000000000000000000000000000000000000000000";

async function query(path: string, parameters: Record<string, string>, method: "POST" | "GET" = "POST") {
  const form = new URLSearchParams({ Version: "2012-11-05", ...parameters }).toString();
  const headers = { authorization, "x-amz-date": "20260101T000000Z" };
  const place = method === "GET" ? `${path}?${form}` : path;
  const sent = method === "POST" && { body: form };
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const response = await fetch(`${server.endpoint}${place}`, { method, headers: { ...headers, ...(sent && type) }, ...sent });
  return { status: response.status, text: await response.text() };
}

async function json(operation: string, input: object, path = "/", more: Record<string, string> = {}) {
  const response = await fetch(`${server.endpoint}${path}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}`, ...more },
    body: JSON.stringify(input),
  });
  return {
    status: response.status,
    code: response.headers.get("x-amzn-query-error"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe("the query protocol", () => {
  test("a queue's own URL says which queue is meant", async () => {
    const path = new URL(url).pathname;
    expect(path).toBe("/123456789012/work");
    const sent = await query(path, {
      Action: "SendMessage",
      MessageBody: "a < b & c",
      "MessageAttribute.1.Name": "kind",
      "MessageAttribute.1.Value.DataType": "String",
      "MessageAttribute.1.Value.StringValue": "test",
    });
    expect(sent.status).toBe(200);
    expect(sent.text).toMatch(
      /^(<\?xml[^>]*>\s*)?<SendMessageResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/"><SendMessageResult>.*<MD5OfMessageBody>[0-9a-f]{32}<\/MD5OfMessageBody>/,
    );
    expect(sent.text).toMatch(/<MD5OfMessageAttributes>[0-9a-f]{32}<\/MD5OfMessageAttributes>/);
    const received = await query(path, {
      Action: "ReceiveMessage",
      MaxNumberOfMessages: "5",
      "AttributeName.1": "ApproximateReceiveCount",
      "MessageAttributeName.1": "All",
    });
    expect(received.text).toContain("<Body>a &lt; b &amp; c</Body>");
    expect(received.text).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    expect(received.text).toMatch(
      /<MessageAttribute><Name>kind<\/Name><Value>(?=.*<DataType>String<\/DataType>)(?=.*<StringValue>test<\/StringValue>).*<\/Value><\/MessageAttribute>/,
    );
    const handle = /<ReceiptHandle>([^<]+)<\/ReceiptHandle>/.exec(received.text)![1]!;
    const removed = await query(path, {
      Action: "DeleteMessageBatch",
      "DeleteMessageBatchRequestEntry.1.Id": "one",
      "DeleteMessageBatchRequestEntry.1.ReceiptHandle": handle,
    });
    expect(removed.text).toContain("<DeleteMessageBatchResultEntry><Id>one</Id></DeleteMessageBatchResultEntry>");
    expect((await query(path, { Action: "GetQueueAttributes", "AttributeName.1": "QueueArn" }, "GET")).text).toContain(
      "<Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:eu-central-1:123456789012:work</Value></Attribute>",
    );
  });

  test("makes and lists queues with attributes and tags", async () => {
    const made = await query("/", {
      Action: "CreateQueue",
      QueueName: "made",
      "Attribute.1.Name": "VisibilityTimeout",
      "Attribute.1.Value": "7",
      "Tag.1.Key": "team",
      "Tag.1.Value": "web",
    });
    expect(made.text).toContain(`<QueueUrl>${server.endpoint}/123456789012/made</QueueUrl>`);
    expect((await query("/", { Action: "ListQueues", QueueNamePrefix: "ma" })).text).toContain("/123456789012/made</QueueUrl>");
    expect((await query("/123456789012/made", { Action: "ListQueueTags" })).text).toContain("<Tag><Key>team</Key><Value>web</Value></Tag>");
  });

  test("errors have the old codes", async () => {
    const missing = await query("/123456789012/none", { Action: "SendMessage", MessageBody: "m" });
    expect(missing.status).toBe(400);
    expect(missing.text).toContain("<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>");
    expect(missing.text).toContain("<Message>The specified queue does not exist for this wsdl version.</Message>");
    const bodiless = await query("/123456789012/work", { Action: "SendMessage" });
    expect(bodiless.text).toContain("<Message>The request must contain the parameter MessageBody.</Message>");
    const empty = await query("/123456789012/work", { Action: "SendMessageBatch" });
    expect(empty.text).toContain("<Code>AWS.SimpleQueueService.EmptyBatchRequest</Code>");
    const wrong = await query("/123456789012/work", { Action: "ReceiveMessage", MaxNumberOfMessages: "11" });
    expect(wrong.text).toContain("<Code>InvalidParameterValue</Code>");
  });
});

describe("the JSON protocol", () => {
  test("errors carry both names", async () => {
    expect(await json("GetQueueUrl", { QueueName: "none" })).toEqual({
      status: 400,
      code: "AWS.SimpleQueueService.NonExistentQueue;Sender",
      body: { __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "The specified queue does not exist." },
    });
    expect(await json("ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: 11 }, "/123456789012/work")).toMatchObject({
      status: 400,
      code: "InvalidParameterValue;Sender",
      body: { __type: "com.amazon.coral.service#InvalidParameterValueException" },
    });
    const client = new SQSClient(server.client);
    await expect(client.send(new SendMessageCommand({ QueueUrl: `${url}x`, MessageBody: "m" }))).rejects.toBeInstanceOf(QueueDoesNotExist);
    client.destroy();
  });

  test("the call's X-Ray header goes along with its message", async () => {
    const { QueueUrl } = await server.call("sqs", "CreateQueue", { QueueName: "traced" });
    const trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1";
    expect((await json("SendMessage", { QueueUrl, MessageBody: "m" }, "/", { "x-amzn-trace-id": trace })).status).toBe(200);
    const received = await json("ReceiveMessage", { QueueUrl, AttributeNames: ["AWSTraceHeader"] });
    expect(received.body).toMatchObject({ Messages: [{ Body: "m", Attributes: { AWSTraceHeader: trace } }] });
  });

  test("who hangs up while waiting gets no message", async () => {
    const { QueueUrl } = await server.call("sqs", "CreateQueue", { QueueName: "waiting" });
    const client = new SQSClient(server.client);
    const stop = new AbortController();
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: stop.signal });
    const ended = expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => waitingCount(server.cloud)).toBe(1);
    stop.abort();
    await ended;
    await expect.poll(() => waitingCount(server.cloud)).toBe(0);
    await server.call("sqs", "SendMessage", { QueueUrl: QueueUrl!, MessageBody: "kept" });
    expect((await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))).Messages).toMatchObject([{ Body: "kept" }]);
    client.destroy();
    expect(server.reported).toEqual([]);
  });
});
