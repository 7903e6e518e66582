/** What services do with a key of the customer's: who needs which right, and what is unreadable without it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call } from "../../../src/service.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { account, asRole, keyPolicy, lets, region } from "./fixture.ts";

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

test("a secret is ciphertext on the disk, and read only by who may decrypt with its key, while that is enabled", async () => {
  const { call, cloud } = testCloud;
  const key = await newKey();
  const SecretString = "a value that is looked for";
  await call("secretsmanager", "CreateSecret", { Name: "sealed", SecretString, KmsKeyId: key.KeyId! });
  await call("secretsmanager", "CreateSecret", { Name: "usual", SecretString });
  const kept = JSON.stringify(cloud.store.collection("secrets").all());
  expect(kept).not.toContain(SecretString);
  expect(kept).not.toContain(Buffer.from(SecretString).toString("base64"));

  const reader = await asRole(cloud, call, "reader", ["secretsmanager:*"]);
  const read = async (SecretId: string) => (await reader("secretsmanager", "GetSecretValue", { SecretId })).SecretString;
  expect(await read("usual")).toBe(SecretString);
  const denied = { code: "AccessDeniedException", message: "Access to KMS is not allowed" };
  await expect(read("sealed")).rejects.toMatchObject(denied);
  await expect(reader("secretsmanager", "CreateSecret", { Name: "more", SecretString, KmsKeyId: key.Arn! })).rejects.toMatchObject(denied);
  const both = await asRole(cloud, call, "both", ["secretsmanager:*", "kms:Decrypt", "kms:GenerateDataKey"]);
  const readWithBoth = async () => (await both("secretsmanager", "GetSecretValue", { SecretId: "sealed" })).SecretString;
  expect(await readWithBoth()).toBe(SecretString);
  expect(await readWithBoth()).toBe(SecretString);

  await call("kms", "DisableKey", { KeyId: key.KeyId! });
  await expect(readWithBoth()).rejects.toMatchObject({ code: "DecryptionFailure" });
  const put = { SecretId: "sealed", SecretString: "next" };
  await expect(both("secretsmanager", "PutSecretValue", put)).rejects.toMatchObject({ code: "EncryptionFailure" });
  await call("kms", "EnableKey", { KeyId: key.KeyId! });
  // Under another key from now on, what it holds too: the old one may go.
  await call("secretsmanager", "UpdateSecret", { SecretId: "sealed", KmsKeyId: "alias/aws/secretsmanager" });
  await call("kms", "ScheduleKeyDeletion", { KeyId: key.KeyId! });
  expect(await read("sealed")).toBe(SecretString);
});

test("a key can be open through Secrets Manager alone, and to one secret", async () => {
  const { call, cloud } = testCloud;
  const Condition = {
    StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com`, "kms:CallerAccount": account },
    StringLike: { "kms:EncryptionContext:SecretARN": `arn:aws:secretsmanager:${region}:${account}:secret:through-*` },
  };
  const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*", Condition };
  const { KeyId } = await newKey(keyPolicy(statement));
  const user = await asRole(cloud, call, "through", ["secretsmanager:*"]);
  const create = (Name: string) => user("secretsmanager", "CreateSecret", { Name, SecretString: "x", KmsKeyId: KeyId! });
  await create("through-it");
  expect((await user("secretsmanager", "GetSecretValue", { SecretId: "through-it" })).SecretString).toBe("x");
  await expect(create("beside-it")).rejects.toMatchObject({ message: "Access to KMS is not allowed" });
  await expect(user("kms", "GenerateDataKey", { KeyId: KeyId!, KeySpec: "AES_256" })).rejects.toMatchObject({
    code: "AccessDeniedException",
    message: expect.stringMatching(
      /is not authorized to perform: kms:GenerateDataKey on resource: .* because no identity-based policy allows/u,
    ),
  });
});

test("a SecureString is KMS's own ciphertext under its ARN, and opens with the right to decrypt", async () => {
  const { call, cloud } = testCloud;
  const key = await newKey();
  await call("ssm", "PutParameter", { Name: "/app/password", Type: "SecureString", Value: "swordfish", KeyId: key.Arn! });
  const long = "y".repeat(5000);
  await call("ssm", "PutParameter", { Name: "/app/long", Type: "SecureString", Value: long, KeyId: key.Arn!, Tier: "Advanced" });
  const kept = JSON.stringify(cloud.store.collection("ssm.parameter").all());
  expect(kept).not.toContain("swordfish");
  const { Parameter } = await call("ssm", "GetParameter", { Name: "/app/password" });
  const context = { PARAMETER_ARN: `arn:aws:ssm:${region}:${account}:parameter/app/password` };
  const opened = await call("kms", "Decrypt", { CiphertextBlob: Buffer.from(Parameter!.Value!, "base64"), EncryptionContext: context });
  expect(Buffer.from(opened.Plaintext!).toString()).toBe("swordfish");

  const reader = await asRole(cloud, call, "parameters", ["ssm:*"]);
  const read = async (by: Call, Name: string) => (await by("ssm", "GetParameter", { Name, WithDecryption: true })).Parameter!.Value;
  await expect(read(reader, "/app/password")).rejects.toMatchObject({
    code: "AccessDeniedException",
    message: expect.stringMatching(
      /^The ciphertext refers to a customer master key .* \(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException;/u,
    ),
  });
  expect([await read(call, "/app/password"), await read(call, "/app/long")]).toEqual(["swordfish", long]);
  await call("ssm", "PutParameter", { Name: "/app/usual", Type: "SecureString", Value: "open sesame" });
  expect(await read(reader, "/app/usual")).toBe("open sesame");
  await call("kms", "DisableKey", { KeyId: key.KeyId! });
  for (const Name of ["/app/password", "/app/long"])
    await expect(read(call, Name)).rejects.toMatchObject({
      code: "InvalidKeyId",
      message: expect.stringMatching(/is disabled\. \(Service: AWSKMS;/u),
    });
  await expect(
    call("ssm", "PutParameter", { Name: "/app/other", Type: "SecureString", Value: "x", KeyId: "alias/nothing" }),
  ).rejects.toMatchObject({ code: "InvalidKeyId" });
});
