/** Versions, aliases and Python through the official client. */
import { spawnSync } from "node:child_process";
import { Lambda } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import { startTestServer, type TestServer } from "../../server.ts";
import { allow, trust } from "../scheduler/place.ts";

const arn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
let server: TestServer;
let lambda: Lambda;
let Role: string;

beforeAll(async () => {
  server = await startTestServer();
  lambda = new Lambda(server.client);
  Role = (await server.call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") })).Role!.Arn!;
});
afterAll(async () => {
  lambda.destroy();
  await server[Symbol.asyncDispose]();
});

const says = (word: string) =>
  zipOf("index.js", Buffer.from(`exports.handler = async (e, c) => [${JSON.stringify(word)}, c.functionVersion, c.invokedFunctionArn]`));
const make = (FunctionName: string, ZipFile: Uint8Array, more: object = {}) =>
  lambda.createFunction({ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role, Timeout: 60, Code: { ZipFile }, ...more });
const call = async (FunctionName: string, Qualifier?: string) => {
  const answer = await lambda.invoke({ FunctionName, ...(Qualifier !== undefined && { Qualifier }) });
  return {
    version: answer.ExecutedVersion,
    error: answer.FunctionError,
    value: JSON.parse(answer.Payload!.transformToString()) as unknown,
  };
};

it("a published version stays what it was, and an alias calls the one that it names", async () => {
  const FunctionName = "talks";
  const first = await make(FunctionName, says("one"), { Publish: true });
  expect(first).toMatchObject({ Version: "1", FunctionArn: `${arn(FunctionName)}:1` });
  await lambda.updateFunctionCode({ FunctionName, ZipFile: says("two") });
  expect(await lambda.publishVersion({ FunctionName, Description: "second" })).toMatchObject({ Version: "2", Description: "second" });
  expect((await lambda.publishVersion({ FunctionName })).Version).toBe("2");
  await expect(lambda.publishVersion({ FunctionName, CodeSha256: "abc" })).rejects.toThrow(
    "is different from current CodeSHA256 in $LATEST",
  );
  expect(await call(FunctionName, "1")).toMatchObject({ version: "1", value: ["one", "1", `${arn(FunctionName)}:1`] });

  expect(await lambda.createAlias({ FunctionName, Name: "live", FunctionVersion: "1" })).toMatchObject({
    AliasArn: `${arn(FunctionName)}:live`,
    FunctionVersion: "1",
    Description: "",
  });
  await expect(lambda.createAlias({ FunctionName, Name: "live", FunctionVersion: "1" })).rejects.toThrow(
    `Alias already exists: ${arn(FunctionName)}:live`,
  );
  await expect(lambda.createAlias({ FunctionName, Name: "x", FunctionVersion: "9" })).rejects.toThrow(
    `Function not found: ${arn(FunctionName)}:9`,
  );
  await expect(lambda.getAlias({ FunctionName, Name: "none" })).rejects.toThrow(`Cannot find alias arn: ${arn(FunctionName)}:none`);
  expect(await call(`${arn(FunctionName)}:live`)).toMatchObject({ version: "1", value: ["one", "1", `${arn(FunctionName)}:live`] });
  await lambda.updateAlias({ FunctionName, Name: "live", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 2: 1 } } });
  expect((await call(FunctionName, "live")).value).toEqual(["two", "2", `${arn(FunctionName)}:live`]);
  expect((await lambda.getFunctionConfiguration({ FunctionName, Qualifier: "live" })).FunctionArn).toBe(`${arn(FunctionName)}:live`);

  const { Versions = [] } = await lambda.listVersionsByFunction({ FunctionName });
  expect(Versions.map((one) => [one.Version, one.FunctionArn])).toEqual(
    ["$LATEST", "1", "2"].map((version) => [version, `${arn(FunctionName)}:${version}`]),
  );
  await expect(lambda.deleteFunction({ FunctionName, Qualifier: "1" })).rejects.toThrow("the following aliases reference it: [live]");
  await lambda.deleteAlias({ FunctionName, Name: "live" });
  await lambda.deleteFunction({ FunctionName, Qualifier: "1" });
  await expect(call(FunctionName, "1")).rejects.toThrow(`Function not found: ${arn(FunctionName)}:1`);
  expect((await lambda.publishVersion({ FunctionName })).Version).toBe("2");
});

it("an alias has a policy of its own, and policies name what is called with its qualifier", async () => {
  const FunctionName = "guarded";
  await make(FunctionName, says("yes"), { Publish: true });
  await lambda.createAlias({ FunctionName, Name: "live", FunctionVersion: "1" });
  const statement = { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "123456789012" };
  await lambda.addPermission({ FunctionName, Qualifier: "live", ...statement });
  const { Policy = "" } = await lambda.getPolicy({ FunctionName, Qualifier: "live" });
  expect((JSON.parse(Policy) as { Statement: { Resource: string }[] }).Statement[0]!.Resource).toBe(`${arn(FunctionName)}:live`);
  await expect(lambda.getPolicy({ FunctionName })).rejects.toThrow("The resource you requested does not exist.");
  await expect(lambda.addPermission({ FunctionName, Qualifier: "$LATEST", ...statement })).rejects.toThrow(
    "We currently do not support adding policies for $LATEST.",
  );

  await server.call("iam", "CreateUser", { UserName: "caller" });
  await server.call("iam", "PutUserPolicy", {
    UserName: "caller",
    PolicyName: "one",
    PolicyDocument: allow("lambda:InvokeFunction", `${arn(FunctionName)}:1`),
  });
  const { AccessKey } = await server.call("iam", "CreateAccessKey", { UserName: "caller" });
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const caller = new Lambda({ ...server.client, credentials });
  expect((await caller.invoke({ FunctionName, Qualifier: "1", InvocationType: "DryRun" })).StatusCode).toBe(204);
  await expect(caller.invoke({ FunctionName, InvocationType: "DryRun" })).rejects.toMatchObject({ name: "AccessDeniedException" });
  caller.destroy();
});

// Functions of Python run on the machine's own, which need not be there.
it.runIf(spawnSync("python3", ["--version"]).status === 0)(
  "a Python function is given its event and context, and says how it failed",
  async () => {
    const code = `
import logging
import os

logging.getLogger().setLevel(logging.INFO)

def handler(event, context):
    print("adding", event)
    logging.getLogger("mine").info("%s %s", "heard", context.client_context.custom["from"])
    if "fail" in event:
        raise ValueError("no " + event["fail"])
    return {"sum": event["a"] + event["b"], "name": context.function_name, "left": context.get_remaining_time_in_millis() > 0, "v": os.environ["WORD"]}
`;
    const settings = { Runtime: "python3.12", Handler: "pack/main.handler", Environment: { Variables: { WORD: "hello" } } } as const;
    await make("snake", zipOf("pack/main.py", Buffer.from(code)), settings);
    const ClientContext = Buffer.from('{"custom": {"from": "me"}}').toString("base64");
    const run = async (event: object) => {
      const answer = await lambda.invoke({ FunctionName: "snake", Payload: JSON.stringify(event), LogType: "Tail", ClientContext });
      const log = Buffer.from(answer.LogResult!, "base64").toString();
      return { error: answer.FunctionError, log, value: JSON.parse(answer.Payload!.transformToString()) as Record<string, unknown> };
    };
    const good = await run({ a: 2, b: 3 });
    expect([good.error, good.value]).toEqual([undefined, { sum: 5, name: "snake", left: true, v: "hello" }]);
    expect(good.log).toContain("adding {'a': 2, 'b': 3}");
    expect(good.log).toMatch(/^\[INFO\]\t[-\dT:.]+Z\t[-\da-f]{36}\theard me$/mu);
    const bad = await run({ fail: "way" });
    expect(bad).toMatchObject({ error: "Unhandled", value: { errorType: "ValueError", errorMessage: "no way" } });
    expect(bad.log).toContain("[ERROR] ValueError: no way");
    await lambda.updateFunctionConfiguration({ FunctionName: "snake", Handler: "pack/main.nope" });
    expect((await run({})).value).toMatchObject({
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "Handler 'nope' missing on module 'pack.main'",
    });
  },
);
