/** What services do with a key of the customer's: who needs which right, and what is unreadable without it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { account, keyPolicy, lets, region } from "./fixture.ts";

let testCloud: TestCloud;
beforeAll(async () => {
  testCloud = await startSimulatedCloud();
});
afterAll(() => testCloud[Symbol.asyncDispose]());

const newKey = async (Policy?: string) =>
  (await testCloud.call("kms", "CreateKey", { ...(Policy !== undefined && { Policy }) })).KeyMetadata!;

test("a log group gets a key that lets CloudWatch Logs in, and its events are read while the key is enabled", async () => {
  const { call } = testCloud;
  const refusal = (name: string) => ({
    code: "AccessDeniedException",
    message: `The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${region}:${account}:log-group:${name}'`,
  });
  const closed = await newKey();
  await expect(call("logs", "CreateLogGroup", { logGroupName: "/app", kmsKeyId: closed.Arn! })).rejects.toMatchObject(refusal("/app"));
  const open = await newKey(keyPolicy(lets(`logs.${region}.amazonaws.com`)));
  await call("logs", "CreateLogGroup", { logGroupName: "/app", kmsKeyId: open.Arn! });
  await call("logs", "CreateLogStream", { logGroupName: "/app", logStreamName: "one" });
  const stream = { logGroupName: "/app", logStreamName: "one" };
  await call("logs", "PutLogEvents", { ...stream, logEvents: [{ timestamp: testCloud.cloud.world.clock.nowMs(), message: "hello" }] });
  const read = async () => (await call("logs", "GetLogEvents", stream)).events!.map(({ message }) => message);
  expect(await read()).toEqual(["hello"]);
  await call("kms", "DisableKey", { KeyId: open.KeyId! });
  await expect(read()).rejects.toMatchObject(refusal("/app"));
  await expect(call("logs", "FilterLogEvents", { logGroupName: "/app" })).rejects.toMatchObject(refusal("/app"));
  await call("kms", "EnableKey", { KeyId: open.KeyId! });
  expect(await read()).toEqual(["hello"]);
  await call("logs", "CreateLogGroup", { logGroupName: "/other" });
  await expect(call("logs", "AssociateKmsKey", { logGroupName: "/other", kmsKeyId: closed.Arn! })).rejects.toMatchObject(refusal("/other"));
});

test("a log group's key can be open to that group alone", async () => {
  const { call } = testCloud;
  const Condition = { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:log-group:/mine` } };
  const { Arn } = await newKey(keyPolicy({ ...lets(`logs.${region}.amazonaws.com`), Condition }));
  await call("logs", "CreateLogGroup", { logGroupName: "/mine", kmsKeyId: Arn! });
  await expect(call("logs", "CreateLogGroup", { logGroupName: "/theirs", kmsKeyId: Arn! })).rejects.toMatchObject({
    code: "AccessDeniedException",
  });
});
