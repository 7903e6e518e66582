/** The API around the engine: names, tokens, pages, templates, exports, capabilities, in AWS's words. */
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/service.ts";
import { fakeCloud, type FakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value } });
const body = (template: object) => JSON.stringify({ Resources: { A: parameter("a") }, ...template });

async function create(fake: FakeCloud, StackName: string, template: object = {}, more: object = {}) {
  const { StackId } = await fake.call("cloudformation", "CreateStack", { StackName, TemplateBody: body(template), ...more });
  await fake.engine.idle();
  return StackId!;
}

describe("refusals", () => {
  test.each([
    [
      "CreateStack",
      { StackName: "bad_name", TemplateBody: body({}) },
      "1 validation error detected: Value 'bad_name' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
    ],
    ["CreateStack", { StackName: "s".repeat(129), TemplateBody: body({}) }, "Member must have length less than or equal to 128"],
    ["CreateStack", { StackName: "s" }, "Either Template URL or Template Body must be specified."],
    ["CreateStack", { StackName: "s", TemplateBody: "{" }, "Template format error: JSON not well-formed."],
    ["CreateStack", { StackName: "s", TemplateBody: body({ Parameters: { P: { Type: "String" } } }) }, "Parameters: [P] must have values"],
    [
      "CreateStack",
      { StackName: "s", TemplateBody: body({ Parameters: { P: { Type: "AWS::SSM::Parameter::Value<String>" } } }) },
      "Parameter P should either have input value or default value",
    ],
    [
      "CreateStack",
      { StackName: "s", TemplateBody: body({ Description: "x".repeat(51_300) }) },
      "at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
    ],
    [
      "CreateStack",
      { StackName: "s", TemplateBody: body({}), TimeoutInMinutes: 0 },
      "Value '0' at 'timeoutInMinutes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "CreateStack",
      { StackName: "s", TemplateBody: body({}), Tags: [{ Key: "aws:x", Value: "y" }] },
      "aws: prefixed tag key names are not allowed for external use.",
    ],
    ["UpdateStack", { StackName: "nowhere", TemplateBody: body({}) }, "Stack [nowhere] does not exist"],
    ["DescribeStacks", { StackName: "nowhere" }, "Stack with id nowhere does not exist"],
    ["DescribeStackEvents", { StackName: "nowhere" }, "Stack [nowhere] does not exist"],
    ["GetTemplate", { StackName: "nowhere" }, "Stack with id nowhere does not exist"],
    [
      "ListStacks",
      { StackStatusFilter: ["NOPE"] },
      "Value 'NOPE' at 'stackStatusFilter.1.member' failed to satisfy constraint: Member must satisfy enum value set:",
    ],
    ["ListImports", { ExportName: "nope" }, "Export 'nope' does not exist."],
    ["SetStackPolicy", { StackName: "nowhere", StackPolicyBody: "{}" }, "Stack: nowhere does not exist"],
    ["GetStackPolicy", { StackName: "nowhere" }, "Stack: nowhere does not exist"],
    ["DescribeStackResource", { StackName: "nowhere", LogicalResourceId: "A" }, "Stack 'nowhere' does not exist"],
    [
      "DescribeStacks",
      { StackName: "*nowhere" },
      "Value '*nowhere' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    ],
    [
      "CreateStack",
      { StackName: "s", TemplateBody: body({}), RollbackConfiguration: { RollbackTriggers: [{ Arn: "arn:x", Type: "Other" }] } },
      "Rollback Trigger Type not supported",
    ],
    [
      "CreateStack",
      {
        StackName: "s",
        TemplateBody: body({}),
        RollbackConfiguration: {
          RollbackTriggers: [{ Arn: "arn:aws:cloudwatch:eu-central-1:123456789012:dashboard:x", Type: "AWS::CloudWatch::Alarm" }],
        },
      },
      "RelativeId of a Rollback Trigger's ARN is incorrect",
    ],
    ["GetTemplate", { ChangeSetName: "next" }, "StackName is a required parameter."],
    [
      "CreateStack",
      { StackName: "s", TemplateURL: "s3://shop/t.json" },
      "S3 error: Domain name specified in shop is not a valid S3 domain",
    ],
    ["DescribeType", {}, "Either Arn or TypeName and Type must be specified."],
  ] as const)("%s %j", async (operation, input, message) => {
    using fake = fakeCloud();
    await expect(fake.call("cloudformation", operation, input as never)).rejects.toMatchObject({
      code: "ValidationError",
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test("capabilities are asked for by name", async () => {
    using fake = fakeCloud();
    const role = (Properties: object) => ({
      Resources: { R: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {}, ...Properties } } },
    });
    await expect(create(fake, "s", role({}))).rejects.toMatchObject({
      code: "InsufficientCapabilitiesException",
      message: "Requires capabilities : [CAPABILITY_IAM]",
    });
    await expect(create(fake, "s", role({ RoleName: "r" }), { Capabilities: ["CAPABILITY_IAM"] })).rejects.toThrow(
      "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    );
    await create(fake, "s", role({}), { Capabilities: ["CAPABILITY_NAMED_IAM"] });
  });

  test("a name is taken while its stack lives, and free afterwards; ids never mix", async () => {
    using fake = fakeCloud();
    const first = await create(fake, "s");
    await expect(create(fake, "s")).rejects.toMatchObject({ code: "AlreadyExistsException", message: "Stack [s] already exists" });
    await fake.call("cloudformation", "DeleteStack", { StackName: "s" });
    await fake.engine.idle();
    const second = await create(fake, "s");
    expect(second).not.toBe(first);
    const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName: first });
    expect(Stacks![0]!.StackStatus).toBe("DELETE_COMPLETE");
  });
});

test("a request with the same token is the same request", async () => {
  using fake = fakeCloud();
  const first = await create(fake, "s", {}, { ClientRequestToken: "token-1" });
  expect(await create(fake, "s", {}, { ClientRequestToken: "token-1" })).toBe(first);
  await expect(
    fake.call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: body({}), ClientRequestToken: "token-1" }),
  ).rejects.toMatchObject({
    code: "TokenAlreadyExistsException",
  });
  const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "s" });
  expect(new Set(StackEvents!.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set(["token-1"]));
});

test("events come newest first, in pages, each later than the one before", async () => {
  using fake = fakeCloud();
  await create(fake, "s", { Resources: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`R${index}`, parameter("x")])) });
  const first = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "s" });
  const second = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "s", NextToken: first.NextToken! });
  const all = [...first.StackEvents!, ...second.StackEvents!];
  expect([first.StackEvents!.length, all.length, second.NextToken]).toEqual([100, 182, undefined]);
  const times = all.map(({ Timestamp }) => Timestamp!.getTime());
  expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
  await expect(fake.call("cloudformation", "DescribeStackEvents", { StackName: "s", NextToken: "x" })).rejects.toThrow(
    "The NextToken is invalid.",
  );
});

test("templates come back as they were given, and are summarized", async () => {
  using fake = fakeCloud();
  const yaml =
    "Description: one # said\nParameters:\n  P: { Type: String, Default: d, NoEcho: true }\nResources:\n  A:\n    Type: AWS::SSM::Parameter\n    Properties: { Type: String, Value: !Sub 'x-${P}' }\n";
  await fake.call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: yaml });
  await fake.engine.idle();
  expect((await fake.call("cloudformation", "GetTemplate", { StackName: "s" })).TemplateBody).toBe(yaml);
  const summary = await fake.call("cloudformation", "GetTemplateSummary", { StackName: "s" });
  expect(summary).toMatchObject({
    Description: "one",
    ResourceTypes: ["AWS::SSM::Parameter"],
    Parameters: [{ ParameterKey: "P", DefaultValue: "d", ParameterType: "String", NoEcho: true, ParameterConstraints: {} }],
    ResourceIdentifierSummaries: [{ ResourceType: "AWS::SSM::Parameter", LogicalResourceIds: ["A"], ResourceIdentifiers: ["Name"] }],
  });
  expect(await fake.call("cloudformation", "ValidateTemplate", { TemplateBody: yaml })).toEqual({
    Description: "one",
    Parameters: [{ ParameterKey: "P", DefaultValue: "d", NoEcho: true }],
  });
  // A type that only AWS makes is none of the template's faults.
  const elsewhere = { TemplateBody: JSON.stringify({ Resources: { X: { Type: "AWS::Elsewhere::Thing" } } }) };
  expect(await fake.call("cloudformation", "ValidateTemplate", elsewhere)).toEqual({ Parameters: [] });
  expect((await fake.call("cloudformation", "GetTemplateSummary", elsewhere)).ResourceTypes).toEqual(["AWS::Elsewhere::Thing"]);
});

describe("exports", () => {
  const exporting = (Value: string) => ({ Outputs: { O: { Value, Export: { Name: "shared" } } } });
  const importing = { Resources: { A: parameter({ "Fn::ImportValue": "shared" }) } };

  test("hold while they are imported, and are free afterwards", async () => {
    using fake = fakeCloud();
    await create(fake, "giver", exporting("one"));
    await create(fake, "taker", importing);
    expect([...fake.services.things.values()].at(-1)!.properties.Value).toBe("one");
    expect((await fake.call("cloudformation", "ListExports", {})).Exports).toMatchObject([{ Name: "shared", Value: "one" }]);
    expect((await fake.call("cloudformation", "ListImports", { ExportName: "shared" })).Imports).toEqual(["taker"]);

    await fake.call("cloudformation", "UpdateStack", { StackName: "giver", TemplateBody: body(exporting("two")) });
    await fake.engine.idle();
    const [giver] = (await fake.call("cloudformation", "DescribeStacks", { StackName: "giver" })).Stacks!;
    expect(giver!.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "giver" });
    expect(StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContain(
      "Export shared cannot be updated as it is in use by taker. ",
    );

    await fake.call("cloudformation", "DeleteStack", { StackName: "giver" });
    const [kept] = (await fake.call("cloudformation", "DescribeStacks", { StackName: "giver" })).Stacks!;
    expect([kept!.StackStatus, kept!.StackStatusReason]).toEqual([
      "UPDATE_ROLLBACK_COMPLETE",
      "Delete canceled. Cannot delete export shared as it is in use by taker.",
    ]);

    await fake.call("cloudformation", "DeleteStack", { StackName: "taker" });
    await fake.engine.idle();
    await expect(fake.call("cloudformation", "ListImports", { ExportName: "shared" })).rejects.toThrow(
      "Export 'shared' is not imported by any stack.",
    );
    await fake.call("cloudformation", "DeleteStack", { StackName: "giver" });
    await fake.engine.idle();
    expect((await fake.call("cloudformation", "ListExports", {})).Exports).toEqual([]);
  });

  test("belong to one stack, and must exist", async () => {
    using fake = fakeCloud();
    await create(fake, "giver", exporting("one"));
    await create(fake, "rival", exporting("two"));
    const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: "rival" });
    expect(StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContain(
      "Export with name shared is already exported by stack giver. Rollback requested by user.",
    );
    await expect(create(fake, "taker", { Resources: { A: parameter({ "Fn::ImportValue": "nothing" }) } })).rejects.toThrow(
      "No export named nothing found.",
    );
  });
});

test("ListStacks filters, DescribeStacks leaves deleted ones out", async () => {
  using fake = fakeCloud();
  await create(fake, "one");
  await create(fake, "two");
  await fake.call("cloudformation", "DeleteStack", { StackName: "one" });
  await fake.engine.idle();
  expect((await fake.call("cloudformation", "DescribeStacks", {})).Stacks!.map(({ StackName }) => StackName)).toEqual(["two"]);
  const deleted = await fake.call("cloudformation", "ListStacks", { StackStatusFilter: ["DELETE_COMPLETE"] });
  expect(deleted.StackSummaries!.map(({ StackName }) => StackName)).toEqual(["one"]);
  expect((await fake.call("cloudformation", "ListStacks", {})).StackSummaries).toHaveLength(2);
});

test("rules hold before anything is made", async () => {
  using fake = fakeCloud();
  const template = {
    Parameters: { Version: { Type: "String" } },
    Rules: {
      Check: {
        Assertions: [
          { Assert: { "Fn::Not": [{ "Fn::Contains": [["1", "2"], { Ref: "Version" }] }] }, AssertDescription: "version 3 is needed" },
        ],
      },
    },
  };
  const given = (ParameterValue: string) => ({ Parameters: [{ ParameterKey: "Version", ParameterValue }] });
  await expect(create(fake, "s", template, given("2"))).rejects.toThrow("Template error: Rule Check failed: version 3 is needed");
  await create(fake, "s", template, given("3"));
});

test("a stack's events go to its topics, one after the other; a topic that is not there holds nothing up", async () => {
  using fake = fakeCloud();
  const published: { TopicArn: string; Subject: string; Message: string }[] = [];
  const as = fake.cloud.as.bind(fake.cloud);
  fake.cloud.as = (principal, region) => {
    const call = as(principal, region);
    return (async (service: never, operation: string, input: (typeof published)[number]) => {
      if ((service as string) !== "sns") return await call(service, operation as never, input as never);
      if (input.TopicArn === "arn:gone") throw new Error("there is none");
      return void published.push(input);
    }) as Call;
  };
  const id = await create(fake, "s", undefined, { NotificationARNs: ["arn:gone", "arn:events"], ClientRequestToken: "token" });
  await expect.poll(() => published.length).toBe(5);
  expect(new Set(published.map(({ TopicArn, Subject }) => `${TopicArn} ${Subject}`))).toEqual(
    new Set(["arn:events AWS CloudFormation Notification"]),
  );
  const member = (name: string) => published.map(({ Message }) => new RegExp(`^${name}='(.*)'$`, "m").exec(Message)![1]);
  const [making, made] = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"];
  expect(member("ResourceStatus")).toEqual([making, making, making, made, made]);
  expect(member("ResourceStatusReason")).toEqual(["User Initiated", "", "Resource creation Initiated", "", ""]);
  expect([new Set(member("StackId")), new Set(member("ClientRequestToken"))]).toEqual([new Set([id]), new Set(["token"])]);
});

test("DescribeStacks gives fifty stacks at a time", async () => {
  using fake = fakeCloud();
  for (let index = 0; index < 51; index++) await create(fake, `s${index}`);
  const first = await fake.call("cloudformation", "DescribeStacks", {});
  const second = await fake.call("cloudformation", "DescribeStacks", { NextToken: first.NextToken! });
  expect([first.Stacks!.length, second.Stacks!.length, second.NextToken]).toEqual([50, 1, undefined]);
});

describe("a stack's policy", () => {
  const open = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "Update:*", Principal: "*", Resource: "*" }] });
  const policyOf = async (fake: FakeCloud) => (await fake.call("cloudformation", "GetStackPolicy", { StackName: "s" })).StackPolicyBody;

  test("is read from the caller's S3, and taken away by the empty one", async () => {
    using fake = fakeCloud();
    fake.services.objects.set("policies/open.json", open);
    await create(fake, "s");
    expect(await policyOf(fake)).toBeUndefined();
    const StackPolicyURL = "https://s3.amazonaws.com/policies/open.json";
    await fake.call("cloudformation", "SetStackPolicy", { StackName: "s", StackPolicyURL });
    expect(await policyOf(fake)).toBe(open);
    await fake.call("cloudformation", "SetStackPolicy", { StackName: "s", StackPolicyBody: "{}" });
    expect(await policyOf(fake)).toBe("{}");
  });

  test.each([
    [{ StackPolicyBody: open, StackPolicyURL: "x" }, "You cannot specify both StackPolicyURL and StackPolicyBody"],
    [{ StackPolicyBody: "no" }, "Error validating stack policy: Invalid stack policy"],
    [{ StackPolicyBody: open.replace('"*"}', '"b7f1"}') }, "Error validating stack policy: Invalid stack policy"],
    [{ StackPolicyBody: open.replace("Update:*", "Delete:*") }, "Error validating stack policy: Invalid stack policy"],
    [{ StackPolicyBody: open.replace('"Principal":"*"', '"Principal":"me"') }, "Error validating stack policy: Invalid stack policy"],
    [{ StackPolicyURL: "..." }, "StackPolicyURL must be a supported URL."],
    [{ StackPolicyURL: "https://s3.amazonaws.com/policies/none.json" }, "S3 error: "],
  ])("%j is refused", async (input, message) => {
    using fake = fakeCloud();
    await create(fake, "s");
    await expect(fake.call("cloudformation", "SetStackPolicy", { StackName: "s", ...input })).rejects.toMatchObject({
      code: "ValidationError",
      message: expect.stringContaining(message),
    });
  });
});
