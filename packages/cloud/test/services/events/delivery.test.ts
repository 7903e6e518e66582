/** What comes to targets: as whom, with what input, in what order, and what becomes of what they do not take. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import { openStore } from "../../../src/store.ts";
import { allow, trust } from "../scheduler/place.ts";
import { busArn, type Place, queueArn, ruleArn, startPlace } from "./place.ts";

let place: Place;
beforeAll(async () => void (place = await startPlace()));
afterAll(() => place[Symbol.asyncDispose]());

describe("the input", () => {
  it("is the event, a part of it, a constant, or a text made of it", async () => {
    const Arn = await place.queue("inputs");
    const InputPathsMap = { id: "$.detail.id", all: "$.detail", first: "$.detail.list[0]", none: "$.detail.none" };
    const transform = (InputTemplate: string) => ({ InputTransformer: { InputPathsMap, InputTemplate } });
    const targets = [
      {},
      { InputPath: "$.detail.id" },
      { Input: '{"fixed":true}' },
      transform('{"id": <id>, "text": "no <id> of <first>", "all": <all>, "rule": "<aws.events.rule-name>"}'),
      transform('"<id> is <all><none>"'),
    ];
    await place.rule(
      "inputs",
      "inputs",
      targets.map((target) => ({ Arn, ...target })),
    );
    const detail = { id: 7, list: ['a "b"'] };
    const id = await place.send({
      Source: "inputs",
      Detail: JSON.stringify(detail),
      Resources: ["r"],
      Time: new Date("2026-05-05T05:05:05.678Z"),
    });
    const [event, ...others] = (await place.bodies("inputs")).toSorted((a, b) =>
      a.startsWith('{"version"') ? -1 : b.startsWith('{"version"') ? 1 : 0,
    );
    expect(event).toBe(
      JSON.stringify({
        version: "0",
        id,
        "detail-type": "Test",
        source: "inputs",
        account: "123456789012",
        time: "2026-05-05T05:05:05Z",
        region: "eu-central-1",
        resources: ["r"],
        detail,
      }),
    );
    expect(others.toSorted()).toEqual(
      [
        "7",
        '{"fixed":true}',
        `{"id": 7, "text": "no 7 of a \\"b\\"", "all": ${JSON.stringify(detail)}, "rule": "inputs"}`,
        '"7 is {id:7,list:[a \\b\\]}"',
      ].toSorted(),
    );
  });
});

it("what comes to one target comes in order, in the group of a FIFO queue too", async () => {
  const plain = await place.queue("ordered");
  const fifo = await place.queue("ordered.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  await place.rule("ordered", "ordered", [
    { Arn: plain, InputPath: "$.detail.n" },
    { Arn: fifo, InputPath: "$.detail.n", SqsParameters: { MessageGroupId: "g" } },
  ]);
  for (let call = 0; call < 3; call++) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      Source: "ordered",
      DetailType: "t",
      Detail: JSON.stringify({ n: call * 10 + n }),
    }));
    await place.events.putEvents({ Entries });
  }
  await place.pass(0);
  const wanted = Array.from({ length: 30 }, (_, n) => String(n));
  expect((await place.bodies("ordered")).toSorted((a, b) => Number(a) - Number(b))).toEqual(wanted);
  expect(await place.bodies("ordered.fifo")).toEqual(wanted);
});

it("a topic, a log group and another bus get it where their policies let EventBridge in", async () => {
  const { call } = place.server;
  const Arn = await place.queue("beyond");
  const { TopicArn = "" } = await call("sns", "CreateTopic", { Name: "news" });
  const statement = (service: string, Action: string, Resource: string) => ({
    Effect: "Allow",
    Principal: { Service: service },
    Action,
    Resource,
  });
  const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  await call("sqs", "SetQueueAttributes", {
    QueueUrl: `${place.server.endpoint}/123456789012/beyond`,
    Attributes: {
      Policy: policy(statement("sns.amazonaws.com", "sqs:SendMessage", Arn), statement("events.amazonaws.com", "sqs:SendMessage", Arn)),
    },
  });
  await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: Arn, Attributes: { RawMessageDelivery: "true" } });
  await call("logs", "CreateLogGroup", { logGroupName: "/aws/events/all" });
  await place.events.createEventBus({ Name: "further" });
  const group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/all";
  const dead = await place.queue("beyond-dead");
  const DeadLetterConfig = { Arn: dead };
  await place.rule("beyond", "beyond", [
    { Arn: TopicArn, Input: '"topic"', DeadLetterConfig },
    { Arn: group, DeadLetterConfig },
    { Arn: busArn("further"), DeadLetterConfig },
  ]);
  await place.rule("further", "beyond", [{ Arn, Input: '"bus"' }], "further");
  // Back to where it came from: no rule takes an event twice.
  await place.events.putTargets({ Rule: "further", EventBusName: "further", Targets: [{ Id: "back", Arn: busArn("default") }] });
  await place.send({ Source: "beyond" });
  expect(await place.bodies("beyond")).toEqual(['"bus"']);
  expect(
    (await place.messages("beyond-dead")).map(({ attributes }) => [attributes["TARGET_ARN"], attributes["ERROR_CODE"]]).toSorted(),
  ).toEqual(
    [
      [TopicArn, "NO_PERMISSIONS"],
      [group, "NO_PERMISSIONS"],
    ].toSorted(),
  );
  await call("sns", "SetTopicAttributes", {
    TopicArn,
    AttributeName: "Policy",
    AttributeValue: policy(statement("events.amazonaws.com", "sns:Publish", TopicArn)),
  });
  const writing = {
    ...statement("events.amazonaws.com", "logs:*", `${group}:*`),
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
  };
  await call("logs", "PutResourcePolicy", { policyName: "events", policyDocument: policy(writing) });
  const id = await place.send({ Source: "beyond" });
  expect((await place.bodies("beyond")).toSorted()).toEqual(['"bus"', '"topic"']);
  const { events } = await call("logs", "FilterLogEvents", { logGroupName: "/aws/events/all" });
  expect(events!.map(({ message }) => (JSON.parse(message!) as { id: string }).id)).toEqual([id]);
});

it("a function is called where its permission lets the rule in", async () => {
  const { call } = place.server;
  await call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
  await call("lambda", "CreateFunction", {
    FunctionName: "hears",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/runs",
    Code: { ZipFile: zipOf("index.js", Buffer.from("exports.handler = async () => {}")) },
  });
  const dead = await place.queue("unheard");
  const Arn = "arn:aws:lambda:eu-central-1:123456789012:function:hears";
  await place.rule("hears", "hears", [{ Arn, DeadLetterConfig: { Arn: dead } }]);
  await place.send({ Source: "hears" });
  expect((await place.messages("unheard")).map(({ attributes }) => attributes["ERROR_CODE"])).toEqual(["NO_PERMISSIONS"]);
  const permission = { FunctionName: "hears", StatementId: "s", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" };
  await call("lambda", "AddPermission", { ...permission, SourceArn: ruleArn("hears") });
  await place.send({ Source: "hears" });
  expect(await place.messages("unheard")).toEqual([]);
});
