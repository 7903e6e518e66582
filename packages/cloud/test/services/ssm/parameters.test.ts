/** Parameters of the Parameter Store: their values, versions, labels and tags, and how they are found. */
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CloudFormationClient, CreateStackCommand, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { engineOf } from "../../../src/cloudformation/engine.ts";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let ssm: SSMClient;
beforeAll(async () => {
  server = await startTestServer();
  ssm = new SSMClient(server.client);
});
afterAll(async () => {
  ssm.destroy();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => server.cloud.reset());

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter!;

describe("PutParameter and GetParameter", () => {
  test("a parameter has versions, labels, and an ARN", async () => {
    expect(await put("/app/url", "one", { Description: "where" })).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await ssm.send(new PutParameterCommand({ Name: "/app/url", Value: "two", Overwrite: true }))).toMatchObject({ Version: 2 });
    await ssm.send(new LabelParameterVersionCommand({ Name: "/app/url", ParameterVersion: 1, Labels: ["first"] }));
    const arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/app/url";
    expect(await get("/app/url")).toMatchObject({ Name: "/app/url", Value: "two", Version: 2, Type: "String", DataType: "text", ARN: arn });
    expect(await get("/app/url:1")).toMatchObject({ Value: "one", Selector: ":1" });
    expect(await get("/app/url:first")).toMatchObject({ Value: "one", Version: 1, Selector: ":first" });
    expect(await get(arn)).toMatchObject({ Value: "two" });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: "/app/url" }));
    expect(Parameters!.map(({ Value, Labels, Description }) => [Value, Labels, Description])).toEqual([
      ["one", ["first"], "where"],
      ["two", [], "where"],
    ]);
  });

  test("a SecureString shows only to who asks for decryption", async () => {
    await put("/app/key", "hunter2", { Type: "SecureString" });
    const sealed = await get("/app/key");
    expect(sealed.Value).not.toContain("hunter2");
    expect(sealed.Value).toMatch(/^AQICAH/);
    expect((await get("/app/key", true)).Value).toBe("hunter2");
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    expect(Parameters![0]).toMatchObject({ KeyId: "alias/aws/ssm", LastModifiedUser: "arn:aws:iam::123456789012:root" });
  });

  test.each([
    ["ssm_test", {}, "ValidationException", 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'],
    ["/AWS/x", {}, "AccessDeniedException", "No access to reserved parameter name: /AWS/x."],
    ["a/b", {}, "ValidationException", "Parameter name must be a fully qualified name."],
    ["/a".repeat(16), {}, "HierarchyLevelLimitExceededException", /maximum of 15 levels/],
    [
      "x",
      { Value: "" },
      "ValidationException",
      /Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1/,
    ],
    [
      "x",
      { Type: "str" as "String" },
      "ValidationException",
      /'type' failed to satisfy constraint: Member must satisfy enum value set: \[SecureString, StringList, String\]/,
    ],
    ["x", { Type: undefined }, "ValidationException", "A parameter type is required when you create a parameter."],
    [
      "x",
      { AllowedPattern: "^\\d+$" },
      "ParameterPatternMismatchException",
      "Parameter value, cannot be validated against allowedPattern: ^\\d+$",
    ],
    [
      "x",
      { DataType: "Text" },
      "ValidationException",
      "The following data type is not supported: Text (Data type names are all lowercase.)",
    ],
    ["x", { Value: "a {{ssm:other}}" }, "ValidationException", /^Parameter value can't nest another parameter\./],
    ["x", { Value: "v".repeat(4097) }, "ValidationException", /maximum parameter value of 4096 characters/],
    ["x", { Overwrite: true, Tags: [{ Key: "a", Value: "b" }] }, "ValidationException", /tags and overwrite can't be used together/],
  ])("%s %j is refused", async (Name, more, name, message) => {
    await expect(put(Name, "value", more)).rejects.toMatchObject({
      name,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("what exists is kept unless overwriting is asked for; its type never changes", async () => {
    await put("x", "1");
    await expect(put("x", "2")).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
    await expect(put("x", "2", { Type: "SecureString", Overwrite: true })).rejects.toMatchObject({
      name: "HierarchyTypeMismatchException",
    });
  });

  test("what is not there is said by name", async () => {
    await put("x", "1");
    await expect(get("nope")).rejects.toMatchObject({ name: "ParameterNotFound", message: "Parameter nope not found." });
    await expect(get("x:2")).rejects.toMatchObject({
      name: "ParameterVersionNotFound",
      message: "Systems Manager could not find version 2 of x. Verify the version and try again.",
    });
    await expect(get("x:1:2")).rejects.toMatchObject({ name: "ParameterNotFound" });
    expect(await ssm.send(new GetParametersCommand({ Names: ["x", "y"] }))).toMatchObject({
      Parameters: [{ Name: "x" }],
      InvalidParameters: ["y"],
    });
    expect(await ssm.send(new DeleteParametersCommand({ Names: ["x", "y"] }))).toMatchObject({
      DeletedParameters: ["x"],
      InvalidParameters: ["y"],
    });
    await expect(ssm.send(new DeleteParameterCommand({ Name: "x" }))).rejects.toMatchObject({ name: "ParameterNotFound" });
  });
});

test("of a hundred and one versions the last hundred stay, and a label holds the oldest", async () => {
  for (let version = 1; version <= 101; version++)
    await server.call("ssm", "PutParameter", { Name: "x", Value: String(version), Type: "String", Overwrite: true });
  await expect(get("x:1")).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
  await ssm.send(new LabelParameterVersionCommand({ Name: "x", ParameterVersion: 2, Labels: ["keep"] }));
  await expect(put("x", "102", { Overwrite: true })).rejects.toMatchObject({
    name: "ParameterMaxVersionLimitExceeded",
    message: expect.stringContaining("Version 2, the oldest version"),
  });
});

test("a label is on one version, and there are ten to a version", async () => {
  await put("x", "1");
  await put("x", "2", { Overwrite: true });
  const label = (ParameterVersion: number, ...Labels: string[]) =>
    ssm.send(new LabelParameterVersionCommand({ Name: "x", ParameterVersion, Labels }));
  await label(1, "a", "b");
  expect(await label(2, "b", "1st", "aws-x")).toMatchObject({ InvalidLabels: ["1st", "aws-x"], ParameterVersion: 2 });
  const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: "x" }));
  expect(Parameters!.map(({ Labels }) => Labels)).toEqual([["a"], ["b"]]);
  await label(1, ...Array.from({ length: 9 }, (_, index) => `l${index}`));
  await expect(label(1, "more")).rejects.toMatchObject({ name: "ParameterVersionLabelLimitExceeded" });
  await expect(label(2, "l".repeat(101))).rejects.toMatchObject({
    name: "ValidationException",
    message: `1 validation error detected: Value '[${"l".repeat(101)}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
  });
  expect(await ssm.send(new UnlabelParameterVersionCommand({ Name: "x", ParameterVersion: 2, Labels: ["b", "z"] }))).toMatchObject({
    RemovedLabels: ["b"],
    InvalidLabels: ["z"],
  });
});

describe("finding", () => {
  const names = async (filters: ParameterStringFilter[]) =>
    (await ssm.send(new DescribeParametersCommand({ ParameterFilters: filters }))).Parameters!.map(({ Name }) => Name);

  test("by name, path, type and tag", async () => {
    await put("foo", "1", { Tags: [{ Key: "team", Value: "red" }] });
    await put("/foo/a", "2", { Type: "StringList" });
    await put("/foo/b/c", "3");
    expect(await names([{ Key: "Path", Values: ["/"] }])).toEqual(["foo"]);
    expect(await names([{ Key: "Path", Option: "Recursive", Values: ["/foo"] }])).toEqual(["/foo/a", "/foo/b/c"]);
    expect(await names([{ Key: "Name", Option: "BeginsWith", Values: ["foo"] }])).toEqual(["/foo/a", "/foo/b/c", "foo"]);
    expect(await names([{ Key: "Name", Option: "Contains", Values: ["/fo"] }])).toHaveLength(3);
    expect(await names([{ Key: "Type", Values: ["StringList"] }])).toEqual(["/foo/a"]);
    expect(await names([{ Key: "tag:team", Values: ["red"] }])).toEqual(["foo"]);
    expect(await names([{ Key: "tag:team" }])).toEqual(["foo"]);
  });

  test.each([
    [{ Key: "key" }, /Member must satisfy regular expression pattern: tag:\.\+\|Name\|Type\|KeyId\|Path\|Label\|Tier/],
    [
      { Key: "Label", Values: ["x"] },
      /The following filter key is not valid: Label\. Valid filter keys include: \[Path, Name, Type, KeyId, Tier\]/,
    ],
    [{ Key: "Name" }, /The following filter values are missing : null for filter key Name/],
    [{ Key: "Path", Values: ["/aws"] }, /Filters for common parameters can't be prefixed with "aws" or "ssm"/],
    [{ Key: "Path", Values: ["//"] }, /doesn't meet the parameter name requirements/],
    [
      { Key: "Path", Option: "Equals", Values: ["/a"] },
      /The following filter option is not valid: Equals\. Valid options include: \[Recursive, OneLevel\]/,
    ],
    [
      { Key: "Tier", Values: ["test"] },
      /The following filter value is not valid: test\. Valid values include: \[Standard, Advanced, Intelligent-Tiering\]/,
    ],
  ])("%j is refused", async (filter, message) => {
    await expect(names([filter as ParameterStringFilter])).rejects.toThrow(message);
  });

  test("below a path by type, key and label only; the message names the first two", async () => {
    await put("/below/a", "1");
    await put("/below/b", "2");
    await ssm.send(new LabelParameterVersionCommand({ Name: "/below/b", Labels: ["live"] }));
    const below = async (filter: ParameterStringFilter) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: "/below", ParameterFilters: [filter] }))).Parameters!.map(({ Name }) => Name);
    expect(await below({ Key: "Label", Values: ["live"] })).toEqual(["/below/b"]);
    await expect(below({ Key: "Tier", Values: ["Standard"] })).rejects.toMatchObject({
      name: "InvalidFilterKey",
      message: "The following filter key is not valid: Tier. Valid filter keys include: [Type, KeyId].",
    });
  });

  test("pages by path come in order and end", async () => {
    for (let index = 10; index < 35; index++) await put(`/p/${index}`, "v");
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ssm.send(new GetParametersByPathCommand({ Path: "/p", NextToken }));
      expect(page.Parameters!.length).toBeLessThanOrEqual(10);
      found.push(...page.Parameters!.map(({ Name }) => Name!));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(found).toEqual(Array.from({ length: 25 }, (_, index) => `/p/${index + 10}`));
    await expect(ssm.send(new GetParametersByPathCommand({ Path: "/p", NextToken: "x" }))).rejects.toMatchObject({
      name: "InvalidNextToken",
    });
  });
});

test("tags are added, listed and removed", async () => {
  await put("x", "1", { Tags: [{ Key: "a", Value: "1" }] });
  const resource = { ResourceType: "Parameter" as const, ResourceId: "x" };
  await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "b", Value: "2" }] }));
  await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["a"] }));
  expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([{ Key: "b", Value: "2" }]);
  await expect(ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceId: "y" }))).rejects.toMatchObject({
    name: "InvalidResourceId",
  });
  await expect(ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceType: "Document" }))).rejects.toMatchObject({
    name: "InvalidResourceType",
  });
});

test("a secret is read as a parameter, by its version and its label too", async () => {
  const secrets = new SecretsManagerClient(server.client);
  const first = await secrets.send(new CreateSecretCommand({ Name: "db/password", SecretString: "1st" }));
  await secrets.send(new PutSecretValueCommand({ SecretId: "db/password", SecretString: "2nd" }));
  secrets.destroy();
  const Name = "/aws/reference/secretsmanager/db/password";
  const read = async (selector: string) =>
    (await ssm.send(new GetParameterCommand({ Name: `${Name}${selector}`, WithDecryption: true }))).Parameter!;
  const current = await read("");
  expect(current).toMatchObject({ Name, Type: "SecureString", Value: "2nd", Version: 0 });
  expect(JSON.parse(current.SourceResult!)).toMatchObject({ Name: "db/password", ARN: first.ARN, VersionStages: ["AWSCURRENT"] });
  expect(await read(":AWSPREVIOUS")).toMatchObject({ Name, Value: "1st", Selector: ":AWSPREVIOUS" });
  expect((await read(`:${first.VersionId}`)).Value).toBe("1st");
  await expect(read(":NONE")).rejects.toMatchObject({ name: "ParameterNotFound" });
  const { Parameters, InvalidParameters } = await ssm.send(
    new GetParametersCommand({ Names: [`${Name}:AWSPREVIOUS`, "/aws/reference/secretsmanager/none"], WithDecryption: true }),
  );
  expect([Parameters!.map(({ Value }) => Value), InvalidParameters]).toEqual([["1st"], ["/aws/reference/secretsmanager/none"]]);
});

test("a stack's parameter without a name is called after its logical id", async () => {
  const stacks = new CloudFormationClient(server.client);
  const TemplateBody = JSON.stringify({
    Resources: { Limit: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "7" } } },
  });
  await stacks.send(new CreateStackCommand({ StackName: "named", TemplateBody }));
  await engineOf(server.cloud).idle();
  const { StackResources } = await stacks.send(new DescribeStackResourcesCommand({ StackName: "named" }));
  stacks.destroy();
  const name = StackResources![0]!.PhysicalResourceId!;
  expect(name).toMatch(/^CFN-Limit-[0-9A-Z]{12}$/);
  expect((await ssm.send(new GetParameterCommand({ Name: name }))).Parameter!.Value).toBe("7");
});
