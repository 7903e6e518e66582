/** Calls that nobody waits for, and queues that call functions, through the official client. */
import { Lambda } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import type { HurriedClock } from "../../hurried-clock.ts";
import { startHurriedServer, type TestServer } from "../../server.ts";
import { allow, trust } from "../scheduler/place.ts";

const arn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
let server: TestServer & { clock: HurriedClock };
let lambda: Lambda;
let Role: string;

beforeAll(async () => {
  server = await startHurriedServer();
  lambda = new Lambda(server.client);
  Role = (await server.call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") })).Role!.Arn!;
  await grant("work", allow(["sqs:*", "ssm:PutParameter", "ssm:GetParameter"], "*"));
});
afterAll(async () => {
  lambda.destroy();
  await server[Symbol.asyncDispose]();
});

const grant = (PolicyName: string, PolicyDocument: string) =>
  server.call("iam", "PutRolePolicy", { RoleName: "runs", PolicyName, PolicyDocument });
const make = (FunctionName: string, code: string, more: object = {}) =>
  lambda.createFunction({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role,
    Timeout: 30,
    Code: { ZipFile: zipOf("index.js", Buffer.from(code)) },
    ...more,
  });
const queue = async (QueueName: string, Attributes = {}) => {
  const { QueueUrl = "" } = await server.call("sqs", "CreateQueue", { QueueName, Attributes });
  return { QueueUrl, arn: `arn:aws:sqs:eu-central-1:123456789012:${QueueName}` };
};
/** One message, taken out. */
const taken = async (QueueUrl: string) => {
  const { Messages: [message] = [] } = await server.call("sqs", "ReceiveMessage", { QueueUrl, MessageAttributeNames: ["All"] });
  if (message) await server.call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle: message.ReceiptHandle! });
  return message;
};
const left = async (QueueUrl: string) => {
  const { Attributes } = await server.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
  return [Attributes!.ApproximateNumberOfMessages, Attributes!.ApproximateNumberOfMessagesNotVisible].map(Number);
};
const writes = `const { SSM } = require("@aws-sdk/client-ssm"); const ssm = new SSM();
const write = (Name, value) => ssm.putParameter({ Name, Value: JSON.stringify(value), Type: "String", Overwrite: true });`;
const written = (Name: string) =>
  server.call("ssm", "GetParameter", { Name }).then(
    ({ Parameter }) => JSON.parse(Parameter!.Value!) as Record<string, unknown>,
    () => undefined,
  );

it("an asynchronous call is accepted, tried three times when it fails, and its end told", async () => {
  const [told, dead] = [await queue("told"), await queue("dead")];
  await make("fails", `exports.handler = async (e) => { throw new Error("no " + e.word); }`, { DeadLetterConfig: { TargetArn: dead.arn } });
  await lambda.putFunctionEventInvokeConfig({ FunctionName: "fails", DestinationConfig: { OnFailure: { Destination: told.arn } } });
  expect(await lambda.getFunctionEventInvokeConfig({ FunctionName: "fails" })).toMatchObject({ FunctionArn: `${arn("fails")}:$LATEST` });
  const accepted = await lambda.invoke({ FunctionName: "fails", InvocationType: "Event", Payload: JSON.stringify({ word: "way" }) });
  expect([accepted.StatusCode, accepted.ExecutedVersion]).toEqual([202, undefined]);
  /** How often it has run so far and now waits: only then the clock may go on. */
  const attempts = () => server.cloud.store.collection<{ attempts: number }>("lambda.async-call").all()[0]?.value.attempts;
  await expect.poll(attempts).toBe(1);
  server.clock.skip(60_000);
  await expect.poll(attempts).toBe(2);
  server.clock.skip(120_000);
  let record: Record<string, unknown> = {};
  await expect.poll(async () => (record = JSON.parse((await taken(told.QueueUrl))?.Body ?? "{}") as typeof record).version).toBe("1.0");
  expect(record).toMatchObject({
    requestContext: { functionArn: `${arn("fails")}:$LATEST`, condition: "RetriesExhausted", approximateInvokeCount: 3 },
    requestPayload: { word: "way" },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: { errorMessage: "no way" },
  });
  let letter: Awaited<ReturnType<typeof taken>>;
  await expect.poll(async () => (letter = await taken(dead.QueueUrl))?.Body).toBe('{"word":"way"}');
  expect(letter!.MessageAttributes!.ErrorMessage!.StringValue).toBe("no way");

  // Where nothing is reserved for it, nobody waits until something is.
  await lambda.putFunctionConcurrency({ FunctionName: "fails", ReservedConcurrentExecutions: 0 });
  await lambda.invoke({ FunctionName: "fails", InvocationType: "Event", Payload: "{}" });
  await expect
    .poll(async () => (record = JSON.parse((await taken(told.QueueUrl))?.Body ?? "{}") as typeof record), { timeout: 60_000 })
    .toMatchObject({ requestContext: { condition: "ZeroReservedConcurrency", approximateInvokeCount: 0 }, requestPayload: {} });
  expect(record).not.toHaveProperty("responseContext");
});

it("a queue calls its function with batches, and keeps what the function could not do", async () => {
  const source = await queue("jobs", { VisibilityTimeout: "30" });
  await make(
    "works",
    `${writes}
    exports.handler = async ({ Records }) => {
      for (const record of Records) await write("/" + record.body, { ...record, receiptHandle: "…" });
      return { batchItemFailures: Records.filter(({ body }) => body === "bad").map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };`,
  );
  const made = await lambda.createEventSourceMapping({
    FunctionName: "works",
    EventSourceArn: source.arn,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  expect(made).toMatchObject({ State: "Creating", BatchSize: 10, FunctionArn: arn("works"), MaximumBatchingWindowInSeconds: 0 });
  const { UUID } = made;
  expect((await lambda.getEventSourceMapping({ UUID })).State).toBe("Enabled");
  await expect(lambda.createEventSourceMapping({ FunctionName: "works", EventSourceArn: source.arn })).rejects.toThrow(`with UUID ${UUID}`);
  const word = { StringValue: "hello", DataType: "String" };
  await server.call("sqs", "SendMessage", { QueueUrl: source.QueueUrl, MessageBody: "good", MessageAttributes: { word } });
  await expect
    .poll(() => written("/good"))
    .toMatchObject({
      eventSource: "aws:sqs",
      eventSourceARN: source.arn,
      awsRegion: "eu-central-1",
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: { word: { stringValue: "hello", dataType: "String" } },
    });
  await expect.poll(() => left(source.QueueUrl)).toEqual([0, 0]);
  await server.call("sqs", "SendMessage", { QueueUrl: source.QueueUrl, MessageBody: "bad" });
  await expect.poll(() => written("/bad")).toMatchObject({ attributes: { ApproximateReceiveCount: "1" } });
  server.clock.skip(31_000);
  await expect.poll(() => written("/bad")).toMatchObject({ attributes: { ApproximateReceiveCount: "2" } });

  expect((await lambda.updateEventSourceMapping({ UUID, Enabled: false })).State).toBe("Disabling");
  await server.call("sqs", "PurgeQueue", { QueueUrl: source.QueueUrl });
  await server.call("sqs", "SendMessage", { QueueUrl: source.QueueUrl, MessageBody: "later" });
  expect(await left(source.QueueUrl)).toEqual([1, 0]);
  await lambda.updateEventSourceMapping({ UUID, Enabled: true });
  await expect.poll(() => written("/later")).toBeDefined();
  expect((await lambda.deleteEventSourceMapping({ UUID })).State).toBe("Deleting");
  await expect(lambda.getEventSourceMapping({ UUID })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

it("what is wrong is said in AWS's words", async () => {
  const slow = await queue("slow", { VisibilityTimeout: "5" });
  await make("there", "exports.handler = async () => 1;");
  const map = (more: object) => lambda.createEventSourceMapping({ FunctionName: "there", EventSourceArn: slow.arn, ...more });
  const faults: [() => Promise<unknown>, string][] = [
    [() => map({}), "Queue visibility timeout: 5 seconds is less than Function timeout: 30 seconds"],
    [() => map({ FunctionName: "none" }), "Function does not exist"],
    [() => map({ BatchSize: 11 }), "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"],
    [
      () => map({ EventSourceArn: "arn:aws:kinesis:eu-central-1:123456789012:stream/s" }),
      "does not serve event source mappings of kinesis",
    ],
    [() => map({ EventSourceArn: "arn:aws:sqs:eu-central-1:123456789012:none" }), "Error occurred while ReceiveMessage. SQS Error Code: "],
    [
      () => lambda.putFunctionEventInvokeConfig({ FunctionName: "there" }),
      "You must specify at least one of error handling or destination setting.",
    ],
    [
      () =>
        lambda.putFunctionEventInvokeConfig({
          FunctionName: "there",
          DestinationConfig: { OnFailure: { Destination: "arn:aws:sns:eu-central-1:123456789012:t" } },
        }),
      "The provided execution role does not have permissions to call Publish on SNS",
    ],
    [
      () => lambda.getFunctionEventInvokeConfig({ FunctionName: "there" }),
      `The function ${arn("there")}:$LATEST doesn't have an EventInvokeConfig`,
    ],
  ];
  for (const [act, message] of faults) await expect(act()).rejects.toThrow(message);
});

it("a stack makes versions, aliases, event sources and what becomes of asynchronous calls", async () => {
  await queue("stacked");
  const template = (word: string, batch: number) => ({
    Resources: {
      Works: {
        Type: "AWS::Lambda::Function",
        Properties: { Role, Runtime: "nodejs22.x", Handler: "index.handler", Code: { ZipFile: `exports.handler = async () => "${word}"` } },
      },
      [`Version${word}`]: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Works" } } },
      Live: {
        Type: "AWS::Lambda::Alias",
        Properties: {
          FunctionName: { Ref: "Works" },
          Name: "live",
          FunctionVersion: { "Fn::GetAtt": [`Version${word}`, "Version"] },
        },
      },
      Source: {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: { FunctionName: { Ref: "Live" }, EventSourceArn: "arn:aws:sqs:eu-central-1:123456789012:stacked", BatchSize: batch },
      },
      Tries: {
        Type: "AWS::Lambda::EventInvokeConfig",
        Properties: {
          FunctionName: { Ref: "Works" },
          Qualifier: { "Fn::Select": [7, { "Fn::Split": [":", { Ref: "Live" }] }] },
          MaximumRetryAttempts: 1,
        },
      },
    },
    Outputs: { Alias: { Value: { Ref: "Live" } }, Source: { Value: { Ref: "Source" } } },
  });
  const settled = async () => {
    await expect
      .poll(async () => {
        const { Stacks: [stack] = [] } = await server.call("cloudformation", "DescribeStacks", { StackName: "jobs" });
        return stack!.StackStatus;
      })
      .toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    const { Stacks: [stack] = [] } = await server.call("cloudformation", "DescribeStacks", { StackName: "jobs" });
    return Object.fromEntries(stack!.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  };
  const body = (word: string, batch: number) => ({ StackName: "jobs", TemplateBody: JSON.stringify(template(word, batch)) });
  await server.call("cloudformation", "CreateStack", body("one", 5));
  const { Alias = "", Source: UUID = "" } = await settled();
  expect(JSON.parse((await lambda.invoke({ FunctionName: Alias })).Payload!.transformToString())).toBe("one");
  expect(await lambda.getEventSourceMapping({ UUID })).toMatchObject({ BatchSize: 5, FunctionArn: Alias, State: "Enabled" });
  expect((await lambda.getFunctionEventInvokeConfig({ FunctionName: Alias })).MaximumRetryAttempts).toBe(1);
  await server.call("cloudformation", "UpdateStack", body("two", 3));
  await settled();
  const answer = await lambda.invoke({ FunctionName: Alias });
  expect([answer.ExecutedVersion, JSON.parse(answer.Payload!.transformToString())]).toEqual(["2", "two"]);
  expect((await lambda.getEventSourceMapping({ UUID })).BatchSize).toBe(3);
  const { Versions = [] } = await lambda.listVersionsByFunction({ FunctionName: Alias.slice(0, -":live".length) });
  expect(Versions.map(({ Version }) => Version)).toEqual(["$LATEST", "2"]);
  await server.call("cloudformation", "DeleteStack", { StackName: "jobs" });
  await expect.poll(async () => (await lambda.listEventSourceMappings({})).EventSourceMappings).toEqual([]);
});

it("topics, buckets and schedules call a function whose code lies in S3, where its policy lets them; how it ended goes to a bus", async () => {
  const { call } = server;
  const bucket = { Bucket: "calls" };
  await call("s3", "CreateBucket", { ...bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  const Body = zipOf("index.js", Buffer.from("exports.handler = async (event) => event.Records?.[0] ?? event"));
  await call("s3", "PutObject", { ...bucket, Key: "code.zip", Body } as never);
  await make("hears", "", { Code: { S3Bucket: "calls", S3Key: "code.zip" } });
  // What its ends say comes through the bus into a queue.
  const ends = await queue("ends", {
    Policy: JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:*", Resource: "*" }],
    }),
  });
  await grant("bus", allow("events:PutEvents", "*"));
  await call("events", "CreateEventBus", { Name: "ends" });
  await call("events", "PutRule", { Name: "ends", EventBusName: "ends", EventPattern: '{"source": ["lambda"]}' });
  await call("events", "PutTargets", { Rule: "ends", EventBusName: "ends", Targets: [{ Id: "q", Arn: ends.arn }] });
  const Destination = "arn:aws:events:eu-central-1:123456789012:event-bus/ends";
  await lambda.putFunctionEventInvokeConfig({ FunctionName: "hears", DestinationConfig: { OnSuccess: { Destination } } });
  const heard = async () => {
    let event: Record<string, unknown> | undefined;
    await expect.poll(async () => (event = JSON.parse((await taken(ends.QueueUrl))?.Body ?? "null") as typeof event)).toBeTruthy();
    expect(event).toMatchObject({
      "detail-type": "Lambda Function Invocation Result - Success",
      resources: [expect.stringContaining("hears"), Destination],
    });
    return (event!["detail"] as { responsePayload: Record<string, unknown> }).responsePayload;
  };

  const { TopicArn = "" } = await call("sns", "CreateTopic", { Name: "calls" });
  const { SubscriptionArn = "" } = await call("sns", "Subscribe", { TopicArn, Protocol: "lambda", Endpoint: arn("hears") });
  const lost = await queue("lost", {
    Policy: JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:*", Resource: "*" }],
    }),
  });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: lost.arn });
  await call("sns", "SetSubscriptionAttributes", { SubscriptionArn, AttributeName: "RedrivePolicy", AttributeValue: RedrivePolicy });
  await call("sns", "Publish", { TopicArn, Message: "unheard" });
  // Nothing is added to it.
  const letter = (await taken(lost.QueueUrl))!;
  expect(JSON.parse(letter.Body!)).toMatchObject({ Type: "Notification", Message: "unheard" });
  expect(letter).not.toHaveProperty("MessageAttributes");
  for (const Principal of ["sns.amazonaws.com", "s3.amazonaws.com"]) {
    await lambda.addPermission({
      FunctionName: "hears",
      StatementId: Principal.split(".")[0]!,
      Action: "lambda:InvokeFunction",
      Principal,
    });
  }
  await call("sns", "Publish", { TopicArn, Subject: "s", Message: "hello" });
  expect(await heard()).toMatchObject({
    EventSource: "aws:sns",
    EventSubscriptionArn: SubscriptionArn,
    Sns: { Message: "hello", Subject: "s", TopicArn },
  });

  const LambdaFunctionConfigurations = [{ LambdaFunctionArn: arn("hears"), Events: ["s3:ObjectCreated:*" as const] }];
  await call("s3", "PutBucketNotificationConfiguration", { ...bucket, NotificationConfiguration: { LambdaFunctionConfigurations } });
  await call("s3", "PutObject", { ...bucket, Key: "new", Body: "x" } as never);
  expect(await heard()).toMatchObject({ eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { object: { key: "new" } } });

  const { Role: role } = await call("iam", "CreateRole", { RoleName: "clock", AssumeRolePolicyDocument: trust("scheduler.amazonaws.com") });
  await call("iam", "PutRolePolicy", {
    RoleName: "clock",
    PolicyName: "p",
    PolicyDocument: allow(["lambda:InvokeFunction", "events:PutEvents"], "*"),
  });
  const schedule = (Name: string, Target: object) =>
    call("scheduler", "CreateSchedule", {
      Name,
      ScheduleExpression: "rate(1 day)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { RoleArn: role!.Arn!, ...Target } as never,
    });
  await schedule("function", { Arn: arn("hears"), Input: '{"by": "clock"}' });
  expect(await heard()).toEqual({ by: "clock" });
  await expect(schedule("bus", { Arn: Destination, Input: "{}" })).rejects.toThrow("EventBridgeParameters must be provided");
  const EventBridgeParameters = { Source: "lambda", DetailType: "Lambda Function Invocation Result - Success" };
  await schedule("bus", { Arn: Destination, Input: '{"n": 1}', EventBridgeParameters });
  let event: Record<string, unknown> = {};
  await expect
    .poll(async () => (event = JSON.parse((await taken(ends.QueueUrl))?.Body ?? "{}") as typeof event)["detail"])
    .toEqual({ n: 1 });
  expect(event["resources"]).toEqual(["arn:aws:scheduler:eu-central-1:123456789012:schedule/default/bus"]);
});
