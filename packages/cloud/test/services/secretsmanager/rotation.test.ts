/** Rotation by a Lambda function: at once and by the clock, step by step, tried again, gone on with after a restart. */
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Secret } from "../../../src/services/secretsmanager/secret.ts";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";
import { functionArn, makeFunction } from "./turning-function.ts";

const hourMs = 3_600_000;
let server: TestServer & { world: SimulatedWorld };
let secrets: SecretsManager;
beforeAll(async () => {
  server = await startSimulatedServer(1, { startMs: Date.UTC(2026, 0, 10, 12) });
  secrets = new SecretsManager(server.client);
  await makeFunction(server.call);
});
afterAll(async () => {
  secrets.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

const put = (Name: string, Value: string) => server.call("ssm", "PutParameter", { Name, Value, Overwrite: true });
const seen = async () => (await server.call("ssm", "GetParameter", { Name: "/seen" })).Parameter!.Value!.split(" ").slice(1);
const value = async (SecretId: string, VersionStage = "AWSCURRENT") =>
  (await server.call("secretsmanager", "GetSecretValue", { SecretId, VersionStage })).SecretString;
const described = (SecretId: string) => server.call("secretsmanager", "DescribeSecret", { SecretId });
/** Real processes do the work, while the clock stands still but for its due timers. */
const eventually = (SecretId: string, wanted: string) =>
  expect
    .poll(
      async () => {
        await server.world.clock.advance(0);
        return value(SecretId);
      },
      { timeout: 60_000, interval: 50 },
    )
    .toBe(wanted);
const ended = (SecretId: string) =>
  expect
    .poll(
      async () => {
        await server.world.clock.advance(0);
        return (await described(SecretId)).LastRotatedDate;
      },
      { timeout: 60_000, interval: 50 },
    )
    .toEqual(new Date(server.world.clock.nowMs()));
const make = async (Name: string) => (await secrets.createSecret({ Name, SecretString: "1" })).ARN!;
const fault = (name: string, message: string) => ({ name, message: expect.stringContaining(message) as string });

it("a function that may not be called is refused; one that may rotates at once, in four steps", async () => {
  const arn = await make("first");
  await expect(secrets.rotateSecret({ SecretId: "first" })).rejects.toMatchObject(
    fault("InvalidRequestException", "doesn't already have a Lambda function ARN configured"),
  );
  const rotate = { SecretId: "first", RotationLambdaARN: functionArn, RotationRules: { AutomaticallyAfterDays: 30 } };
  await expect(secrets.rotateSecret(rotate)).rejects.toMatchObject(
    fault("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function."),
  );
  expect((await described("first")).RotationEnabled).toBeUndefined();

  await server.call("lambda", "AddPermission", {
    FunctionName: "turns",
    StatementId: "rotates",
    Action: "lambda:InvokeFunction",
    Principal: "secretsmanager.amazonaws.com",
    SourceAccount: "123456789012",
  });
  const token = "t".repeat(32);
  expect(await secrets.rotateSecret({ ...rotate, ClientRequestToken: token })).toMatchObject({ ARN: arn, Name: "first", VersionId: token });
  await eventually("first", "2");
  await ended("first");
  expect(await seen()).toEqual(["createSecret", "setSecret", "testSecret", "finishSecret"]);
  expect(await described("first")).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN: functionArn,
    RotationRules: { AutomaticallyAfterDays: 30 },
    LastRotatedDate: new Date("2026-01-10T12:00:00Z"),
    // By the end of that day.
    NextRotationDate: new Date("2026-02-10T00:00:00Z"),
    VersionIdsToStages: { [token]: expect.arrayContaining(["AWSCURRENT"]) as string[] },
  });
  expect(await value("first", "AWSPREVIOUS")).toBe("1");
});

it("the clock rotates it, again and again; cancelled, it stays as it is", async () => {
  await make("timed");
  const rotate = { SecretId: "timed", RotationLambdaARN: functionArn, RotationRules: { ScheduleExpression: "rate(4 hours)" } };
  await secrets.rotateSecret(rotate);
  await ended("timed");
  for (const [from, to, wanted] of [
    ["15:59", "16:00", "3"],
    ["19:59", "20:00", "4"],
  ] as const) {
    await server.world.clock.advance(Date.parse(`2026-01-10T${from}:00Z`) - server.world.clock.nowMs());
    expect(await value("timed")).toBe(String(Number(wanted) - 1));
    // The window is an hour long.
    expect((await described("timed")).NextRotationDate).toEqual(new Date(Date.parse(`2026-01-10T${to}:00Z`) + hourMs));
    await server.world.clock.advance(60_000);
    await eventually("timed", wanted);
    await ended("timed");
  }
  await secrets.cancelRotateSecret({ SecretId: "timed" });
  const { RotationEnabled, RotationLambdaARN, NextRotationDate } = await described("timed");
  expect([RotationEnabled, RotationLambdaARN, NextRotationDate]).toEqual([false, functionArn, undefined]);
  await server.world.clock.advance(5 * hourMs);
  expect(await value("timed")).toBe("4");
});

it("set up without rotating, only testSecret is called, and leaves nothing", async () => {
  await make("tested");
  await put("/seen", "-");
  await secrets.rotateSecret({
    SecretId: "tested",
    RotationLambdaARN: functionArn,
    RotationRules: { ScheduleExpression: "cron(0 16 1 * ? *)", Duration: "2h" },
    RotateImmediately: false,
  });
  await expect
    .poll(
      async () => {
        await server.world.clock.advance(0);
        return [await seen(), Object.values((await described("tested")).VersionIdsToStages!).flat()];
      },
      { timeout: 60_000, interval: 50 },
    )
    .toEqual([["testSecret"], ["AWSCURRENT"]]);
  expect(await described("tested")).toMatchObject({
    RotationRules: { ScheduleExpression: "cron(0 16 1 * ? *)", Duration: "2h" },
    NextRotationDate: new Date("2026-02-01T18:00:00Z"),
  });
});

it("one that fails stands in the way, and is tried again as a whole for the same version", async () => {
  await make("failing");
  await put("/seen", "-");
  await put("/broken", "testSecret");
  const rotate = { SecretId: "failing", RotationLambdaARN: functionArn, RotationRules: { AutomaticallyAfterDays: 7 } };
  const { VersionId } = await secrets.rotateSecret(rotate);
  const underWay = () => server.cloud.store.collection<Secret>("secrets").get("eu-central-1", "failing")!.rotation!.underWay;
  const fails = (times: number) =>
    expect
      .poll(
        async () => {
          await server.world.clock.advance(0);
          return underWay()?.failures;
        },
        { timeout: 60_000, interval: 50 },
      )
      .toBe(times);
  await fails(1);
  expect(await value("failing", "AWSPENDING")).toBe("2");
  expect((await described("failing")).LastRotatedDate).toBeUndefined();
  // Called for again, it is tried at once.
  await expect(secrets.rotateSecret(rotate)).rejects.toMatchObject(
    fault("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted."),
  );
  await fails(2);
  await put("/broken", "-");
  expect(await seen()).toEqual(["createSecret", "setSecret", "testSecret", "createSecret", "setSecret", "testSecret"]);
  await server.world.clock.advance(underWay()!.tryMs - server.world.clock.nowMs());
  await eventually("failing", "2");
  expect((await described("failing")).VersionIdsToStages![VersionId!]).toContain("AWSCURRENT");
});

describe("rules", () => {
  it.each([
    [{ AutomaticallyAfterDays: 0 }, "RotationRules.AutomaticallyAfterDays must be within 1-1000."],
    [{ AutomaticallyAfterDays: 1, ScheduleExpression: "rate(1 day)" }, "can't specify both"],
    [{ ScheduleExpression: "rate(2 hours)" }, "is not valid"],
    [{ ScheduleExpression: "cron(30 4 * * ? *)" }, "is not valid"],
    [{ ScheduleExpression: "rate(1 day)", Duration: "0h" }, "1h-24h"],
  ])("%j", async (RotationRules, message) => {
    await expect(secrets.rotateSecret({ SecretId: "first", RotationRules })).rejects.toMatchObject(
      fault("InvalidParameterException", message),
    );
  });
});
