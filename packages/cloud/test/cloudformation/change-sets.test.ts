/** Change sets as DescribeChangeSet shows them, and what executing them does. */
import { describe, expect, test } from "vitest";
import { fakeCloud, type FakeCloud } from "./fake-cloud.ts";

const topic = (Properties: object, more: object = {}) => ({ Type: "AWS::SNS::Topic", Properties, ...more });

async function changeSet(fake: FakeCloud, template: object, more: object = {}) {
  const { Id } = await fake.call("cloudformation", "CreateChangeSet", {
    StackName: "shop",
    ChangeSetName: "next",
    TemplateBody: JSON.stringify(template),
    ...more,
  });
  return Id!;
}

async function deploy(fake: FakeCloud, template: object, more: object = {}) {
  const exists = await fake.call("cloudformation", "DescribeStacks", { StackName: "shop" }).then(
    () => true,
    () => false,
  );
  const ChangeSetName = await changeSet(fake, template, {
    ChangeSetType: exists ? "UPDATE" : "CREATE",
    ChangeSetName: `c${fake.world.random.hex(6)}`,
    ...more,
  });
  await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName });
  await fake.engine.idle();
}

const describeSet = (fake: FakeCloud, ChangeSetName: string, IncludePropertyValues = false) =>
  fake.call("cloudformation", "DescribeChangeSet", { ChangeSetName, IncludePropertyValues });

const status = async (fake: FakeCloud) =>
  (await fake.call("cloudformation", "DescribeStacks", { StackName: "shop" })).Stacks![0]!.StackStatus;

describe("CREATE", () => {
  test("waits in REVIEW_IN_PROGRESS, then makes the stack", async () => {
    using fake = fakeCloud();
    const id = await changeSet(fake, { Resources: { A: topic({ TopicName: "one" }) } }, { ChangeSetType: "CREATE" });
    expect(id).toMatch(/^arn:aws:cloudformation:eu-central-1:123456789012:changeSet\/next\/[0-9a-f-]{36}$/);
    expect(await status(fake)).toBe("REVIEW_IN_PROGRESS");
    const { Changes, Status, ExecutionStatus } = await describeSet(fake, id);
    expect([Status, ExecutionStatus]).toEqual(["CREATE_COMPLETE", "AVAILABLE"]);
    expect(Changes).toEqual([
      {
        Type: "Resource",
        ResourceChange: { Action: "Add", LogicalResourceId: "A", ResourceType: "AWS::SNS::Topic", Scope: [], Details: [] },
      },
    ]);
    const withValues = await describeSet(fake, id, true);
    expect(withValues.Changes![0]!.ResourceChange).toMatchObject({ AfterContext: '{"Properties":{"TopicName":"one"}}' });
    expect(withValues.Changes![0]!.ResourceChange!.Replacement).toBeUndefined();
    await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: "next", StackName: "shop" });
    await fake.engine.idle();
    expect(await status(fake)).toBe("CREATE_COMPLETE");
    expect((await describeSet(fake, id)).ExecutionStatus).toBe("EXECUTE_COMPLETE");
    await expect(fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: id })).rejects.toThrow(
      "cannot be executed in its current execution status of [EXECUTE_COMPLETE]",
    );
  });

  test("once executed it is known by its ARN, leaves the list, and its name is free", async () => {
    using fake = fakeCloud();
    const template = { Resources: { A: topic({ TopicName: "one" }) } };
    const id = await changeSet(fake, template, { ChangeSetType: "CREATE" });
    const names = async () =>
      (await fake.call("cloudformation", "ListChangeSets", { StackName: "shop" })).Summaries!.map(({ ChangeSetName }) => ChangeSetName);
    expect(await names()).toEqual(["next"]);
    await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: "next", StackName: "shop" });
    await fake.engine.idle();
    expect(await names()).toEqual([]);
    const again = await changeSet(fake, template);
    expect((await describeSet(fake, again)).Status).toBe("FAILED");
    await expect(changeSet(fake, template)).rejects.toMatchObject({ code: "AlreadyExistsException" });
    const byName = await fake.call("cloudformation", "DescribeChangeSet", { ChangeSetName: "next", StackName: "shop" });
    await fake.call("cloudformation", "DeleteStack", { StackName: "shop" });
    await fake.engine.idle();
    const [deleted] = (await fake.call("cloudformation", "DescribeStacks", { StackName: byName.StackId! })).Stacks!;
    expect([deleted!.StackStatus, deleted!.ChangeSetId]).toEqual(["DELETE_COMPLETE", undefined]);
    expect([byName.ChangeSetId, (await describeSet(fake, id)).ExecutionStatus]).toEqual([again, "EXECUTE_COMPLETE"]);
  });

  test("for a stack that exists is refused", async () => {
    using fake = fakeCloud();
    await deploy(fake, { Resources: { A: topic({}) } });
    await expect(changeSet(fake, { Resources: { A: topic({}) } }, { ChangeSetType: "CREATE" })).rejects.toThrow(
      "Stack [shop] already exists and cannot be created again with the changeSet [next].",
    );
  });

  test("CreateStack takes the place of a stack in review; its change sets become obsolete", async () => {
    using fake = fakeCloud();
    const id = await changeSet(fake, { Resources: { A: topic({}) } }, { ChangeSetType: "CREATE" });
    await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: JSON.stringify({ Resources: { A: topic({}) } }) });
    await fake.engine.idle();
    expect(await status(fake)).toBe("CREATE_COMPLETE");
    expect((await describeSet(fake, id)).ExecutionStatus).toBe("OBSOLETE");
  });
});

describe("UPDATE", () => {
  test("a parameter that replaces: both sources, as AWS names them", async () => {
    using fake = fakeCloud();
    const template = {
      Parameters: { TopicName: { Type: "String", Default: "topic-1" } },
      Resources: { Foo: topic({ TopicName: { Ref: "TopicName" } }) },
    };
    await deploy(fake, template);
    const id = await changeSet(fake, template, { Parameters: [{ ParameterKey: "TopicName", ParameterValue: "topic-2" }] });
    const target = { Attribute: "Properties", Name: "TopicName", RequiresRecreation: "Always" };
    expect((await describeSet(fake, id)).Changes![0]!.ResourceChange).toEqual({
      PolicyAction: "ReplaceAndDelete",
      Action: "Modify",
      LogicalResourceId: "Foo",
      PhysicalResourceId: "topic-1",
      ResourceType: "AWS::SNS::Topic",
      Replacement: "True",
      Scope: ["Properties"],
      Details: [
        { Target: target, Evaluation: "Static", ChangeSource: "ParameterReference", CausingEntity: "TopicName" },
        { Target: target, Evaluation: "Dynamic", ChangeSource: "DirectModification" },
      ],
    });
    const values = (await describeSet(fake, id, true)).Changes![0]!.ResourceChange!;
    expect(values.BeforeContext).toBe('{"Properties":{"TopicName":"topic-1"}}');
    expect(values.AfterContext).toBe('{"Properties":{"TopicName":"topic-2"}}');
    expect(values.Details!.map(({ ChangeSource, Evaluation }) => [ChangeSource, Evaluation])).toEqual([
      ["DirectModification", "Dynamic"],
      ["ParameterReference", "Static"],
    ]);
    expect(values.Details![0]!.Target).toEqual({
      ...target,
      Path: "/Properties/TopicName",
      BeforeValue: "topic-1",
      AfterValue: "topic-2",
      AttributeChangeType: "Modify",
    });
  });

  test("what takes an attribute of an updated resource may change: told without values only, as AWS does", async () => {
    using fake = fakeCloud();
    const template = (name: string) => ({
      Resources: {
        A: topic({ TopicName: "one", DisplayName: name }),
        B: topic({ TopicName: "two", DisplayName: { "Fn::GetAtt": ["A", "DisplayName"] } }),
        C: topic({ TopicName: "three", DisplayName: { Ref: "A" } }),
      },
    });
    await deploy(fake, template("before"));
    const id = await changeSet(fake, template("after"));
    const changes = async (withValues: boolean) =>
      (await describeSet(fake, id, withValues)).Changes!.map(({ ResourceChange }) => ResourceChange!);
    expect((await changes(false)).map(({ LogicalResourceId, Replacement }) => [LogicalResourceId, Replacement])).toEqual([
      ["A", "False"],
      ["B", "False"],
    ]);
    expect((await changes(false))[1]!.Details).toEqual([
      {
        Target: { Attribute: "Properties", Name: "DisplayName", RequiresRecreation: "Never" },
        Evaluation: "Dynamic",
        ChangeSource: "ResourceAttribute",
        CausingEntity: "A.DisplayName",
      },
    ]);
    expect((await changes(true)).map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(["A"]);
    await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: id });
    await fake.engine.idle();
    expect([...fake.services.things.values()].find(({ logicalId }) => logicalId === "B")!.properties.DisplayName).toBe("after");
  });

  test("what follows from a replacement is certain; removals say what becomes of the thing", async () => {
    using fake = fakeCloud();
    await deploy(fake, {
      Resources: {
        A: topic({ TopicName: "one" }),
        B: topic({ DisplayName: { "Fn::GetAtt": ["A", "TopicName"] } }),
        C: topic({ TopicName: "three", DisplayName: { Ref: "A" } }, { DeletionPolicy: "Retain" }),
      },
    });
    const id = await changeSet(fake, {
      Resources: { A: topic({ TopicName: "two" }), B: topic({ DisplayName: { "Fn::GetAtt": ["A", "TopicName"] } }) },
    });
    const { Changes } = await describeSet(fake, id, true);
    expect(
      Changes!.map(({ ResourceChange: change }) => [change!.LogicalResourceId, change!.Action, change!.Replacement, change!.PolicyAction]),
    ).toEqual([
      ["A", "Modify", "True", "ReplaceAndDelete"],
      ["B", "Modify", "False", undefined],
      ["C", "Remove", undefined, "Retain"],
    ]);
    expect(Changes![2]!.ResourceChange!.BeforeContext).toBe(
      '{"Properties":{"TopicName":"three","DisplayName":"{{changeSet:KNOWN_AFTER_APPLY}}"}}',
    );
    const Target = { AfterValue: "{{changeSet:KNOWN_AFTER_APPLY}}", RequiresRecreation: "Never" };
    expect(Changes![1]!.ResourceChange!.Details).toMatchObject([
      { Evaluation: "Dynamic", ChangeSource: "DirectModification", Target },
      { Evaluation: "Static", ChangeSource: "ResourceAttribute", CausingEntity: "A.TopicName", Target },
    ]);
    expect((await describeSet(fake, id)).Changes![1]!.ResourceChange!.Details).toMatchObject([
      { Evaluation: "Static", ChangeSource: "ResourceAttribute", CausingEntity: "A.TopicName" },
    ]);
    await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: id });
    await fake.engine.idle();
    expect([...fake.services.things.values()].find(({ logicalId }) => logicalId === "B")!.properties.DisplayName).toBe("two");
  });

  test("stack tags, metadata and policies have scopes of their own", async () => {
    using fake = fakeCloud();
    await deploy(fake, { Resources: { A: topic({}), B: { Type: "AWS::SNS::Topic" } } }, { Tags: [{ Key: "stage", Value: "a" }] });
    const id = await changeSet(
      fake,
      { Resources: { A: topic({}, { Metadata: { x: 1 }, DeletionPolicy: "Retain" }), B: { Type: "AWS::SNS::Topic" } } },
      { Tags: [{ Key: "stage", Value: "b" }] },
    );
    const { Changes } = await describeSet(fake, id);
    expect(Changes!.map(({ ResourceChange: change }) => [change!.LogicalResourceId, change!.Scope, change!.Replacement])).toEqual([
      ["A", ["Tags", "DeletionPolicy", "Metadata"], "False"],
      ["B", ["Tags"], "False"],
    ]);
  });

  test("without changes it has failed, in AWS's words", async () => {
    using fake = fakeCloud();
    await deploy(fake, { Resources: { A: topic({}) } });
    const id = await changeSet(fake, { Resources: { A: topic({}) } });
    expect(await describeSet(fake, id)).toMatchObject({
      Status: "FAILED",
      ExecutionStatus: "UNAVAILABLE",
      StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
      Changes: [],
    });
    await expect(fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: id })).rejects.toThrow(
      `ChangeSet [${id}] cannot be executed in its current status of [FAILED]`,
    );
    await fake.call("cloudformation", "DeleteChangeSet", { ChangeSetName: id });
    await expect(describeSet(fake, id)).rejects.toMatchObject({
      code: "ChangeSetNotFound",
      status: 404,
      message: `ChangeSet [${id}] does not exist`,
    });
  });

  test("changed outputs are a change without resources", async () => {
    using fake = fakeCloud();
    await deploy(fake, { Resources: { A: topic({}) } });
    const id = await changeSet(fake, { Resources: { A: topic({}) }, Outputs: { Name: { Value: { Ref: "A" } } } });
    expect(await describeSet(fake, id)).toMatchObject({ Status: "CREATE_COMPLETE", Changes: [] });
    await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: id });
    await fake.engine.idle();
    const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName: "shop" });
    expect(Stacks![0]!.Outputs![0]!.OutputKey).toBe("Name");
  });

  test.each([
    [{ StackName: "nowhere", ChangeSetName: "x" }, "Stack [nowhere] does not exist"],
    [{ ChangeSetName: "x" }, "StackName must be specified if ChangeSetName is not specified as an ARN."],
  ])("%j: %s", async (input, message) => {
    using fake = fakeCloud();
    await expect(fake.call("cloudformation", "DescribeChangeSet", input)).rejects.toThrow(message);
    await expect(fake.call("cloudformation", "DeleteChangeSet", input)).rejects.toThrow(message);
  });

  test.each([[{ ChangeSetType: "IMPORT" }, "The embedded cloud does not serve IMPORT change sets"]])(
    "refuses %j by name",
    async (more, message) => {
      using fake = fakeCloud();
      await expect(changeSet(fake, { Resources: { A: topic({}) } }, more)).rejects.toThrow(message);
    },
  );

  test("IncludeNestedStacks is taken where nothing is nested, as the CDK asks it, and refused by name elsewhere", async () => {
    using fake = fakeCloud();
    const id = await changeSet(fake, { Resources: { A: topic({}) } }, { ChangeSetType: "CREATE", IncludeNestedStacks: true });
    expect(await describeSet(fake, id)).toMatchObject({ Status: "CREATE_COMPLETE", IncludeNestedStacks: true });
    const nested = {
      Resources: { N: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "https://b.s3.amazonaws.com/t" } } },
    };
    await expect(changeSet(fake, nested, { ChangeSetName: "other", ChangeSetType: "CREATE", IncludeNestedStacks: true })).rejects.toThrow(
      "N is a nested stack",
    );
  });
});
