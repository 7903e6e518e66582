/** SQS: queues themselves: their names, attributes, policies and tags, and AWS's answers to what is wrong. */
import { describe, expect, it } from "vitest";
import { servicePrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

const urlOf = (name: string) => `http://127.0.0.1:1/123456789012/${name}`;
const arnOf = (name: string) => `arn:aws:sqs:eu-central-1:123456789012:${name}`;
const create = (test: TestCloud, QueueName: string, Attributes: Record<string, string> = {}, tags?: Record<string, string>) =>
  test.call("sqs", "CreateQueue", { QueueName, Attributes, ...(tags && { tags }) });
const attributesOf = async (test: TestCloud, name: string, ...AttributeNames: string[]) =>
  (await test.call("sqs", "GetQueueAttributes", { QueueUrl: urlOf(name), AttributeNames: AttributeNames as ["All"] })).Attributes as
    | Record<string, string>
    | undefined;

describe("a queue", () => {
  it("is made once, with AWS's defaults", async () => {
    await using test = await startSimulatedCloud();
    expect(await create(test, "work")).toEqual({ QueueUrl: urlOf("work") });
    expect(await create(test, "work", { VisibilityTimeout: "30" })).toEqual({ QueueUrl: urlOf("work") });
    const seconds = String(test.world.clock.nowMs() / 1000);
    const common = {
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesDelayed: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      CreatedTimestamp: seconds,
      LastModifiedTimestamp: seconds,
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      VisibilityTimeout: "30",
      SqsManagedSseEnabled: "true",
    };
    expect(await attributesOf(test, "work", "All")).toEqual({ ...common, QueueArn: arnOf("work") });
    await create(test, "work.fifo", { FifoQueue: "true" });
    expect(await attributesOf(test, "work.fifo", "All")).toEqual({
      ...common,
      QueueArn: arnOf("work.fifo"),
      FifoQueue: "true",
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    });
    expect(await attributesOf(test, "work", "KmsMasterKeyId")).toBeUndefined();
    expect(await attributesOf(test, "work")).toBeUndefined();
    await expect(create(test, "work", { VisibilityTimeout: "60" })).rejects.toMatchObject({
      code: "QueueNameExists",
      message: "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    });
  });

  it("has one kind of encryption at a time", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work", { KmsMasterKeyId: "testKeyId", KmsDataKeyReusePeriodSeconds: "6000" });
    expect(await attributesOf(test, "work", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")).toEqual({
      KmsMasterKeyId: "testKeyId",
      KmsDataKeyReusePeriodSeconds: "6000",
      SqsManagedSseEnabled: "false",
    });
    const set = (Attributes: Record<string, string>) => test.call("sqs", "SetQueueAttributes", { QueueUrl: urlOf("work"), Attributes });
    await set({ SqsManagedSseEnabled: "true" });
    expect(await attributesOf(test, "work", "KmsMasterKeyId", "SqsManagedSseEnabled")).toEqual({ SqsManagedSseEnabled: "true" });
    await expect(set({ SqsManagedSseEnabled: "true", KmsMasterKeyId: "k" })).rejects.toMatchObject({ code: "InvalidAttributeName" });
  });

  it("may not be made anew for a minute after it was deleted", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    await test.call("sqs", "DeleteQueue", { QueueUrl: urlOf("work") });
    await expect(test.call("sqs", "DeleteQueue", { QueueUrl: urlOf("work") })).rejects.toMatchObject({ code: "QueueDoesNotExist" });
    await test.world.clock.advance(59_999);
    await expect(create(test, "work")).rejects.toMatchObject({ code: "QueueDeletedRecently" });
    await test.world.clock.advance(1);
    await create(test, "work");
  });

  it("is emptied at most once a minute", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    await test.call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody: "m" });
    await test.call("sqs", "PurgeQueue", { QueueUrl: urlOf("work") });
    expect(await test.call("sqs", "ReceiveMessage", { QueueUrl: urlOf("work") })).toEqual({});
    await expect(test.call("sqs", "PurgeQueue", { QueueUrl: urlOf("work") })).rejects.toMatchObject({
      code: "PurgeQueueInProgress",
      message: "Only one PurgeQueue operation on work is allowed every 60 seconds.",
    });
    await test.world.clock.advance(60_000);
    await test.call("sqs", "PurgeQueue", { QueueUrl: urlOf("work") });
  });

  it("is listed by prefix and in pages", async () => {
    await using test = await startSimulatedCloud();
    expect(await test.call("sqs", "ListQueues", {})).toEqual({});
    for (const name of ["b1", "a2", "a1", "a3"]) await create(test, name);
    const first = await test.call("sqs", "ListQueues", { QueueNamePrefix: "a", MaxResults: 2 });
    expect(first.QueueUrls).toEqual([urlOf("a1"), urlOf("a2")]);
    expect(await test.call("sqs", "ListQueues", { QueueNamePrefix: "a", MaxResults: 2, NextToken: first.NextToken })).toEqual({
      QueueUrls: [urlOf("a3")],
    });
    expect((await test.call("sqs", "ListQueues", {})).QueueUrls).toHaveLength(4);
    expect(await test.call("sqs", "GetQueueUrl", { QueueName: "a1" })).toEqual({ QueueUrl: urlOf("a1") });
  });

  it("takes tags", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work", {}, { a: "1", b: "" });
    await test.call("sqs", "TagQueue", { QueueUrl: urlOf("work"), Tags: { c: "3" } });
    await test.call("sqs", "UntagQueue", { QueueUrl: urlOf("work"), TagKeys: ["a", "missing"] });
    expect(await test.call("sqs", "ListQueueTags", { QueueUrl: urlOf("work") })).toEqual({ Tags: { b: "", c: "3" } });
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]));
    await expect(test.call("sqs", "TagQueue", { QueueUrl: urlOf("work"), Tags })).rejects.toMatchObject({
      message: "Too many tags added for queue work.",
    });
  });

  it("keeps permissions in its policy", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    const add = (Label: string, ...Actions: string[]) =>
      test.call("sqs", "AddPermission", { QueueUrl: urlOf("work"), Label, AWSAccountIds: ["111111111111"], Actions });
    await add("one", "*");
    await add("two", "SendMessage", "ReceiveMessage");
    expect(JSON.parse((await attributesOf(test, "work", "Policy"))!["Policy"]!)).toEqual({
      Version: "2008-10-17",
      Id: `${arnOf("work")}/SQSDefaultPolicy`,
      Statement: [
        { Sid: "one", Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "SQS:*", Resource: arnOf("work") },
        {
          Sid: "two",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: ["SQS:SendMessage", "SQS:ReceiveMessage"],
          Resource: arnOf("work"),
        },
      ],
    });
    await expect(add("one", "*")).rejects.toMatchObject({ message: "Value one for parameter Label is invalid. Reason: Already exists." });
    await expect(add("three", "RemovePermission")).rejects.toMatchObject({
      message:
        "Value SQS:RemovePermission for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.",
    });
    const remove = (Label: string) => test.call("sqs", "RemovePermission", { QueueUrl: urlOf("work"), Label });
    await remove("one");
    await remove("two");
    expect(await attributesOf(test, "work", "Policy")).toBeUndefined();
    await expect(remove("two")).rejects.toMatchObject({ message: "Value two for parameter Label is invalid. Reason: can't find label." });
  });

  it("brings its dead letters back at a rate, also over a restart of the task's timer", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "dead");
    await create(test, "work", {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: "1" }),
      VisibilityTimeout: "0",
    });
    expect((await attributesOf(test, "work", "RedrivePolicy"))!["RedrivePolicy"]).toContain('"maxReceiveCount":1');
    for (let index = 0; index < 10; index++) await test.call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody: String(index) });
    await test.call("sqs", "ReceiveMessage", { QueueUrl: urlOf("work"), MaxNumberOfMessages: 10 });
    await test.call("sqs", "ReceiveMessage", { QueueUrl: urlOf("work"), MaxNumberOfMessages: 10 });
    const count = async (name: string) =>
      Number((await attributesOf(test, name, "ApproximateNumberOfMessages"))!["ApproximateNumberOfMessages"]);
    expect(await count("dead")).toBe(10);
    const start = () => test.call("sqs", "StartMessageMoveTask", { SourceArn: arnOf("dead"), MaxNumberOfMessagesPerSecond: 2 });
    const { TaskHandle } = await start();
    await expect(start()).rejects.toMatchObject({
      message: "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    });
    await test.world.clock.advance(2_000);
    const list = async () => (await test.call("sqs", "ListMessageMoveTasks", { SourceArn: arnOf("dead") })).Results![0];
    expect(await list()).toMatchObject({
      TaskHandle,
      Status: "RUNNING",
      ApproximateNumberOfMessagesMoved: 4,
      ApproximateNumberOfMessagesToMove: 10,
    });
    expect(await test.call("sqs", "CancelMessageMoveTask", { TaskHandle: TaskHandle! })).toEqual({ ApproximateNumberOfMessagesMoved: 4 });
    await test.world.clock.advance(10_000);
    expect([await count("dead"), await count("work")]).toEqual([6, 4]);
    expect(await list()).toEqual(expect.not.objectContaining({ TaskHandle }));
    await test.call("sqs", "StartMessageMoveTask", { SourceArn: arnOf("dead"), DestinationArn: arnOf("work") });
    await test.world.clock.advance(1_000);
    expect(await list()).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 6 });
    await test.call("sqs", "SendMessage", { QueueUrl: urlOf("dead"), MessageBody: "from nowhere" });
    await test.call("sqs", "StartMessageMoveTask", { SourceArn: arnOf("dead") });
    await test.world.clock.advance(1_000);
    expect(await list()).toMatchObject({ Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" });
  });
});

describe("who may", () => {
  it("is told by the caller's policies and the queue's own", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    await test.call("iam", "CreateUser", { UserName: "u" });
    const statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: arnOf("work") };
    await test.call("iam", "PutUserPolicy", {
      UserName: "u",
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    });
    const { User } = await test.call("iam", "GetUser", { UserName: "u" });
    const call = test.cloud.as(
      { kind: "user", account: "123456789012", arn: User!.Arn!, userId: User!.UserId!, userName: "u" },
      "eu-central-1",
    );
    const QueueUrl = urlOf("work");
    await call("sqs", "SendMessageBatch", { QueueUrl, Entries: [{ Id: "a", MessageBody: "m" }] });
    await expect(call("sqs", "ReceiveMessage", { QueueUrl })).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining(`is not authorized to perform: sqs:ReceiveMessage on resource: ${arnOf("work")}`),
    });
    const Policy = JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { AWS: User!.Arn }, Action: "sqs:ReceiveMessage", Resource: "*" }],
    });
    await test.call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
    expect((await call("sqs", "ReceiveMessage", { QueueUrl })).Messages).toMatchObject([{ Body: "m" }]);
  });

  it("of services, only the queue's policy tells", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    const call = test.cloud.as(servicePrincipal("123456789012", "s3.amazonaws.com", "arn:aws:s3:::bucket"), "eu-central-1");
    const send = () => call("sqs", "SendMessage", { QueueUrl: urlOf("work"), MessageBody: "m" });
    await expect(send()).rejects.toMatchObject({ code: "AccessDenied" });
    const allow = (Principal: object, source: string) =>
      test.call("sqs", "SetQueueAttributes", {
        QueueUrl: urlOf("work"),
        Attributes: {
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal,
                Action: "sqs:SendMessage",
                Resource: arnOf("work"),
                Condition: { ArnLike: { "aws:SourceArn": source }, StringEquals: { "aws:SourceAccount": "123456789012" } },
              },
            ],
          }),
        },
      });
    await allow({ Service: "s3.amazonaws.com" }, "arn:aws:s3:::other");
    await expect(send()).rejects.toMatchObject({ code: "AccessDenied" });
    await allow({ Service: "s3.amazonaws.com" }, "arn:aws:s3:*:*:bucket");
    expect(await send()).toMatchObject({ MessageId: expect.any(String) });
    await allow({ AWS: "*" }, "arn:aws:s3:::bucket");
    expect(await send()).toMatchObject({ MessageId: expect.any(String) });
  });
});

describe("refusals", () => {
  const QueueUrl = urlOf("work");
  const fifoUrl = urlOf("work.fifo");
  const entry = (Id: string, MessageBody = "m") => ({ Id, MessageBody });
  const redrive = (policy: object) => ({ QueueUrl, Attributes: { RedrivePolicy: JSON.stringify(policy) } });

  it.each([
    [
      "CreateQueue",
      { QueueName: "a b" },
      "InvalidParameterValue",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ],
    ["CreateQueue", { QueueName: "a".repeat(81) }, "InvalidParameterValue", /^Can only include/],
    ["CreateQueue", { QueueName: "a.fifo" }, "InvalidParameterValue", /^Can only include/],
    ["CreateQueue", { QueueName: "a", Attributes: { FifoQueue: "true" } }, "InvalidParameterValue", /must end with \.fifo suffix/],
    ["CreateQueue", { QueueName: "a", Attributes: { FifoQueue: "false" } }, "InvalidAttributeName", "Unknown Attribute FifoQueue."],
    ["CreateQueue", { QueueName: "a", Attributes: { Foo: "1" } }, "InvalidAttributeName", "Unknown Attribute Foo."],
    [
      "CreateQueue",
      { QueueName: "a", Attributes: { MaximumMessageSize: "1023" } },
      "InvalidAttributeValue",
      "Invalid value for the parameter MaximumMessageSize.",
    ],
    ["CreateQueue", { QueueName: "a", Attributes: { MaximumMessageSize: "1048577" } }, "InvalidAttributeValue", /MaximumMessageSize/],
    ["CreateQueue", { QueueName: "a", Attributes: { VisibilityTimeout: "43201" } }, "InvalidAttributeValue", /VisibilityTimeout/],
    [
      "CreateQueue",
      { QueueName: "a", Attributes: { ContentBasedDeduplication: "true" } },
      "InvalidAttributeName",
      /only when FifoQueue is set to true/,
    ],
    [
      "CreateQueue",
      { QueueName: "a.fifo", Attributes: { FifoQueue: "true", FifoThroughputLimit: "perMessageGroupId" } },
      "InvalidParameterValue",
      /DeduplicationScope is messageGroup/,
    ],
    [
      "SetQueueAttributes",
      { QueueUrl: fifoUrl, Attributes: { FifoQueue: "false" } },
      "InvalidAttributeValue",
      "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    ],
    ["SetQueueAttributes", { QueueUrl, Attributes: { FifoQueue: "true" } }, "InvalidAttributeName", "Unknown Attribute FifoQueue."],
    ["SetQueueAttributes", { QueueUrl, Attributes: { Policy: "{" } }, "InvalidAttributeValue", "Invalid value for the parameter Policy."],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: "dummy", maxReceiveCount: 42 }),
      "InvalidParameterValue",
      /Reason: Invalid value for deadLetterTargetArn\.$/,
    ],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: arnOf("none"), maxReceiveCount: 42 }),
      "InvalidParameterValue",
      /Reason: Dead letter target does not exist\.$/,
    ],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: arnOf("work.fifo"), maxReceiveCount: 42 }),
      "InvalidParameterValue",
      /must be same type of queue as the source/,
    ],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: arnOf("denies"), maxReceiveCount: 42 }),
      "InvalidParameterValue",
      /does not have permission/,
    ],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: arnOf("work") }),
      "InvalidParameterValue",
      /mandatory attribute: maxReceiveCount\.$/,
    ],
    [
      "SetQueueAttributes",
      redrive({ deadLetterTargetArn: arnOf("work"), maxReceiveCount: 0 }),
      "InvalidParameterValue",
      /valid values are from 1 to 1000 both inclusive\.$/,
    ],
    [
      "GetQueueAttributes",
      { QueueUrl, AttributeNames: ["QueueArn", "not-existing"] },
      "InvalidAttributeName",
      "Unknown Attribute not-existing.",
    ],
    ["GetQueueAttributes", { QueueUrl: urlOf("none") }, "QueueDoesNotExist", "The specified queue does not exist."],
    [
      "GetQueueAttributes",
      { QueueUrl: "http://127.0.0.1:1/x" },
      "InvalidAddress",
      "The address http://127.0.0.1:1/x is not valid for this endpoint.",
    ],
    ["GetQueueUrl", { QueueName: "none" }, "QueueDoesNotExist", "The specified queue does not exist."],
    ["SendMessage", { QueueUrl, MessageBody: "" }, "MissingParameter", "The request must contain the parameter MessageBody."],
    ["SendMessage", { QueueUrl, MessageBody: "a\u0001" }, "InvalidMessageContents", /^Invalid characters found\./],
    ["SendMessage", { QueueUrl, MessageBody: "a\ufffe" }, "InvalidMessageContents", /^Invalid characters found\./],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "x".repeat(1_048_577) },
      "InvalidParameterValue",
      "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    ],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "m", DelaySeconds: 901 },
      "InvalidParameterValue",
      "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    ],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "m", MessageDeduplicationId: "d" },
      "InvalidParameterValue",
      /MessageDeduplicationId is invalid\. Reason: The request include parameter that is not valid for this queue type\.$/,
    ],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "m", MessageAttributes: { ö: { DataType: "String", StringValue: "s" } } },
      "InvalidParameterValue",
      /^The message attribute name 'ö' is invalid/,
    ],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "m", MessageAttributes: { a: { DataType: "Text", StringValue: "s" } } },
      "InvalidParameterValue",
      /supported type prefixes is Binary, Number, and String\.$/,
    ],
    ["SendMessage", { QueueUrl: fifoUrl, MessageBody: "m" }, "MissingParameter", "The request must contain the parameter MessageGroupId."],
    [
      "SendMessage",
      { QueueUrl: fifoUrl, MessageBody: "m", MessageGroupId: "g" },
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      "SendMessage",
      { QueueUrl: fifoUrl, MessageBody: "m", MessageGroupId: "g", MessageDeduplicationId: "d", DelaySeconds: 2 },
      "InvalidParameterValue",
      "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    ],
    [
      "SendMessageBatch",
      { QueueUrl, Entries: [] },
      "EmptyBatchRequest",
      "There should be at least one SendMessageBatchRequestEntry in the request.",
    ],
    [
      "SendMessageBatch",
      { QueueUrl, Entries: Array.from({ length: 11 }, (_, index) => entry(String(index))) },
      "TooManyEntriesInBatchRequest",
      "Maximum number of entries per request are 10. You have sent 11.",
    ],
    [
      "SendMessageBatch",
      { QueueUrl, Entries: [entry("a"), entry("b"), entry("b"), entry("a")] },
      "BatchEntryIdsNotDistinct",
      "Id b repeated.",
    ],
    ["SendMessageBatch", { QueueUrl, Entries: [entry("invalid:id")] }, "InvalidBatchEntryId", /^A batch entry id can only contain/],
    [
      "SendMessageBatch",
      { QueueUrl, Entries: [entry("a", "x".repeat(1_048_576)), entry("b")] },
      "BatchRequestTooLong",
      "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    ],
    [
      "SendMessageBatch",
      { QueueUrl: fifoUrl, Entries: [entry("a")] },
      "InvalidParameterValue",
      "The request must contain the parameter MessageGroupId.",
    ],
    [
      "SendMessageBatch",
      {
        QueueUrl: fifoUrl,
        Entries: [
          { ...entry("a"), MessageGroupId: "g", MessageDeduplicationId: "d" },
          { ...entry("b"), MessageGroupId: "g" },
        ],
      },
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      "SendMessage",
      { QueueUrl, MessageBody: "m", MessageAttributes: { a: { DataType: "String", StringValue: "" } } },
      "InvalidParameterValue",
      "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
    ],
    [
      "ReceiveMessage",
      { QueueUrl, MaxNumberOfMessages: 11 },
      "InvalidParameterValue",
      "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    ],
    [
      "ReceiveMessage",
      { QueueUrl, WaitTimeSeconds: 21 },
      "InvalidParameterValue",
      "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
    ],
    ["ReceiveMessage", { QueueUrl, ReceiveRequestAttemptId: "a" }, "InvalidParameterValue", /not valid for this queue type/],
    [
      "StartMessageMoveTask",
      { SourceArn: arnOf("work") },
      "InvalidParameterValue",
      "Source queue must be configured as a Dead Letter Queue.",
    ],
    [
      "StartMessageMoveTask",
      { SourceArn: arnOf("none") },
      "ResourceNotFoundException",
      "The resource that you specified for the SourceArn parameter doesn't exist.",
    ],
    ["CancelMessageMoveTask", { TaskHandle: "foo" }, "InvalidParameterValue", "Value for parameter TaskHandle is invalid."],
  ] as const)("%s %j", async (operation, input, code, message) => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    await create(test, "work.fifo", { FifoQueue: "true" });
    await create(test, "denies", { RedriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }) });
    await expect(test.call("sqs", operation, input as never)).rejects.toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  it("a batch tells what failed beside what did not", async () => {
    await using test = await startSimulatedCloud();
    await create(test, "work");
    expect(await test.call("sqs", "SendMessageBatch", { QueueUrl, Entries: [entry("a"), entry("b", "\u0000")] })).toMatchObject({
      Successful: [{ Id: "a" }],
      Failed: [{ Id: "b", SenderFault: true, Code: "InvalidMessageContents" }],
    });
    const { Messages: [{ ReceiptHandle = "" } = {}] = [] } = await test.call("sqs", "ReceiveMessage", { QueueUrl });
    const Entries = [
      { Id: "a", ReceiptHandle: "fake" },
      { Id: "b", ReceiptHandle, VisibilityTimeout: 5 },
    ];
    const Failed = [
      {
        Id: "a",
        SenderFault: true,
        Code: "ReceiptHandleIsInvalid",
        Message: 'The input receipt handle "fake" is not a valid receipt handle.',
      },
    ];
    expect(await test.call("sqs", "ChangeMessageVisibilityBatch", { QueueUrl, Entries })).toEqual({ Successful: [{ Id: "b" }], Failed });
    expect(await test.call("sqs", "DeleteMessageBatch", { QueueUrl, Entries })).toEqual({ Successful: [{ Id: "b" }], Failed });
  });
});
