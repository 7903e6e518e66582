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

test("a queue under a key is used by who may use the key, while it is enabled", async () => {
  const { call, cloud } = testCloud;
  const key = await newKey();
  const { QueueUrl = "" } = await call("sqs", "CreateQueue", { QueueName: "orders", Attributes: { KmsMasterKeyId: key.Arn! } });
  const sender = await asRole(cloud, call, "sender", ["sqs:*", "kms:GenerateDataKey"]);
  const receiver = await asRole(cloud, call, "receiver", ["sqs:*", "kms:Decrypt"]);
  const message = { QueueUrl, MessageBody: "hello" };
  const denied = {
    code: "KmsAccessDenied",
    message: expect.stringMatching(/^The ciphertext refers to .*Error Code: AccessDeniedException/u),
  };
  await expect(sender("sqs", "SendMessage", message)).rejects.toMatchObject(denied);
  await expect(receiver("sqs", "SendMessage", message)).rejects.toMatchObject({
    code: "KmsAccessDenied",
    message: expect.stringMatching(/is not authorized to perform: kms:GenerateDataKey on resource/u),
  });
  await call("sqs", "SendMessage", message);
  await expect(sender("sqs", "ReceiveMessage", { QueueUrl })).rejects.toMatchObject(denied);
  const body = async (by: Call) => (await by("sqs", "ReceiveMessage", { QueueUrl, VisibilityTimeout: 0 })).Messages?.[0]?.Body;
  expect(await body(receiver)).toBe("hello");
  await call("kms", "DisableKey", { KeyId: key.KeyId! });
  await expect(body(receiver)).rejects.toMatchObject({ code: "KmsDisabled" });
  await expect(call("sqs", "SendMessage", message)).rejects.toMatchObject({ code: "KmsDisabled" });
  await call("kms", "ScheduleKeyDeletion", { KeyId: key.KeyId! });
  await expect(body(call)).rejects.toMatchObject({ code: "KmsInvalidState" });
});

test("an alarm reaches a topic, and the topic a queue, only where the keys' policies let the services in", async () => {
  const { call } = testCloud;
  const topicKey = await newKey();
  const queueKey = await newKey();
  const { TopicArn = "" } = await call("sns", "CreateTopic", { Name: "alarms", Attributes: { KmsMasterKeyId: topicKey.Arn! } });
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...lets("sns.amazonaws.com", "sqs:SendMessage") }] });
  const { QueueUrl = "" } = await call("sqs", "CreateQueue", {
    QueueName: "alarms",
    Attributes: { KmsMasterKeyId: queueKey.Arn!, Policy },
  });
  await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: `arn:aws:sqs:${region}:${account}:alarms` });
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "busy",
    AlarmActions: [TopicArn],
    MetricName: "Busy",
    Namespace: "App",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  });
  const outcome = async () => {
    const state = { AlarmName: "busy", StateReason: "test" };
    await call("cloudwatch", "SetAlarmState", { ...state, StateValue: "OK" });
    await call("cloudwatch", "SetAlarmState", { ...state, StateValue: "ALARM" });
    const history = async () =>
      (await call("cloudwatch", "DescribeAlarmHistory", { AlarmName: "busy", HistoryItemType: "Action" })).AlarmHistoryItems![0]
        ?.HistoryData;
    await expect.poll(history, { timeout: 30_000 }).toBeDefined();
    return JSON.parse((await history())!) as { actionState: string; error: string | null };
  };
  const received = async () => (await call("sqs", "ReceiveMessage", { QueueUrl })).Messages?.length ?? 0;
  expect(await outcome()).toMatchObject({ actionState: "Failed", error: expect.stringMatching(/^KMSAccessDenied: /u) });
  const put = (KeyId: string, ...more: object[]) => call("kms", "PutKeyPolicy", { KeyId, Policy: keyPolicy(...more) });
  const Condition = {
    StringEquals: { "aws:SourceAccount": account },
    ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:${region}:${account}:alarm:bu*` },
  };
  await put(topicKey.KeyId!, { ...lets("cloudwatch.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"), Condition });
  await expect.poll(async () => (await outcome()).actionState, { timeout: 30_000 }).toBe("Succeeded");
  // The topic took it; the queue did not.
  expect(await received()).toBe(0);
  await put(queueKey.KeyId!, lets("sns.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"));
  await call("sns", "Publish", { TopicArn, Message: "now" });
  expect(await received()).toBe(1);
});

test("an object under a key is written and read by who may use the key, under the object's ARN", async () => {
  const { call, cloud } = testCloud;
  const key = await newKey();
  const Bucket = "sealed-objects";
  await call("s3", "CreateBucket", { Bucket, CreateBucketConfiguration: { LocationConstraint: region } });
  const put = (by: Call, Key: string, SSEKMSKeyId?: string) =>
    by("s3", "PutObject", {
      Bucket,
      Key,
      Body: "hello",
      ServerSideEncryption: "aws:kms",
      ...(SSEKMSKeyId !== undefined && { SSEKMSKeyId }),
    });
  expect(await put(call, "a", key.KeyId)).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key.Arn });
  const managed = (await call("kms", "DescribeKey", { KeyId: "alias/aws/s3" })).KeyMetadata!.Arn;
  expect(await put(call, "b")).toMatchObject({ SSEKMSKeyId: managed });
  const plain = await asRole(cloud, call, "files", ["s3:*"]);
  await put(plain, "c");
  await expect(put(plain, "d", key.KeyId)).rejects.toMatchObject({
    code: "AccessDenied",
    message: expect.stringMatching(/is not authorized to perform: kms:GenerateDataKey on resource/u),
  });
  const get = async (by: Call, Key: string) => {
    const { Body } = await by("s3", "GetObject", { Bucket, Key });
    return Buffer.from(Body as unknown as Uint8Array).toString();
  };
  await expect(get(plain, "a")).rejects.toMatchObject({ code: "AccessDenied" });
  expect([await get(call, "a"), await get(plain, "b"), await get(plain, "c")]).toEqual(["hello", "hello", "hello"]);
  expect(await plain("s3", "HeadObject", { Bucket, Key: "a" })).toMatchObject({ SSEKMSKeyId: key.Arn });
  await expect(plain("s3", "CopyObject", { Bucket, Key: "e", CopySource: `${Bucket}/a` })).rejects.toMatchObject({ code: "AccessDenied" });
  await expect(put(call, "f", "fake-key-id")).rejects.toMatchObject({
    code: "KMS.NotFoundException",
    message: "Invalid keyId 'fake-key-id'",
  });
  await call("kms", "DisableKey", { KeyId: key.KeyId! });
  await expect(get(call, "a")).rejects.toMatchObject({ code: "KMS.DisabledException", message: `${key.Arn} is disabled.` });
  await call("kms", "ScheduleKeyDeletion", { KeyId: key.KeyId! });
  await expect(get(call, "a")).rejects.toMatchObject({
    code: "KMS.KMSInvalidStateException",
    message: `${key.Arn} is pending deletion.`,
  });
});

test("storage of a database, cache, file system or registry takes no key that is not there", async () => {
  const { call } = testCloud;
  const missing = `arn:aws:kms:${region}:${account}:key/134f2428-cec1-4b25-a1ae-9048164dba47`;
  const database = {
    Engine: "postgres",
    DBInstanceClass: "db.t4g.micro",
    AllocatedStorage: 20,
    MasterUsername: "app",
    MasterUserPassword: "secret-1",
  };
  await expect(
    call("rds", "CreateDBInstance", { DBInstanceIdentifier: "db", ...database, StorageEncrypted: true, KmsKeyId: missing }),
  ).rejects.toMatchObject({
    code: "KMSKeyNotAccessibleFault",
    message: `The specified KMS key [${missing}] does not exist, is not enabled or you do not have permissions to access it.`,
  });
  await expect(
    call("elasticache", "CreateReplicationGroup", {
      ReplicationGroupId: "cache",
      ReplicationGroupDescription: "x",
      CacheNodeType: "cache.t4g.micro",
      AtRestEncryptionEnabled: true,
      KmsKeyId: missing,
    }),
  ).rejects.toMatchObject({ code: "InvalidKMSKeyFault" });
  await expect(call("efs", "CreateFileSystem", { Encrypted: true, KmsKeyId: missing })).rejects.toMatchObject({ code: "BadRequest" });
  const encryptionConfiguration = { encryptionType: "KMS" as const, kmsKey: missing };
  await expect(call("ecr", "CreateRepository", { repositoryName: "app", encryptionConfiguration })).rejects.toMatchObject({
    code: "KmsException",
    members: { kmsError: "NotFoundException" },
  });
  const key = await newKey();
  const fileSystem = await call("efs", "CreateFileSystem", { Encrypted: true, KmsKeyId: key.Arn! });
  expect(fileSystem).toMatchObject({ Encrypted: true, KmsKeyId: key.Arn });
});
