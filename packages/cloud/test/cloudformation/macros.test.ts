/** Macros and AWS::Include: in which order they are run, what they are told, and what becomes of what they answer amiss. */
import { describe, expect, test } from "vitest";
import { fakeCloud, type FakeCloud } from "./fake-cloud.ts";

describe("macros", () => {
  /** Puts its Input before each mark; what else it answers the parameter How says. */
  function mark({ requestId, fragment, params, ...event }: Record<string, unknown>): unknown {
    const { Input, How } = params as Record<string, string>;
    const answers: Record<string, () => unknown> = {
      refuse: () => ({ requestId, status: "failure", errorMessage: "it is a test" }),
      "say nothing": () => ({ requestId, status: "FAILURE" }),
      break: () => ({ requestId, status: "success", fragment: "none" }),
      forget: () => ({ requestId, status: "success" }),
      nest: () => ({ requestId, status: "success", fragment: { "Fn::Transform": "Mark" } }),
      tell: () => ({ requestId, status: "success", fragment: JSON.stringify({ ...event, params, fragment }) }),
      raise: () => {
        throw new Error("no");
      },
    };
    const marked = () => ({
      requestId,
      status: "success",
      fragment: JSON.parse(JSON.stringify(fragment).replaceAll("<mark>", `${Input} <mark>`)) as unknown,
    });
    return (answers[String(How)] ?? marked)();
  }
  const asks = (Input: string, more: object = {}) => ({ Name: "Mark", Parameters: { Input, ...more } });
  const body = (Properties: object, more: object = {}) =>
    JSON.stringify({
      ...more,
      Parameters: { Bucket: { Type: "String", Default: "snippets" } },
      Resources: { P: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", ...Properties } } },
    });
  const includes = (Location: unknown) => ({ Value: "v", "Fn::Transform": { Name: "AWS::Include", Parameters: { Location } } });

  async function withMacro(): Promise<FakeCloud> {
    const fake = fakeCloud();
    fake.services.functions.set("marker", mark);
    fake.services.objects.set("snippets/more.yaml", "Description: included\nName: more\n");
    const Macro = { Type: "AWS::CloudFormation::Macro", Properties: { Name: "Mark", FunctionName: "marker" } };
    await fake.call("cloudformation", "CreateStack", { StackName: "macros", TemplateBody: JSON.stringify({ Resources: { Macro } }) });
    await fake.engine.idle();
    return fake;
  }

  async function create(fake: FakeCloud, StackName: string, TemplateBody: string) {
    await fake.call("cloudformation", "CreateStack", { StackName, TemplateBody, Capabilities: ["CAPABILITY_AUTO_EXPAND"] });
    await fake.engine.idle();
  }
  const statusOf = async (fake: FakeCloud, StackName: string) =>
    (await fake.call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!.StackStatus;
  const reasons = async (fake: FakeCloud, StackName: string) =>
    (await fake.call("cloudformation", "DescribeStackEvents", { StackName })).StackEvents!.map((one) => one.ResourceStatusReason);
  const inStage = async (fake: FakeCloud, StackName: string, TemplateStage: "Original" | "Processed") =>
    JSON.parse((await fake.call("cloudformation", "GetTemplate", { StackName, TemplateStage })).TemplateBody!) as unknown;

  test("run the innermost first, then those of the template in order; a change set shows what they made, and makes it", async () => {
    using fake = await withMacro();
    const TemplateBody = body(
      {
        Name: "p",
        Value: "<mark>",
        Description: { "Fn::Transform": asks("x", { How: "tell", In: { Ref: "Bucket" } }) },
        "Fn::Transform": [asks("in"), asks("second")],
      },
      { Transform: [asks("out"), asks("last")] },
    );
    await fake.call("cloudformation", "CreateChangeSet", { StackName: "m", ChangeSetName: "c", ChangeSetType: "CREATE", TemplateBody });
    // What was shown is what is made, whatever has become of the macro.
    fake.services.functions.clear();
    const shown = await fake.call("cloudformation", "DescribeChangeSet", {
      StackName: "m",
      ChangeSetName: "c",
      IncludePropertyValues: true,
    });
    expect(shown.Changes![0]!.ResourceChange!.AfterContext).toContain('"Value":"in second out last <mark>"');
    await fake.call("cloudformation", "ExecuteChangeSet", { StackName: "m", ChangeSetName: "c" });
    await fake.engine.idle();
    expect(await statusOf(fake, "m")).toBe("CREATE_COMPLETE");
    const { Value, Description } = fake.services.things.get("p")!.properties;
    expect(Value).toBe("in second out last <mark>");
    expect(JSON.parse(String(Description))).toEqual({
      accountId: "123456789012",
      region: "eu-central-1",
      transformId: "123456789012::Mark",
      templateParameterValues: { Bucket: "snippets" },
      params: { Input: "x", How: "tell", In: "snippets" },
      fragment: {},
    });
    expect(await inStage(fake, "m", "Original")).toEqual(JSON.parse(TemplateBody));
    const processed = await inStage(fake, "m", "Processed");
    expect(processed).toMatchObject({ Resources: { P: { Properties: { Value: "in second out last <mark>" } } } });
    expect(processed).not.toHaveProperty("Transform");
  });

  test("AWS::Include puts an object's members beside those that stand there, or into the template", async () => {
    using fake = await withMacro();
    fake.services.objects.set("snippets/outputs.json", '{"Outputs":{"Name":{"Value":{"Ref":"P"}}}}');
    const Transform = { Name: "AWS::Include", Parameters: { Location: "s3://snippets/outputs.json" } };
    await create(fake, "i", body(includes({ "Fn::Sub": "s3://${Bucket}/more.yaml" }), { Transform }));
    expect(await statusOf(fake, "i")).toBe("CREATE_COMPLETE");
    expect(fake.services.things.get("more")!.properties).toMatchObject({ Value: "v", Description: "included" });
    const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName: "i" });
    expect(Stacks![0]!.Outputs).toEqual([{ OutputKey: "Name", OutputValue: "more" }]);
  });

  test.each([
    [body({ Value: "x" }, { Transform: "Mark" }), [], "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"],
    [
      body({ Value: "x" }, { Transform: { Name: { Ref: "Bucket" } } }),
      ["CAPABILITY_AUTO_EXPAND"],
      "Key Name of transform definition must be a string.",
    ],
    [body({ Value: { "Fn::Transform": "None" } }), ["CAPABILITY_AUTO_EXPAND"], "No transform named None found."],
  ] as const)("%s is refused before anything begins", async (TemplateBody, capabilities, message) => {
    using fake = await withMacro();
    await expect(
      fake.call("cloudformation", "CreateStack", { StackName: "m", TemplateBody, Capabilities: [...capabilities] }),
    ).rejects.toThrow(message);
    await expect(statusOf(fake, "m")).rejects.toThrow("does not exist");
  });

  test("that fail turn the operation back, and fail a change set", async () => {
    using fake = await withMacro();
    const asking = (How: string) => body({ Value: "x" }, { Transform: asks("", { How }) });
    const amiss: [string, string][] = [
      ["Transform 123456789012::Mark failed with: it is a test", asking("refuse")],
      ["Transform 123456789012::Mark failed without an error message.", asking("say nothing")],
      ["Template format error: unsupported structure.", asking("break")],
      ["Received malformed response from transform 123456789012::Mark", asking("raise")],
      ["Received malformed response from transform 123456789012::Mark", asking("forget")],
      ["Template format error: a transform has made a template with transforms in it.", asking("nest")],
      ["Transform AWS::Include failed with: The location parameter is not a valid S3 uri.", body(includes("more.yaml"))],
      ["Transform AWS::Include failed with: The specified key does not exist.", body(includes("s3://snippets/none.yaml"))],
    ];
    for (const [index, [reason, TemplateBody]] of amiss.entries()) {
      await create(fake, `amiss${index}`, TemplateBody);
      expect([index, await statusOf(fake, `amiss${index}`)]).toEqual([index, "ROLLBACK_COMPLETE"]);
      expect(await reasons(fake, `amiss${index}`)).toContain(`${reason}. Rollback requested by user.`);
    }
    await create(fake, "good", body({ Name: "good", Value: "v" }));
    const update = { StackName: "good", TemplateBody: asking("refuse"), Capabilities: ["CAPABILITY_AUTO_EXPAND" as const] };
    await fake.call("cloudformation", "UpdateStack", update);
    await fake.engine.idle();
    expect(await statusOf(fake, "good")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(fake.services.things.get("good")!.properties.Value).toBe("v");
    await fake.call("cloudformation", "CreateChangeSet", { ...update, ChangeSetName: "c" });
    expect(await fake.call("cloudformation", "DescribeChangeSet", { StackName: "good", ChangeSetName: "c" })).toMatchObject({
      Status: "FAILED",
      StatusReason: "Transform 123456789012::Mark failed with: it is a test",
      ExecutionStatus: "UNAVAILABLE",
    });
  });

  test("are gone with their stack; a template that names one is read all the same", async () => {
    using fake = await withMacro();
    await fake.call("cloudformation", "DeleteStack", { StackName: "macros" });
    await fake.engine.idle();
    const TemplateBody = body({ Value: "x" }, { Transform: "Mark" });
    await expect(create(fake, "m", TemplateBody)).rejects.toThrow("No transform named Mark found.");
    expect(await fake.call("cloudformation", "ValidateTemplate", { TemplateBody })).toMatchObject({
      Capabilities: ["CAPABILITY_AUTO_EXPAND"],
      DeclaredTransforms: ["Mark"],
    });
  });
});
