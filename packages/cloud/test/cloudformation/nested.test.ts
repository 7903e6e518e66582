/** Stacks in stacks, templates by URL, drift. */
import { expect, test } from "vitest";
import { objectPlace } from "../../src/services/cloudformation/template-source.ts";
import { failing, fakeCloud, type FakeCloud } from "./fake-cloud.ts";

const parameter = (Value: unknown) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value } });
const child = JSON.stringify({
  Parameters: { Word: { Type: "String" } },
  Resources: { Inner: parameter({ Ref: "Word" }) },
  Outputs: { Said: { Value: { "Fn::GetAtt": ["Inner", "Value"] } } },
});
const parent = (Word: string) =>
  JSON.stringify({
    Resources: {
      Child: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL: "https://templates.s3.eu-central-1.amazonaws.com/child.json", Parameters: { Word } },
      },
      Outer: parameter({ "Fn::GetAtt": ["Child", "Outputs.Said"] }),
    },
  });

function withChild(seed?: number, step?: () => void): FakeCloud {
  const fake = fakeCloud(seed, step);
  fake.services.objects.set("templates/child.json", child);
  return fake;
}

async function settle(fake: FakeCloud): Promise<string> {
  await fake.engine.idle();
  const { Stacks } = await fake.call("cloudformation", "DescribeStacks", { StackName: "outer" });
  return `${Stacks![0]!.StackStatus}`;
}

const values = (fake: FakeCloud) =>
  Object.fromEntries([...fake.services.things.values()].map(({ logicalId, properties }) => [logicalId, properties.Value]));

test("a nested stack's outputs reach its parent; updates and deletions reach it", async () => {
  using fake = withChild();
  const { StackId } = await fake.call("cloudformation", "CreateStack", { StackName: "outer", TemplateBody: parent("one") });
  expect(await settle(fake)).toBe("CREATE_COMPLETE");
  expect(values(fake)).toEqual({ Inner: "one", Outer: "one" });
  const { Stacks } = await fake.call("cloudformation", "DescribeStacks", {});
  const nested = Stacks!.find(({ StackName }) => StackName !== "outer")!;
  expect(nested.StackName).toMatch(/^outer-Child-[A-Z0-9]{12}$/);
  expect([nested.ParentId, nested.RootId]).toEqual([StackId, StackId]);

  await fake.call("cloudformation", "UpdateStack", { StackName: "outer", TemplateBody: parent("two") });
  expect(await settle(fake)).toBe("UPDATE_COMPLETE");
  expect(values(fake)).toEqual({ Inner: "two", Outer: "two" });

  await fake.call("cloudformation", "DeleteStack", { StackName: "outer" });
  await fake.engine.idle();
  expect(values(fake)).toEqual({});
  expect((await fake.call("cloudformation", "DescribeStacks", {})).Stacks).toEqual([]);
});

test("a nested stack that fails fails its parent, and nothing is left", async () => {
  using fake = withChild();
  fake.services.before = failing("create Inner", "no");
  const { StackId } = await fake.call("cloudformation", "CreateStack", { StackName: "outer", TemplateBody: parent("one") });
  expect(await settle(fake)).toBe("ROLLBACK_COMPLETE");
  const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: StackId! });
  expect(StackEvents!.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED")!.ResourceStatusReason).toMatch(
    /^Embedded stack arn:\S+ was not successfully created: The following resource\(s\) failed to create: \[Inner\]\. $/,
  );
  expect((await fake.call("cloudformation", "DescribeStacks", {})).Stacks!.map(({ StackName }) => StackName)).toEqual(["outer"]);
});

test("an update that fails in the nested stack restores both", async () => {
  using fake = withChild();
  await fake.call("cloudformation", "CreateStack", { StackName: "outer", TemplateBody: parent("one") });
  await settle(fake);
  fake.services.before = (act, { properties }) =>
    failing(properties.Value === "two" ? "update Inner" : "")(act, { signal: new AbortController().signal, properties });
  await fake.call("cloudformation", "UpdateStack", { StackName: "outer", TemplateBody: parent("two") });
  expect(await settle(fake)).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(values(fake)).toEqual({ Inner: "one", Outer: "one" });
});

test("cut anywhere, both are taken up again", async () => {
  for (let cut = 2; ; cut++) {
    let steps = 0;
    let crashed = false;
    using first = withChild(cut, () => {
      if (++steps !== cut) return;
      crashed = true;
      void first.engine.halt();
    });
    await first.call("cloudformation", "CreateStack", { StackName: "outer", TemplateBody: parent("one") });
    await first.engine.idle();
    const fake = crashed ? first.restart() : first;
    expect([cut, await settle(fake)]).toEqual([cut, "CREATE_COMPLETE"]);
    expect(values(fake)).toEqual({ Inner: "one", Outer: "one" });
    if (!crashed) return expect(cut).toBeGreaterThan(10);
  }
});

test.each([
  ["https://bucket.s3.eu-central-1.amazonaws.com/a/b.json", { bucket: "bucket", key: "a/b.json" }],
  ["https://bucket.s3.amazonaws.com/b.json?versionId=v1", { bucket: "bucket", key: "b.json", versionId: "v1" }],
  ["https://my.dotted.bucket.s3.eu-central-1.amazonaws.com/b.json", { bucket: "my.dotted.bucket", key: "b.json" }],
  ["https://s3.eu-central-1.amazonaws.com/bucket/b%20c.json", { bucket: "bucket", key: "b c.json" }],
  ["https://s3.amazonaws.com/bucket/b.json", { bucket: "bucket", key: "b.json" }],
  ["http://127.0.0.1:4566/bucket/b.json", { bucket: "bucket", key: "b.json" }],
  ["http://localhost:4566/bucket/b.json", { bucket: "bucket", key: "b.json" }],
  ["http://bucket.s3.localhost:4566/b.json", { bucket: "bucket", key: "b.json" }],
  ["http://localhost:80/bucket/b.json", undefined],
  ["https://example.com/bucket/b.json", undefined],
  ["file:///etc/passwd", undefined],
])("a TemplateURL %s names %j", (url, place) => {
  expect(objectPlace(url, "127.0.0.1:4566")).toEqual(place);
});

test("a template by URL: what is not there is S3's error", async () => {
  using fake = withChild();
  await expect(
    fake.call("cloudformation", "CreateStack", { StackName: "s", TemplateURL: "https://templates.s3.amazonaws.com/no.json" }),
  ).rejects.toThrow("S3 error: The specified key does not exist.");
  await expect(fake.call("cloudformation", "ValidateTemplate", { TemplateURL: "https://example.com/x" })).rejects.toThrow(
    "TemplateURL must be a supported URL.",
  );
});

test("drift is read from what stands", async () => {
  using fake = fakeCloud();
  await fake.call("cloudformation", "CreateStack", {
    StackName: "outer",
    TemplateBody: JSON.stringify({ Resources: { A: parameter("a"), B: parameter("b"), C: parameter("c") } }),
  });
  await settle(fake);
  const things = [...fake.services.things.values()];
  things.find(({ logicalId }) => logicalId === "A")!.properties.Value = "other";
  fake.services.things.delete(things.find(({ logicalId }) => logicalId === "B")!.id);
  const { StackDriftDetectionId } = await fake.call("cloudformation", "DetectStackDrift", { StackName: "outer" });
  expect(
    await fake.call("cloudformation", "DescribeStackDriftDetectionStatus", { StackDriftDetectionId: StackDriftDetectionId! }),
  ).toMatchObject({
    StackDriftStatus: "DRIFTED",
    DetectionStatus: "DETECTION_COMPLETE",
    DriftedStackResourceCount: 2,
  });
  const { StackResourceDrifts } = await fake.call("cloudformation", "DescribeStackResourceDrifts", { StackName: "outer" });
  expect(
    StackResourceDrifts!.map(({ LogicalResourceId, StackResourceDriftStatus }) => [LogicalResourceId, StackResourceDriftStatus]),
  ).toEqual([
    ["A", "MODIFIED"],
    ["B", "DELETED"],
    ["C", "IN_SYNC"],
  ]);
  expect(StackResourceDrifts![0]!.PropertyDifferences).toEqual([
    { PropertyPath: "/Value", ExpectedValue: "a", ActualValue: "other", DifferenceType: "NOT_EQUAL" },
  ]);
});
