/** A stack's life as engine.md has it: through the API, over fake resource types. */
import { describe, expect, test } from "vitest";
import { failing, fakeCloud, type FakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown, more: object = {}) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value, ...more } });

async function status(fake: FakeCloud, StackName = "shop"): Promise<string> {
  const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName });
  const { StackStatus, StackStatusReason } = Stacks![0]!;
  return StackStatusReason === undefined ? String(StackStatus) : `${StackStatus}: ${StackStatusReason}`;
}

/** `A CREATE_COMPLETE`, oldest first; the stack's own lines begin with its name. */
async function events(fake: FakeCloud, StackName = "shop") {
  const { StackEvents = [] } = await fake.call("cloudformation", "DescribeStackEvents", { StackName });
  return StackEvents.toReversed().map(
    ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      `${LogicalResourceId} ${ResourceStatus}${ResourceStatusReason === undefined ? "" : ` (${ResourceStatusReason})`}`,
  );
}

/** Of the deletions of a resource: whether the event's id is made of the status, and the properties that it carries. */
async function deletions(fake: FakeCloud, StackName: string, logicalId: string) {
  const { StackEvents = [] } = await fake.call("cloudformation", "DescribeStackEvents", { StackName });
  return StackEvents.filter(
    ({ LogicalResourceId, ResourceStatus }) => LogicalResourceId === logicalId && ResourceStatus!.startsWith("DELETE"),
  ).map(({ EventId, ResourceStatus, ResourceProperties }) => [
    EventId!.startsWith(`${logicalId}-${ResourceStatus}-2026`),
    ResourceProperties,
  ]);
}

async function create(fake: FakeCloud, Resources: object, more: object = {}) {
  const { StackId } = await fake.call("cloudformation", "CreateStack", {
    StackName: "shop",
    TemplateBody: JSON.stringify({ Resources }),
    ...more,
  });
  await fake.engine.idle();
  return StackId!;
}

async function update(fake: FakeCloud, Resources: object, more: object = {}) {
  await fake.call("cloudformation", "UpdateStack", { StackName: "shop", TemplateBody: JSON.stringify({ Resources }), ...more });
  await fake.engine.idle();
}

const held = (fake: FakeCloud) => [...fake.services.things.values()].map(({ logicalId }) => logicalId).sort();

describe("create", () => {
  test("makes resources in the order of their references and says each step", async () => {
    using fake = fakeCloud();
    const id = await create(fake, { B: parameter({ "Fn::GetAtt": ["A", "Value"] }), A: parameter("one") });
    expect(await status(fake)).toBe("CREATE_COMPLETE");
    expect(id).toMatch(/^arn:aws:cloudformation:eu-central-1:123456789012:stack\/shop\/[0-9a-f-]{36}$/);
    expect(fake.services.log).toEqual(["create A", "create B"]);
    expect([...fake.services.things.values()].map(({ properties }) => properties.Value)).toEqual(["one", "one"]);
    expect(await events(fake)).toEqual([
      "shop CREATE_IN_PROGRESS (User Initiated)",
      "A CREATE_IN_PROGRESS",
      "A CREATE_IN_PROGRESS (Resource creation Initiated)",
      "A CREATE_COMPLETE",
      "B CREATE_IN_PROGRESS",
      "B CREATE_IN_PROGRESS (Resource creation Initiated)",
      "B CREATE_COMPLETE",
      "shop CREATE_COMPLETE",
    ]);
  });

  test("tags resources with the stack's tags and CloudFormation's three; the template's own win", async () => {
    using fake = fakeCloud();
    const id = await create(
      fake,
      { A: parameter("x", { Tags: { team: "own" } }) },
      {
        Tags: [
          { Key: "team", Value: "stack" },
          { Key: "stage", Value: "dev" },
        ],
      },
    );
    const [thing] = fake.services.things.values();
    expect(thing!.properties.Tags).toEqual({
      team: "own",
      stage: "dev",
      "aws:cloudformation:stack-name": "shop",
      "aws:cloudformation:stack-id": id,
      "aws:cloudformation:logical-id": "A",
    });
  });

  test("a failure rolls back, deletes what was made, and names the failed", async () => {
    using fake = fakeCloud();
    fake.services.before = failing("create B", "no room");
    await create(fake, { A: parameter("x"), B: { ...parameter("y"), DependsOn: "A" }, C: { ...parameter("z"), DependsOn: "B" } });
    expect(await status(fake)).toBe("ROLLBACK_COMPLETE");
    expect(held(fake)).toEqual([]);
    const said = await events(fake);
    expect(said).toContain("shop ROLLBACK_IN_PROGRESS (The following resource(s) failed to create: [B]. Rollback requested by user.)");
    expect(said.find((line) => line.startsWith("B CREATE_FAILED"))).toMatch(
      /^B CREATE_FAILED \(Resource handler returned message: "no room \(Service: Ssm, Status Code: 400, Request ID: [0-9a-f-]{36}\)" \(RequestToken: [a-z0-9]{32}, HandlerErrorCode: InvalidRequest\)\)$/,
    );
    expect(said.some((line) => line.startsWith("C "))).toBe(false);
    expect(said.slice(-4)).toEqual(["B DELETE_COMPLETE", "A DELETE_IN_PROGRESS", "A DELETE_COMPLETE", "shop ROLLBACK_COMPLETE"]);
  });

  test("siblings in flight are cancelled", async () => {
    using fake = fakeCloud();
    fake.services.before = async (act, { signal }) => {
      if (act === "create B") throw new Error("broken");
      if (act === "create A") await fake.world.clock.sleep(1000, signal);
    };
    await create(fake, { A: parameter("x"), B: parameter("y") });
    expect(await events(fake)).toContain("A CREATE_FAILED (Resource creation cancelled)");
    expect(await status(fake)).toBe("ROLLBACK_COMPLETE");
    expect(held(fake)).toEqual([]);
  });

  test.each([
    [{ OnFailure: "DO_NOTHING" }, "CREATE_FAILED: The following resource(s) failed to create: [B]. ", ["A"]],
    [{ DisableRollback: true }, "CREATE_FAILED: The following resource(s) failed to create: [B]. ", ["A"]],
    [{ OnFailure: "ROLLBACK" }, "ROLLBACK_COMPLETE", []],
  ])("%j ends in %s", async (more, wanted, left) => {
    using fake = fakeCloud();
    fake.services.before = failing("create B");
    await create(fake, { A: parameter("x"), B: { ...parameter("y"), DependsOn: "A" } }, more);
    expect(await status(fake)).toBe(wanted);
    expect(held(fake)).toEqual(left);
  });

  test("OnFailure DELETE removes the stack", async () => {
    using fake = fakeCloud();
    fake.services.before = failing("create B");
    const id = await create(fake, { A: parameter("x"), B: { ...parameter("y"), DependsOn: "A" } }, { OnFailure: "DELETE" });
    expect(await status(fake, id)).toBe("DELETE_COMPLETE");
    await expect(status(fake)).rejects.toThrow("Stack with id shop does not exist");
    expect(held(fake)).toEqual([]);
  });

  test("a stack that takes too long is rolled back", async () => {
    using fake = fakeCloud();
    fake.services.before = (act, { signal }) => (act === "create A" ? fake.world.clock.sleep(3_600_000, signal) : undefined);
    await fake.call("cloudformation", "CreateStack", {
      StackName: "shop",
      TemplateBody: JSON.stringify({ Resources: { A: parameter("x") } }),
      TimeoutInMinutes: 5,
    });
    for (let minute = 0; minute < 6; minute++) await fake.world.clock.advance(60_000);
    await fake.engine.idle();
    expect(await events(fake)).toContain(
      "shop ROLLBACK_IN_PROGRESS (Stack creation time exceeded the specified timeout. Rollback requested by user.)",
    );
  });

  test.each([
    [{ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "x", Foo: 1 } }, "#: extraneous key [Foo] is not permitted"],
    [
      { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "x", Tier: "Advanced" } },
      "#/Tier: the embedded cloud refuses this property: there is one tier",
    ],
    [
      { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "x", DataType: "text" } },
      "#/DataType: the embedded cloud does not serve this property of the type",
    ],
  ])("refuses %j before anything is made", async (A, message) => {
    using fake = fakeCloud();
    await expect(create(fake, { A })).rejects.toThrow(`Properties validation failed for resource A with message:\n${message}`);
    await expect(status(fake)).rejects.toThrow("Stack with id shop does not exist");
  });

  test("names unknown types; a type of AWS in a branch that is off does no harm", async () => {
    using fake = fakeCloud();
    const unknown = "Template format error: Unrecognized resource types: [AWS::Nowhere::Thing]";
    await expect(create(fake, { A: { Type: "AWS::Nowhere::Thing" } })).rejects.toThrow(unknown);
    const template = (on: string) =>
      JSON.stringify({
        Conditions: { On: { "Fn::Equals": [on, "yes"] } },
        Resources: { A: { Type: "AWS::Nowhere::Thing", Condition: "On" }, B: parameter("b") },
      });
    await expect(fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template("yes") })).rejects.toThrow(unknown);
    await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template("no") });
    await fake.engine.idle();
    expect(held(fake)).toEqual(["B"]);
  });
});

describe("update", () => {
  test("in place, with nothing said about what stays the same", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one"), B: parameter("same") });
    await update(fake, { A: parameter("two"), B: parameter("same") });
    expect(await status(fake)).toBe("UPDATE_COMPLETE");
    expect((await events(fake)).slice(8)).toEqual([
      "shop UPDATE_IN_PROGRESS (User Initiated)",
      "A UPDATE_IN_PROGRESS",
      "A UPDATE_COMPLETE",
      "shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "shop UPDATE_COMPLETE",
    ]);
  });

  test("replaces: the new one first, then its users, then the old one goes", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("x", { Name: "first" }), B: parameter({ Ref: "A" }) });
    await update(fake, { A: parameter("x", { Name: "second" }), B: parameter({ Ref: "A" }) });
    expect(fake.services.log).toEqual(["create A", "create B", "create A", "update B", "delete A"]);
    expect([...fake.services.things.keys()]).toContain("second");
    expect([...fake.services.things.keys()]).not.toContain("first");
    const said = await events(fake);
    expect(said).toContain("A UPDATE_IN_PROGRESS (Requested update requires the creation of a new physical resource; hence creating one.)");
    expect(said).toContain("A UPDATE_IN_PROGRESS (Resource creation Initiated)");
    expect(await deletions(fake, "shop", "A")).toEqual([
      [false, undefined],
      [false, undefined],
    ]);
    const { StackResources = [] } = await fake.call("cloudformation", "DescribeStackResources", { StackName: "shop" });
    expect(
      StackResources.map(({ LogicalResourceId, ResourceStatus, PhysicalResourceId }) => [
        LogicalResourceId,
        ResourceStatus,
        PhysicalResourceId,
      ]),
    ).toEqual([
      ["A", "UPDATE_COMPLETE", "second"],
      ["B", "UPDATE_COMPLETE", expect.stringMatching(/^shop-B-[A-Z0-9]{12}$/)],
    ]);
  });

  test("what left the template is deleted at the end; Retain keeps it", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("x"), B: parameter("y"), C: { ...parameter("z"), DeletionPolicy: "Retain" } });
    await update(fake, { A: parameter("x2") });
    expect(held(fake)).toEqual(["A", "C"]);
    const said = await events(fake);
    expect(said).toContain("C DELETE_SKIPPED");
    expect(said.indexOf("shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")).toBeLessThan(said.indexOf("B DELETE_IN_PROGRESS"));
    const { StackResourceSummaries = [] } = await fake.call("cloudformation", "ListStackResources", { StackName: "shop" });
    expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(["A"]);
  });

  test("UpdateReplacePolicy Retain keeps the old one", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("x", { Name: "first" }) });
    await update(fake, { A: { ...parameter("x", { Name: "second" }), UpdateReplacePolicy: "Retain" } });
    expect([...fake.services.things.keys()]).toEqual(["first", "second"]);
  });

  test("a failure restores: updates go back, replacements and new ones go, nothing else is touched", async () => {
    using fake = fakeCloud();
    const before = {
      A: parameter("one"),
      B: parameter("x", { Name: "first" }),
      C: parameter("same"),
      D: { ...parameter("d"), DependsOn: ["A", "B"] },
    };
    await create(fake, before);
    const things = JSON.stringify([...fake.services.things].sort());
    fake.services.log.length = 0;
    fake.services.before = failing("update D");
    await update(fake, {
      A: parameter("two"),
      B: parameter("x", { Name: "second" }),
      C: parameter("same"),
      N: parameter("new"),
      D: { ...parameter("d2"), DependsOn: ["A", "B", "N"] },
    });
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_FAILED: The following resource(s) failed to update: [D]. ");
    fake.services.before = () => undefined;
    await fake.call("cloudformation", "ContinueUpdateRollback", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(JSON.stringify([...fake.services.things].sort())).toBe(things);
    expect(fake.services.log.filter((act) => act.endsWith(" C"))).toEqual([]);
  });

  test("ContinueUpdateRollback leaves alone what it is told to skip", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one") });
    fake.services.before = failing("update A");
    await update(fake, { A: parameter("two") });
    expect(await status(fake)).toMatch("UPDATE_ROLLBACK_FAILED");
    await fake.call("cloudformation", "ContinueUpdateRollback", { StackName: "shop", ResourcesToSkip: ["A"] });
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
  });

  test("without rollback it stands still; RollbackStack goes back, another update goes on", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one") });
    fake.services.before = failing("create B");
    await update(fake, { A: parameter("two"), B: { ...parameter("b"), DependsOn: "A" } }, { DisableRollback: true });
    expect(await status(fake)).toBe("UPDATE_FAILED: The following resource(s) failed to create: [B]. ");
    expect(fake.services.things.values().next().value!.properties.Value).toBe("two");
    await fake.call("cloudformation", "RollbackStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(fake.services.things.values().next().value!.properties.Value).toBe("one");

    await update(fake, { A: parameter("three"), B: { ...parameter("b"), DependsOn: "A" } }, { DisableRollback: true });
    fake.services.before = () => undefined;
    await update(fake, { A: parameter("three"), B: { ...parameter("b"), DependsOn: "A" } });
    expect(await status(fake)).toBe("UPDATE_COMPLETE");
    expect(held(fake)).toEqual(["A", "B"]);
  });

  test("nothing to do is said, not done", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one") });
    await expect(update(fake, { A: parameter("one") })).rejects.toThrow("No updates are to be performed.");
  });

  test("a cancelled update rolls back", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one"), B: { ...parameter("b"), DependsOn: "A" } });
    fake.services.before = (act, { signal, properties }) =>
      act === "update B" && properties.Value === "b2" ? fake.world.clock.sleep(60_000, signal) : undefined;
    await fake.call("cloudformation", "UpdateStack", {
      StackName: "shop",
      TemplateBody: JSON.stringify({ Resources: { A: parameter("two"), B: { ...parameter("b2"), DependsOn: "A" } } }),
    });
    while (!(await events(fake)).includes("B UPDATE_IN_PROGRESS")) await fake.world.clock.advance(10);
    await fake.call("cloudformation", "CancelUpdateStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect([...fake.services.things.values()].map(({ properties }) => properties.Value)).toEqual(["one", "b"]);
    const said = await events(fake);
    expect(said).toContain("B UPDATE_FAILED (Resource update cancelled)");
    await expect(fake.call("cloudformation", "CancelUpdateStack", { StackName: "shop" })).rejects.toThrow(
      "CancelUpdateStack cannot be called from current stack status",
    );
  });
});

describe("rollback triggers", () => {
  const trigger = (name: string) => ({ Arn: `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`, Type: "AWS::CloudWatch::Alarm" });
  const watched = (MonitoringTimeInMinutes: number, ...names: string[]) => ({
    RollbackConfiguration: { RollbackTriggers: names.map(trigger), MonitoringTimeInMinutes },
  });
  const template = (value: string) => ({ StackName: "shop", TemplateBody: JSON.stringify({ Resources: { A: parameter(value) } }) });
  const standing = (fake: FakeCloud) => [...fake.services.things.values()].map(({ properties }) => properties.Value);
  const enter = (fake: FakeCloud, StateValue: "OK" | "ALARM") =>
    fake.call("cloudwatch", "SetAlarmState", { AlarmName: "errors", StateValue, StateReason: "told" });

  async function withAlarm(): Promise<FakeCloud> {
    const fake = fakeCloud();
    await fake.call("cloudwatch", "PutMetricAlarm", {
      AlarmName: "errors",
      MetricName: "Errors",
      Namespace: "Shop",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
    });
    await enter(fake, "OK");
    return fake;
  }

  test("are watched after an update, and shown; an update may change nothing else", async () => {
    using fake = await withAlarm();
    await create(fake, { A: parameter("one") });
    await fake.call("cloudformation", "UpdateStack", { ...template("one"), ...watched(3, "errors") });
    await fake.world.clock.advance(2 * 60_000);
    expect(await status(fake)).toBe("UPDATE_IN_PROGRESS: User Initiated");
    await fake.world.clock.advance(2 * 60_000);
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_COMPLETE");
    const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName: "shop" });
    expect(Stacks![0]!.RollbackConfiguration).toEqual(watched(3, "errors").RollbackConfiguration);
  });

  test("that go off after an update turn it back, though the cloud was killed in between", async () => {
    using fake = await withAlarm();
    await create(fake, { A: parameter("one") }, watched(0, "errors"));
    await fake.call("cloudformation", "UpdateStack", { ...template("two"), RollbackConfiguration: { MonitoringTimeInMinutes: 10 } });
    await fake.world.clock.advance(9 * 60_000);
    expect(standing(fake)).toEqual(["two"]);
    void fake.engine.halt();
    const next = fake.restart();
    await next.world.clock.advance(30_000);
    expect(await status(next)).toBe("UPDATE_IN_PROGRESS: User Initiated");
    await enter(next, "ALARM");
    await next.world.clock.advance(10_000);
    await next.engine.idle();
    expect(await status(next)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(standing(next)).toEqual(["one"]);
    expect(await events(next)).toContain(
      `shop UPDATE_ROLLBACK_IN_PROGRESS (The following rollback trigger(s) went to ALARM: [${trigger("errors").Arn}]. )`,
    );
  });

  test("that go off during a creation cancel what is in flight", async () => {
    using fake = await withAlarm();
    fake.services.before = (act, { signal }) => (act === "create A" ? fake.world.clock.sleep(600_000, signal) : undefined);
    await fake.call("cloudformation", "CreateStack", { ...template("one"), ...watched(0, "errors") });
    await fake.world.clock.advance(20_000);
    await enter(fake, "ALARM");
    await fake.world.clock.advance(10_000);
    await fake.engine.idle();
    const said = await events(fake);
    expect(said).toContain("A CREATE_FAILED (Resource creation cancelled)");
    expect(said).toContain(
      `shop ROLLBACK_IN_PROGRESS (The following rollback trigger(s) went to ALARM: [${trigger("errors").Arn}]. Rollback requested by user.)`,
    );
    expect(standing(fake)).toEqual([]);
  });

  test("that do not exist fail the operation before anything is made", async () => {
    using fake = await withAlarm();
    await create(fake, { A: parameter("one") }, watched(1, "errors", "gone"));
    expect(await status(fake)).toBe("ROLLBACK_COMPLETE");
    expect(await events(fake)).toContain(
      `shop ROLLBACK_IN_PROGRESS (The following rollback trigger(s) do not exist: [${trigger("gone").Arn}]. Rollback requested by user.)`,
    );
    expect(fake.services.log).toEqual([]);
  });

  test("leave an update to CancelUpdateStack while they are watched", async () => {
    using fake = await withAlarm();
    await create(fake, { A: parameter("one") });
    await fake.call("cloudformation", "UpdateStack", { ...template("two"), ...watched(180) });
    await fake.world.clock.advance(60_000);
    await fake.call("cloudformation", "CancelUpdateStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(standing(fake)).toEqual(["one"]);
  });
});

describe("a stack's policy", () => {
  const statement = (Effect: string, Action: string, Resource = "*", more: object = {}) => ({
    Effect,
    Action,
    Resource,
    Principal: "*",
    ...more,
  });
  const body = (...Statement: object[]) => JSON.stringify({ Statement });
  const all = statement("Allow", "Update:*");
  const onType = (...ResourceType: string[]) => ({ Condition: { StringLike: { ResourceType } } });
  const before = { A: parameter("one", { Name: "a" }), B: parameter("one") };
  const policyOf = async (fake: FakeCloud) => (await fake.call("cloudformation", "GetStackPolicy", { StackName: "shop" })).StackPolicyBody;
  const changed = { ...before, B: parameter("two") };
  const replaced = { ...before, A: parameter("one", { Name: "c" }) };
  const denied = (number: number, action: string, id: string) =>
    `${id} UPDATE_FAILED (Action denied by stack policy: Statement [#${number}] does not allow [${action}] for resource [LogicalResourceId/${id}])`;

  test.each<[string, object[], object, string | undefined]>([
    ["a denial of all", [all, statement("Deny", "Update:*")], changed, denied(2, "Update:*", "B")],
    ["a denial of one", [statement("Deny", "Update:Modify", "LogicalResourceId/B"), all], changed, denied(1, "Update:Modify", "B")],
    ["of another", [all, statement("Deny", "Update:*", "LogicalResourceId/A*")], changed, undefined],
    ["of replacing", [all, statement("Deny", "Update:Replace")], replaced, denied(2, "Update:Replace", "A")],
    ["of deleting", [all, statement("Deny", "Update:Delete")], { A: before.A }, denied(2, "Update:Delete", "B")],
    ["of a type", [all, statement("Deny", "Update:*", "*", onType("AWS::SSM::*"))], changed, denied(2, "Update:*", "B")],
    ["of another type", [all, statement("Deny", "Update:*", "*", onType("AWS::RDS::*"))], changed, undefined],
    [
      "of nothing, but allowed neither",
      [statement("Allow", "Update:*", "LogicalResourceId/A")],
      changed,
      "B UPDATE_FAILED (Action not allowed by stack policy)",
    ],
    ["additions are free", [statement("Deny", "Update:*")], { ...before, C: parameter("new") }, undefined],
  ])("%s", async (_, statements, after, failure) => {
    using fake = fakeCloud();
    await create(fake, before, { StackPolicyBody: body(...statements) });
    await update(fake, after);
    expect((await events(fake)).find((event) => event.includes("UPDATE_FAILED"))).toBe(failure);
    expect(await status(fake)).toBe(failure === undefined ? "UPDATE_COMPLETE" : "UPDATE_ROLLBACK_COMPLETE");
    if (failure !== undefined)
      expect([held(fake), fake.services.log]).toEqual([
        ["A", "B"],
        ["create A", "create B"],
      ]);
  });

  test("an update may bring its own; the one that it sets holds from its end on, and not for deletions of the stack", async () => {
    using fake = fakeCloud();
    const closed = body(statement("Deny", "Update:*"));
    await create(fake, before, { StackPolicyBody: closed });
    await update(fake, changed, { StackPolicyDuringUpdateBody: body(all) });
    expect([await status(fake), await policyOf(fake)]).toEqual(["UPDATE_COMPLETE", closed]);
    await update(fake, before, { StackPolicyDuringUpdateBody: body(all), StackPolicyBody: "{}" });
    expect([await status(fake), await policyOf(fake)]).toEqual(["UPDATE_COMPLETE", "{}"]);
    await update(fake, changed, { StackPolicyBody: closed });
    expect([await status(fake), await policyOf(fake)]).toEqual(["UPDATE_COMPLETE", closed]);
    let during: string | undefined;
    fake.services.before = async () => void (during = await policyOf(fake));
    await update(fake, before, { StackPolicyDuringUpdateBody: body(all) });
    expect(during).toBe(body(all));
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(held(fake)).toEqual([]);
  });
});

describe("delete", () => {
  test("users go before what they use; the stack is then found by its id only", async () => {
    using fake = fakeCloud();
    const id = await create(fake, { B: parameter({ Ref: "A" }), A: parameter("one"), R: { ...parameter("r"), DeletionPolicy: "Retain" } });
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(fake.services.log.slice(3)).toEqual(["delete B", "delete A"]);
    expect(held(fake)).toEqual(["R"]);
    await expect(status(fake)).rejects.toThrow("Stack with id shop does not exist");
    expect(await status(fake, id)).toBe("DELETE_COMPLETE");
    const said = [true, '{"Type":"String","Value":"one"}'];
    expect(await deletions(fake, id, "A")).toEqual([said, said]);
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
  });

  test("what cannot be deleted fails it, and can be retained then", async () => {
    using fake = fakeCloud();
    const id = await create(fake, { B: parameter({ Ref: "A" }), A: parameter("one"), C: parameter("c") });
    fake.services.before = failing("delete B");
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("DELETE_FAILED: The following resource(s) failed to delete: [B]. ");
    expect(held(fake)).toEqual(["A", "B"]);
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop", RetainResources: ["B"] });
    await fake.engine.idle();
    expect(await status(fake, id)).toBe("DELETE_COMPLETE");
    expect(held(fake)).toEqual(["B"]);
  });

  test("a retained resource stays, also when it stands half updated", async () => {
    using fake = fakeCloud();
    const retained = (value: string) => ({ A: { ...parameter(value), DeletionPolicy: "Retain" } });
    const id = await create(fake, retained("one"));
    fake.services.before = failing("update A");
    await update(fake, retained("two"), { DisableRollback: true });
    expect(await status(fake)).toMatch("UPDATE_FAILED");
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake, id)).toBe("DELETE_COMPLETE");
    expect(held(fake)).toEqual(["A"]);
  });

  test("termination protection holds", async () => {
    using fake = fakeCloud();
    await create(fake, { A: parameter("one") }, { EnableTerminationProtection: true });
    await expect(fake.call("cloudformation", "DeleteStack", { StackName: "shop" })).rejects.toThrow(
      "Stack [shop] cannot be deleted while TerminationProtection is enabled",
    );
  });

  test("while it is being created", async () => {
    using fake = fakeCloud();
    fake.services.before = (act, { signal }) => (act === "create B" ? fake.world.clock.sleep(60_000, signal) : undefined);
    const { StackId } = await fake.call("cloudformation", "CreateStack", {
      StackName: "shop",
      TemplateBody: JSON.stringify({ Resources: { A: parameter("a"), B: parameter("b") } }),
    });
    while (!(await events(fake)).includes("B CREATE_IN_PROGRESS")) await fake.world.clock.advance(10);
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    expect(await status(fake)).toBe("DELETE_IN_PROGRESS: User Initiated");
    await fake.engine.idle();
    expect(await status(fake, StackId!)).toBe("DELETE_COMPLETE");
    expect(held(fake)).toEqual([]);
  });
});
