/** Lambda through its official client: functions that really run, as their role, with their log, limits and policy. */
import { Lambda } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readZip, zipOf } from "../../../src/services/lambda/zip.ts";
import { startTestServer, type TestServer } from "../../server.ts";
import { allow, trust } from "../scheduler/place.ts";

const arn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
let server: TestServer;
let lambda: Lambda;
let Role: string;

beforeAll(async () => {
  server = await startTestServer();
  lambda = new Lambda(server.client);
  const made = await server.call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
  Role = made.Role!.Arn!;
  await server.call("iam", "PutRolePolicy", {
    RoleName: "runs",
    PolicyName: "logs",
    PolicyDocument: allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
  });
});
afterAll(async () => {
  lambda.destroy();
  await server[Symbol.asyncDispose]();
});

const make = (FunctionName: string, code: string, more: object = {}) =>
  lambda.createFunction({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role,
    Timeout: 60,
    Code: { ZipFile: zipOf("index.js", Buffer.from(code)) },
    ...more,
  });

async function call(FunctionName: string, event: unknown = {}) {
  const answer = await lambda.invoke({ FunctionName, Payload: JSON.stringify(event), LogType: "Tail" });
  const log = Buffer.from(answer.LogResult ?? "", "base64").toString();
  return { ...answer, log, value: JSON.parse(answer.Payload!.transformToString()) as Record<string, unknown> };
}

it("a function is given its event and context, answers, and writes its log as its role", async () => {
  const made = await make(
    "adds",
    `exports.handler = async ({ a, b }, context) => {
      console.log("adding", a, b);
      return { sum: a + b, name: context.functionName, left: context.getRemainingTimeInMillis() > 0, variable: process.env.GREETING };
    };`,
    { Environment: { Variables: { GREETING: "hello" } }, Description: "adds two numbers" },
  );
  expect(made).toMatchObject({ FunctionArn: arn("adds"), State: "Active", MemorySize: 128, Version: "$LATEST", PackageType: "Zip" });
  const { value, log, StatusCode, FunctionError } = await call("adds", { a: 2, b: 3 });
  expect({ value, StatusCode, FunctionError }).toEqual({
    value: { sum: 5, name: "adds", left: true, variable: "hello" },
    StatusCode: 200,
    FunctionError: undefined,
  });
  expect(log).toMatch(/^START RequestId: \S+ Version: \$LATEST\n.*\tINFO\tadding 2 3\nEND RequestId: .*\nREPORT RequestId: /s);
  const { events = [] } = await server.call("logs", "FilterLogEvents", { logGroupName: "/aws/lambda/adds" });
  expect(events.map(({ message }) => message).join("\n")).toContain("adding 2 3");
  const { Datapoints = [] } = await server.call("cloudwatch", "GetMetricStatistics", {
    Namespace: "AWS/Lambda",
    MetricName: "Invocations",
    Dimensions: [{ Name: "FunctionName", Value: "adds" }],
    StartTime: new Date(Date.now() - 3_600_000),
    EndTime: new Date(Date.now() + 60_000),
    Period: 3_600,
    Statistics: ["Sum"],
  });
  expect(Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0)).toBe(1);
});

it("has AWS's SDK, and may do what its role may", async () => {
  await make(
    "reads",
    `const { SSM } = require("@aws-sdk/client-ssm");
    exports.handler = async ({ Name }) => (await new SSM().getParameter({ Name })).Parameter.Value;`,
  );
  for (const Name of ["/open", "/closed"]) await server.call("ssm", "PutParameter", { Name, Type: "String", Value: `of ${Name}` });
  await server.call("iam", "PutRolePolicy", {
    RoleName: "runs",
    PolicyName: "read",
    PolicyDocument: allow("ssm:GetParameter", "arn:aws:ssm:eu-central-1:123456789012:parameter/open"),
  });
  expect((await call("reads", { Name: "/open" })).value).toBe("of /open");
  const denied = await call("reads", { Name: "/closed" });
  expect(denied.FunctionError).toBe("Unhandled");
  expect(denied.value).toMatchObject({
    errorType: "AccessDeniedException",
    errorMessage: expect.stringContaining(":assumed-role/runs/reads is not authorized to perform: ssm:GetParameter"),
  });
});

describe("a function that fails", () => {
  it.each([
    ["throws", `exports.handler = async () => { throw new TypeError("no"); };`, { errorType: "TypeError", errorMessage: "no" }],
    [
      "calls back",
      `exports.handler = (event, context, callback) => callback(new Error("no"));`,
      { errorType: "Error", errorMessage: "no" },
    ],
    ["is none", `exports.other = 1;`, { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" }],
    [
      "exits",
      `exports.handler = async () => process.exit(3);`,
      {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
      },
    ],
  ])("%s", async (name, code, fault) => {
    const FunctionName = name.replaceAll(" ", "-");
    await make(FunctionName, code);
    const { FunctionError, StatusCode, value } = await call(FunctionName);
    expect({ FunctionError, StatusCode }).toEqual({ FunctionError: "Unhandled", StatusCode: 200 });
    expect(value).toMatchObject(fault);
  });

  it("takes too long", async () => {
    await make("hangs", `exports.handler = () => new Promise(() => setInterval(() => {}, 1000));`, { Timeout: 1 });
    const { value, log } = await call("hangs");
    expect(value).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    });
    expect(log).toContain("Task timed out after 1.00 seconds");
  });
});

it("new code and settings are taken at the next call", async () => {
  await make("changes", `exports.handler = async () => "one";`);
  const { CodeSha256: before } = await lambda.getFunctionConfiguration({ FunctionName: "changes" });
  const ZipFile = zipOf("main.mjs", Buffer.from(`export const run = async () => process.env.SAYS;`));
  const { CodeSha256 } = await lambda.updateFunctionCode({ FunctionName: "changes", ZipFile });
  expect(CodeSha256).not.toBe(before);
  await lambda.updateFunctionConfiguration({ FunctionName: "changes", Handler: "main.run", Environment: { Variables: { SAYS: "two" } } });
  expect((await call(arn("changes"))).value).toBe("two");
  const { Code } = await lambda.getFunction({ FunctionName: "changes" });
  const archive = Buffer.from(await (await fetch(Code!.Location!)).arrayBuffer());
  expect(readZip(archive, 10_000).map(({ name }) => name)).toEqual(["main.mjs"]);
});

it("a service calls it where the function's policy says so", async () => {
  await make("asked", `exports.handler = async () => 1;`);
  const service = server.cloud.as(
    {
      kind: "service",
      account: "123456789012",
      arn: "events.amazonaws.com",
      service: "events.amazonaws.com",
      sourceArn: "arn:aws:x:::mine",
    },
    "eu-central-1",
  );
  await expect(service("lambda", "Invoke", { FunctionName: "asked" })).rejects.toMatchObject({ code: "AccessDeniedException" });
  const permission = { FunctionName: "asked", StatementId: "events", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" };
  await lambda.addPermission({ ...permission, SourceArn: "arn:aws:x:::mine" });
  expect(await service("lambda", "Invoke", { FunctionName: "asked" })).toMatchObject({ StatusCode: 200 });
  await expect(lambda.addPermission(permission)).rejects.toMatchObject({ name: "ResourceConflictException" });
  const { Policy = "" } = await lambda.getPolicy({ FunctionName: "asked" });
  expect(JSON.parse(Policy)).toMatchObject({
    Statement: [
      {
        Sid: "events",
        Principal: { Service: "events.amazonaws.com" },
        Resource: arn("asked"),
        Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:x:::mine" } },
      },
    ],
  });
  await lambda.removePermission({ FunctionName: "asked", StatementId: "events" });
  await expect(lambda.getPolicy({ FunctionName: "asked" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(service("lambda", "Invoke", { FunctionName: "asked" })).rejects.toMatchObject({ code: "AccessDeniedException" });
});

describe("what is wrong", () => {
  it("is said in AWS's words", async () => {
    await make("there", `exports.handler = async () => 1;`);
    const faults: [() => Promise<unknown>, string, string][] = [
      [() => lambda.invoke({ FunctionName: "absent" }), "ResourceNotFoundException", `Function not found: ${arn("absent:$LATEST")}`],
      [
        () => lambda.invoke({ FunctionName: "there", Qualifier: "live" }),
        "ResourceNotFoundException",
        `Function not found: ${arn("there:live")}`,
      ],
      [() => make("there", "1"), "ResourceConflictException", "Function already exist: there"],
      [
        () => make("broken", "1", { Code: { ZipFile: Buffer.from("no zip") } }),
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
      ],
      [
        () => make("outside", "1", { Code: { ZipFile: zipOf("../index.js", Buffer.from("1")) } }),
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
      ],
      [
        () => make("roleless", "1", { Role: "arn:aws:iam::123456789012:role/absent" }),
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
      ],
      [
        () => make("ruby", "1", { Runtime: "ruby3.3" }),
        "NotImplemented",
        "The embedded cloud does not serve functions of the runtime ruby3.3, only nodejs20.x, nodejs22.x, nodejs24.x, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14; docs/parity.md lists what it does.",
      ],
      [
        () => lambda.deleteFunction({ FunctionName: arn("there").replace("eu-central-1", "us-east-1") }),
        "ResourceNotFoundException",
        "Functions from 'us-east-1' are not reachable in this region ('eu-central-1')",
      ],
      [
        () => lambda.putFunctionEventInvokeConfig({ FunctionName: "absent", MaximumRetryAttempts: 0 }),
        "ResourceNotFoundException",
        "The function doesn't exist.",
      ],
      [
        () =>
          lambda.putFunctionEventInvokeConfig({
            FunctionName: "there",
            DestinationConfig: { OnFailure: { Destination: arn("there") } },
          }),
        "InvalidParameterValueException",
        "You can't specify the function as a destination for itself.",
      ],
      [
        () => lambda.putFunctionConcurrency({ FunctionName: "there", ReservedConcurrentExecutions: 901 }),
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      ],
      [
        () => lambda.tagResource({ Resource: `${arn("there")}:live`, Tags: { a: "b" } }),
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
      ],
      [
        () =>
          lambda.addPermission({
            FunctionName: "there",
            StatementId: "s",
            Action: "lambda:InvokeFunction",
            Principal: "invalid.nonaws.com",
          }),
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
      ],
      [
        () => lambda.invoke({ FunctionName: "there", ClientContext: "W" }),
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
      ],
      [
        () => lambda.invoke({ FunctionName: "there", Payload: "{" }),
        "InvalidRequestContentException",
        expect.stringMatching(/^Could not parse request body into json/) as never,
      ],
    ];
    for (const [act, name, message] of faults) await expect(act()).rejects.toMatchObject({ name, message });
    await expect(lambda.getFunction({ FunctionName: "absent" })).rejects.toMatchObject({ Type: "User" });
    expect((await lambda.invoke({ FunctionName: "there", InvocationType: "DryRun" })).StatusCode).toBe(204);
  });

  it("a deleted function is gone, its code too", async () => {
    await make("short-lived", `exports.handler = async () => 1;`, { Tags: { team: "a" } });
    expect((await lambda.listTags({ Resource: arn("short-lived") })).Tags).toEqual({ team: "a" });
    expect((await lambda.listFunctions({})).Functions!.map(({ FunctionName }) => FunctionName)).toContain("short-lived");
    await lambda.putFunctionConcurrency({ FunctionName: "short-lived", ReservedConcurrentExecutions: 0 });
    await expect(lambda.invoke({ FunctionName: "short-lived" })).rejects.toMatchObject({ name: "TooManyRequestsException" });
    await lambda.deleteFunction({ FunctionName: "short-lived" });
    await expect(lambda.getFunction({ FunctionName: "short-lived" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(server.cloud.world.disk.files.stat(`${server.folder}/lambda/code/eu-central-1/short-lived`)).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
