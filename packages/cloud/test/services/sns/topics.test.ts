/** SNS: topics, subscriptions by mail and HTTP, what reaches them, and AWS's answers to what is wrong. */
import { createVerify, X509Certificate } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../../src/services/sns/delivery-policy.ts";
import { readMails } from "../../../src/services/sns/mailbox.ts";
import { certificate } from "../../../src/services/sns/signing.ts";
import { startSimulatedCloud, startTestCloud, type TestCloud } from "../../cloud.ts";

const arn = "arn:aws:sns:eu-central-1:123456789012:alerts";

async function confirmAll(test: TestCloud): Promise<void> {
  for (const { confirmUrl } of readMails(test.cloud)) {
    if (confirmUrl === undefined) continue;
    const query = new URL(confirmUrl).searchParams;
    await test.call("sns", "ConfirmSubscription", { TopicArn: query.get("TopicArn")!, Token: query.get("Token")! });
  }
}

describe("a topic", () => {
  it("is made once, and described with AWS's defaults", async () => {
    await using test = await startSimulatedCloud();
    const tags = [{ Key: "a", Value: "1" }];
    expect(await test.call("sns", "CreateTopic", { Name: "alerts", Tags: tags })).toEqual({ TopicArn: arn });
    expect(await test.call("sns", "CreateTopic", { Name: "alerts", Tags: tags })).toEqual({ TopicArn: arn });
    const { Attributes } = await test.call("sns", "GetTopicAttributes", { TopicArn: arn });
    expect(Attributes).toMatchObject({
      DisplayName: "",
      Owner: "123456789012",
      SubscriptionsConfirmed: "0",
      SubscriptionsDeleted: "0",
      SubscriptionsPending: "0",
      TopicArn: arn,
    });
    expect(JSON.parse(Attributes!["Policy"]!)).toMatchObject({ Id: "__default_policy_ID" });
    await expect(test.call("sns", "CreateTopic", { Name: "alerts", Tags: [{ Key: "a", Value: "2" }] })).rejects.toMatchObject({
      code: "InvalidParameter",
      message: "Invalid parameter: Tags Reason: Topic already exists with different tags",
    });
  });

  it("takes permissions into its policy and out of it", async () => {
    await using test = await startSimulatedCloud();
    await test.call("sns", "CreateTopic", { Name: "alerts" });
    const before = (await test.call("sns", "GetTopicAttributes", { TopicArn: arn })).Attributes!["Policy"];
    await test.call("sns", "AddPermission", { TopicArn: arn, Label: "x", AWSAccountId: ["999999999999"], ActionName: ["Publish"] });
    const policy = JSON.parse((await test.call("sns", "GetTopicAttributes", { TopicArn: arn })).Attributes!["Policy"]!) as {
      Statement: unknown[];
    };
    expect(policy.Statement[1]).toEqual({
      Sid: "x",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::999999999999:root" },
      Action: "SNS:Publish",
      Resource: arn,
    });
    await test.call("sns", "RemovePermission", { TopicArn: arn, Label: "x" });
    expect((await test.call("sns", "GetTopicAttributes", { TopicArn: arn })).Attributes!["Policy"]).toBe(before);
  });
});

describe("mail", () => {
  it("comes only after the link in it was followed", async () => {
    await using test = await startSimulatedCloud();
    await test.call("sns", "CreateTopic", { Name: "alerts" });
    const subscribe = { TopicArn: arn, Protocol: "email", Endpoint: "ops@example.com" };
    expect(await test.call("sns", "Subscribe", subscribe)).toEqual({ SubscriptionArn: "pending confirmation" });
    await test.call("sns", "Publish", { TopicArn: arn, Message: "lost" });
    expect((await test.call("sns", "ListSubscriptions", {})).Subscriptions).toMatchObject([{ SubscriptionArn: "PendingConfirmation" }]);
    expect(readMails(test.cloud).map(({ subject }) => subject)).toEqual(["AWS Notification - Subscription Confirmation"]);

    await confirmAll(test);
    await test.call("sns", "Publish", {
      TopicArn: arn,
      Subject: "Hello",
      Message: JSON.stringify({ default: "d", email: "by mail" }),
      MessageStructure: "json",
    });
    const [mail] = readMails(test.cloud);
    expect(mail).toMatchObject({ to: "ops@example.com", subject: "Hello", topicArn: arn });
    expect(mail!.text).toMatch(/^by mail\n/);

    const [{ SubscriptionArn } = {}] = (await test.call("sns", "ListSubscriptionsByTopic", { TopicArn: arn })).Subscriptions!;
    await test.call("sns", "Unsubscribe", { SubscriptionArn: SubscriptionArn! });
    expect((await test.call("sns", "GetTopicAttributes", { TopicArn: arn })).Attributes).toMatchObject({
      SubscriptionsConfirmed: "0",
      SubscriptionsDeleted: "1",
    });
  });
});

describe("an HTTP endpoint", () => {
  it("is tried again at once, then after the least delay, then ever later, then after the most", () => {
    const policy = {
      numRetries: 7,
      numNoDelayRetries: 1,
      numMinDelayRetries: 1,
      numMaxDelayRetries: 2,
      minDelayTarget: 1,
      maxDelayTarget: 9,
    };
    const delays = (backoffFunction: string) => [...Array(8).keys()].map((nth) => retryDelayMs(nth, { ...policy, backoffFunction }));
    expect(delays("linear")).toEqual([0, 1000, 1000, 5000, 9000, 9000, 9000, undefined]);
    expect(delays("exponential")).toEqual([0, 1000, 1000, 3000, 9000, 9000, 9000, undefined]);
  });

  it("is asked to confirm, gets signed notifications, and is tried again as its delivery policy says", async () => {
    const requests: { headers: IncomingHttpHeaders; body: string }[] = [];
    const answers = [200, 503, 503, 200];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        requests.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.statusCode = answers.shift() ?? 500;
        response.end();
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    await using test = await startSimulatedCloud();
    const due = () =>
      test.cloud.store
        .collection<{ dueMs: number }>("sns.delivery")
        .all()
        .some(({ value }) => value.dueMs <= test.world.clock.nowMs());
    /** Lets time pass until what is due then has been answered, and what came of it is kept. */
    const after = async (milliseconds: number) => {
      await test.world.clock.advance(milliseconds);
      while (due()) await new Promise((done) => setImmediate(done));
      return requests.at(-1)!;
    };
    try {
      await test.call("sns", "CreateTopic", { Name: "alerts" });
      const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      const DeliveryPolicy = JSON.stringify({
        healthyRetryPolicy: { numRetries: 2, minDelayTarget: 5, maxDelayTarget: 60 },
        requestPolicy: { headerContentType: "text/csv" },
      });
      await test.call("sns", "Subscribe", { TopicArn: arn, Protocol: "http", Endpoint, Attributes: { DeliveryPolicy } });
      const asked = await after(0);
      expect(asked.headers["content-type"]).toBe("text/plain; charset=UTF-8");
      expect(asked.headers["x-amz-sns-message-type"]).toBe("SubscriptionConfirmation");
      const { Token } = JSON.parse(asked.body) as { Token: string };
      await test.call("sns", "ConfirmSubscription", { TopicArn: arn, Token });

      await test.call("sns", "Publish", {
        TopicArn: arn,
        Message: "hello",
        MessageAttributes: { a: { DataType: "Number", StringValue: "1" } },
      });
      const first = await after(0);
      expect(first.headers["content-type"]).toBe("text/csv");
      const second = await after(5000);
      expect(requests).toHaveLength(3);
      await after(60_000);
      await after(120_000);
      expect(requests).toHaveLength(4);
      const told = JSON.parse(first.body) as Record<string, string>;
      expect(told).toMatchObject({
        Type: "Notification",
        Message: "hello",
        TopicArn: arn,
        MessageAttributes: { a: { Type: "Number", Value: "1" } },
      });
      expect(second).toMatchObject({ body: first.body, headers: { "x-amz-sns-message-id": told["MessageId"] } });
      const text = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"].map((name) => `${name}\n${told[name]}\n`).join("");
      const key = new X509Certificate(await certificate(test.cloud)).publicKey;
      expect(createVerify("RSA-SHA1").update(text).verify(key, told["Signature"]!, "base64")).toBe(true);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
});

describe("a FIFO topic", () => {
  it("takes a message once in five minutes", async () => {
    await using test = await startSimulatedCloud();
    const { TopicArn } = await test.call("sns", "CreateTopic", { Name: "a.fifo", Attributes: { FifoTopic: "true" } });
    const publish = (more: object) => test.call("sns", "Publish", { TopicArn: TopicArn!, Message: "m", ...more });
    await expect(publish({})).rejects.toMatchObject({
      message: "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    });
    await expect(publish({ MessageGroupId: "g" })).rejects.toMatchObject({
      message:
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    });
    const first = await publish({ MessageGroupId: "g", MessageDeduplicationId: "1" });
    expect(await publish({ MessageGroupId: "g", MessageDeduplicationId: "1" })).toEqual(first);
    await test.world.clock.advance(300_000);
    expect(await publish({ MessageGroupId: "g", MessageDeduplicationId: "1" })).not.toEqual(first);
  });
});

describe("refusals", () => {
  it.each([
    ["Publish", { TopicArn: `${arn}x`, Message: "m" }, "NotFound", "Topic does not exist"],
    [
      "Publish",
      { TopicArn: "x", Message: "m" },
      "InvalidParameter",
      "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    ],
    ["Publish", { TopicArn: arn, Message: "" }, "InvalidParameter", "Invalid parameter: Empty message"],
    ["Publish", { TopicArn: arn, Message: "m", Subject: "" }, "InvalidParameter", "Invalid parameter: Subject"],
    ["Publish", { TopicArn: arn, Message: "x".repeat(262_145) }, "InvalidParameter", "Invalid parameter: Message too long"],
    [
      "Publish",
      { TopicArn: arn, Message: "m", MessageStructure: "json" },
      "InvalidParameter",
      "Invalid parameter: Message Structure - JSON message body failed to parse",
    ],
    [
      "Subscribe",
      { TopicArn: arn, Protocol: "carrier-pigeon" },
      "InvalidParameter",
      "Invalid parameter: Amazon SNS does not support this protocol string: carrier-pigeon",
    ],
    [
      "Subscribe",
      { TopicArn: arn, Protocol: "http", Endpoint: "https://x" },
      "InvalidParameter",
      "Invalid parameter: Endpoint must match the specified protocol",
    ],
    ["Subscribe", { TopicArn: arn, Protocol: "sqs", Endpoint: "x" }, "InvalidParameter", "Invalid parameter: SQS endpoint ARN"],
    ["Subscribe", { TopicArn: arn, Protocol: "lambda", Endpoint: "x" }, "InvalidParameter", /Lambda endpoint ARN/],
    ["GetSubscriptionAttributes", { SubscriptionArn: `${arn}:x` }, "NotFound", "Subscription does not exist"],
    [
      "SetTopicAttributes",
      { TopicArn: arn, AttributeName: "Nope", AttributeValue: "x" },
      "InvalidParameter",
      "Invalid parameter: AttributeName",
    ],
    [
      "PublishBatch",
      {
        TopicArn: arn,
        PublishBatchRequestEntries: [
          { Id: "1", Message: "fine" },
          { Id: "2", Message: "m", MessageAttributes: { "a^b": { DataType: "String", StringValue: "x" } } },
        ],
      },
      "ParameterValueInvalid",
      /^Invalid non-alphanumeric character '#x5E' was found in the message attribute name\./,
    ],
    ["CreateTopic", { Name: "a b" }, "InvalidParameter", "Invalid parameter: Topic Name"],
    ["ListTagsForResource", { ResourceArn: `${arn}x` }, "ResourceNotFound", "Resource does not exist"],
  ] as const)("%s %o", async (operation, input, code, message) => {
    await using test = await startTestCloud();
    await test.call("sns", "CreateTopic", { Name: "alerts" });
    const call = test.call("sns", operation, input as never);
    await expect(call).rejects.toMatchObject({ code, message: typeof message === "string" ? message : expect.stringMatching(message) });
  });
});
