/** Buses, rules and targets as they are put, listed and refused; and what PutEvents answers. Messages follow AWS's own answers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow } from "../scheduler/place.ts";
import { busArn, type Place, queueArn, ruleArn, startPlace } from "./place.ts";

let place: Place;
beforeAll(async () => void (place = await startPlace()));
afterAll(() => place[Symbol.asyncDispose]());

const refusal = (name: string, message: string) => ({ name, message });

describe("buses", () => {
  it("are made, changed, listed in pages and deleted; the default one is always there", async () => {
    const { events } = place;
    const { EventBusArn } = await events.createEventBus({ Name: "orders", Description: "of orders", Tags: [{ Key: "team", Value: "a" }] });
    expect(EventBusArn).toBe(busArn("orders"));
    await expect(events.createEventBus({ Name: "orders" })).rejects.toMatchObject(
      refusal("ResourceAlreadyExistsException", "Event bus orders already exists."),
    );
    await expect(events.createEventBus({ Name: "default" })).rejects.toMatchObject(
      refusal("ResourceAlreadyExistsException", "Event bus default already exists."),
    );
    await expect(events.createEventBus({ Name: "a/b" })).rejects.toMatchObject(
      refusal("ValidationException", "Event bus name must not contain '/'."),
    );
    await events.updateEventBus({ Name: "orders" });
    const { Description, Arn } = await events.describeEventBus({ Name: busArn("orders") });
    expect([Arn, Description]).toEqual([busArn("orders"), undefined]);
    const first = await events.listEventBuses({ Limit: 1 });
    const second = await events.listEventBuses({ Limit: 1, NextToken: first.NextToken! });
    expect([...first.EventBuses!, ...second.EventBuses!].map(({ Name }) => Name)).toEqual(["default", "orders"]);
    expect((await events.listTagsForResource({ ResourceARN: EventBusArn! })).Tags).toEqual([{ Key: "team", Value: "a" }]);
    await events.deleteEventBus({ Name: "orders" });
    await events.deleteEventBus({ Name: "orders" });
    await expect(events.describeEventBus({ Name: "orders" })).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "Event bus orders does not exist."),
    );
    await expect(events.deleteEventBus({ Name: "default" })).rejects.toMatchObject(
      refusal("ValidationException", "Cannot delete event bus default."),
    );
  });

  it("have a policy, statement by statement or as a whole", async () => {
    const { events } = place;
    await events.createEventBus({ Name: "open" });
    const policy = async () => {
      const { Policy } = await events.describeEventBus({ Name: "open" });
      return Policy === undefined ? undefined : (JSON.parse(Policy) as unknown);
    };
    const EventBusName = "open";
    await expect(events.removePermission({ EventBusName, StatementId: "x" })).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "EventBus does not have a policy."),
    );
    await events.putPermission({ EventBusName, Action: "events:PutEvents", Principal: "111111111111", StatementId: "one" });
    expect(await policy()).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "one",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "events:PutEvents",
          Resource: busArn("open"),
        },
      ],
    });
    await expect(events.removePermission({ EventBusName, StatementId: "x" })).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "Statement with the provided id does not exist."),
    );
    await expect(
      events.putPermission({ EventBusName, Action: "events:PutPermission", Principal: "111111111111", StatementId: "x" }),
    ).rejects.toMatchObject(refusal("ValidationException", "Provided value in parameter 'action' is not supported."));
    await events.removePermission({ EventBusName, StatementId: "one" });
    expect(await policy()).toBeUndefined();
    const Deny = { Sid: "no", Effect: "Deny", Principal: "*", Action: "events:PutEvents", Resource: busArn("open") };
    await events.putPermission({ EventBusName, Policy: JSON.stringify({ Version: "2012-10-17", Statement: [Deny] }) });
    const { call, cloud, region } = place.server;
    await call("iam", "CreateUser", { UserName: "app" });
    await call("iam", "PutUserPolicy", { UserName: "app", PolicyName: "p", PolicyDocument: allow("events:PutEvents", "*") });
    const { User } = await call("iam", "GetUser", { UserName: "app" });
    const asApp = cloud.as({ kind: "user", account: cloud.account, arn: User!.Arn!, userId: User!.UserId!, userName: "app" }, region);
    const entry = { Source: "app", DetailType: "t", Detail: "{}" };
    await asApp("events", "PutEvents", { Entries: [entry] });
    await expect(asApp("events", "PutEvents", { Entries: [{ ...entry, EventBusName }] })).rejects.toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining("with an explicit deny in a resource-based policy"),
    });
    await expect(asApp("events", "PutRule", { Name: "r", EventPattern: "{}" })).rejects.toMatchObject({
      message: expect.stringContaining(`is not authorized to perform: events:PutRule on resource: ${ruleArn("r")}`),
    });
  });
});

describe("rules", () => {
  it("are put, switched, listed and deleted", async () => {
    const { events } = place;
    const EventPattern = '{"source": ["rules"]}';
    await place.queue("rules");
    expect(await events.putRule({ Name: "r1", EventPattern, Tags: [{ Key: "k", Value: "v" }] })).toMatchObject({ RuleArn: ruleArn("r1") });
    await events.putTargets({ Rule: "r1", Targets: [{ Id: "t", Arn: queueArn("rules") }] });
    await events.putRule({ Name: "r1", ScheduleExpression: "rate(1 day)", State: "DISABLED" });
    expect(await events.describeRule({ Name: "r1" })).toMatchObject({
      Name: "r1",
      Arn: ruleArn("r1"),
      ScheduleExpression: "rate(1 day)",
      State: "DISABLED",
      EventBusName: "default",
      CreatedBy: "123456789012",
    });
    expect((await events.describeRule({ Name: "r1" })).EventPattern).toBeUndefined();
    expect((await events.listTargetsByRule({ Rule: "r1" })).Targets).toEqual([{ Id: "t", Arn: queueArn("rules") }]);
    expect((await events.listRuleNamesByTarget({ TargetArn: queueArn("rules") })).RuleNames).toEqual(["r1"]);
    await events.enableRule({ Name: "r1" });
    expect((await events.listRules({ NamePrefix: "r" })).Rules).toMatchObject([{ Name: "r1", State: "ENABLED" }]);
    expect((await events.listTagsForResource({ ResourceARN: ruleArn("r1") })).Tags).toEqual([{ Key: "k", Value: "v" }]);
    await expect(events.deleteRule({ Name: "r1" })).rejects.toMatchObject(
      refusal("ValidationException", "Rule can't be deleted since it has targets."),
    );
    expect(await events.removeTargets({ Rule: "r1", Ids: ["t"] })).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    await events.deleteRule({ Name: "r1" });
    await events.deleteRule({ Name: "r1" });
    await expect(events.describeRule({ Name: "r1" })).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "Rule r1 does not exist on EventBus default."),
    );
    await expect(events.tagResource({ ResourceARN: ruleArn("r1"), Tags: [] })).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "Rule r1 does not exist on EventBus default."),
    );
  });

  it.each([
    [{}, "Parameter(s) EventPattern or ScheduleExpression must be specified."],
    [{ ScheduleExpression: "rate(5 minute)" }, "Parameter ScheduleExpression is not valid."],
    [{ ScheduleExpression: "cron(0 12 * * * *)" }, "Parameter ScheduleExpression is not valid."],
    [{ ScheduleExpression: "at(2026-01-01T00:00:00)" }, "Parameter ScheduleExpression is not valid."],
    [{ ScheduleExpression: "rate(1 day)", EventBusName: "x" }, "ScheduleExpression is supported only on the default event bus."],
    [{ EventPattern: "[]" }, "Event pattern is not valid. Reason: Filter is not an object"],
    [{ EventPattern: "{}", EventBusName: "none" }, "Event bus none does not exist."],
  ])("%j is refused", async (input, message) => {
    await expect(place.events.putRule({ Name: "wrong", ...input })).rejects.toMatchObject({ message });
  });

  it.each([
    [{ Arn: "nothing" }, "Parameter nothing is not valid. Reason: Provided Arn is not in correct format."],
    [{ Arn: queueArn("a.fifo") }, "Parameter(s) SqsParameters must be specified for target: t."],
    [{ Arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/c" }, "Parameter(s) EcsParameters must be specified for target: t."],
    [{ Arn: queueArn("a"), Input: "{" }, "Parameter Input for target t is not valid JSON."],
    [{ Arn: queueArn("a"), InputPath: "detail" }, "Parameter InputPath is not valid. Reason: Invalid JSONPath provided."],
    [{ Arn: queueArn("a"), InputTransformer: { InputTemplate: "<x>" } }, "InputTemplate for target t contains invalid placeholder x."],
    [{ Arn: "arn:aws:states:eu-central-1:123456789012:stateMachine:s" }, expect.stringContaining("Step Functions state machines")],
    [{ Arn: "arn:aws:kinesis:eu-central-1:123456789012:stream/s" }, expect.stringContaining("Kinesis streams")],
  ])("the target %j is refused", async (target, message) => {
    await place.events.putRule({ Name: "aims", EventPattern: "{}" });
    await expect(place.events.putTargets({ Rule: "aims", Targets: [{ Id: "t", ...target }] })).rejects.toMatchObject({ message });
  });

  it("take five targets", async () => {
    await place.events.putRule({ Name: "five", EventPattern: "{}" });
    const Targets = ["1", "2", "3", "4", "5", "6"].map((Id) => ({ Id, Arn: queueArn("a") }));
    await expect(place.events.putTargets({ Rule: "five", Targets })).rejects.toMatchObject({ name: "LimitExceededException" });
  });
});

describe("PutEvents", () => {
  it("takes or refuses each entry for itself, in order", async () => {
    const good = { Source: "s", DetailType: "t", Detail: "{}" };
    const { FailedEntryCount, Entries } = await place.events.putEvents({
      Entries: [
        {},
        { Source: "s" },
        { Source: "s", DetailType: "t" },
        { ...good, Detail: "[1]" },
        { ...good, Source: "aws.ecs" },
        { ...good, EventBusName: "none" },
        good,
      ],
    });
    const missing = (name: string) => ({
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    expect(Entries).toEqual([
      missing("Source"),
      missing("DetailType"),
      missing("Detail"),
      { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
      { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
      { EventId: expect.any(String) },
      { EventId: expect.any(String) },
    ]);
    expect(FailedEntryCount).toBe(5);
  });

  it("takes ten entries, and 256 KB", async () => {
    const entry = { Source: "s", DetailType: "t", Detail: "{}" };
    await expect(place.events.putEvents({ Entries: Array.from({ length: 11 }, () => entry) })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"),
    });
    const large = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ x: "y".repeat(bytes - 10) }) });
    await place.events.putEvents({ Entries: [large(262_140)] });
    await expect(place.events.putEvents({ Entries: [large(200_000), large(70_000)] })).rejects.toMatchObject(
      refusal("ValidationException", "Total size of the entries in the request is over the limit."),
    );
  });
});

it("TestEventPattern wants a whole event", async () => {
  const event = {
    id: "1",
    source: "order",
    "detail-type": "Test",
    account: "123456789012",
    region: "eu-central-1",
    time: "2026-01-01T00:00:00Z",
  };
  const test = (Event: string, EventPattern = '{"source": ["order"]}') => place.events.testEventPattern({ Event, EventPattern });
  expect((await test(JSON.stringify(event))).Result).toBe(true);
  expect((await test(JSON.stringify(event), '{"source": ["shipment"]}')).Result).toBe(false);
  for (const wrong of ["text", '{"id": "1"}']) {
    await expect(test(wrong)).rejects.toMatchObject(refusal("ValidationException", "Parameter Event is not valid."));
  }
});
