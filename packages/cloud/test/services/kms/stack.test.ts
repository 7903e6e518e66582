/** Keys and aliases as CloudFormation makes them: what changes in place, what an interrupted act finds again, what goes and how; and a stack all of which is under its key. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ResourceRequest } from "../../../src/resource.ts";
import { alias } from "../../../src/services/kms/resources/Alias.ts";
import { key } from "../../../src/services/kms/resources/Key.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

let testCloud: TestCloud;
beforeAll(async () => {
  testCloud = await startSimulatedCloud();
});
afterAll(() => testCloud[Symbol.asyncDispose]());

type KeyProperties = ResourceProperties["AWS::KMS::Key"];

function request<P>(properties: P, token: string): ResourceRequest<P> {
  return {
    cloud: testCloud.cloud,
    account: "123456789012",
    region: "eu-central-1",
    call: testCloud.call,
    callIn: () => testCloud.call,
    stackName: "app",
    stackId: "arn:aws:cloudformation:eu-central-1:123456789012:stack/app/1",
    logicalId: "Key",
    properties,
    tags: { team: "web", "aws:cloudformation:logical-id": "Key" },
    token: token.repeat(32),
    physicalName: () => "app-Key",
    signal: new AbortController().signal,
  };
}

const described = async (KeyId: string) => (await testCloud.call("kms", "DescribeKey", { KeyId })).KeyMetadata!;

test("a key is made with its policy, rotation and tags, and changed in place", async () => {
  const KeyPolicy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*", Resource: "*" }],
  };
  const before: KeyProperties = { Description: "one", EnableKeyRotation: true, KeyPolicy, Tags: [{ Key: "old", Value: "1" }] };
  const made = await key.create(request(before, "a"));
  const KeyId = made.physicalId;
  expect(made.attributes).toEqual({ Arn: `arn:aws:kms:eu-central-1:123456789012:key/${KeyId}`, KeyId });
  expect(await testCloud.call("kms", "GetKeyRotationStatus", { KeyId })).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
  });

  const after: KeyProperties = {
    Description: "two",
    Enabled: false,
    KeyPolicy: { ...KeyPolicy, Id: "second" },
    EnableKeyRotation: true,
    RotationPeriodInDays: 180,
    Tags: [{ Key: "new", Value: "2" }],
  };
  expect(await key.update!({ ...request(after, "b"), physicalId: KeyId, previous: before })).toEqual(made);
  expect(await described(KeyId)).toMatchObject({ Description: "two", KeyState: "Disabled" });
  expect(await testCloud.call("kms", "GetKeyRotationStatus", { KeyId })).toMatchObject({ RotationPeriodInDays: 180 });
  expect(JSON.parse((await testCloud.call("kms", "GetKeyPolicy", { KeyId })).Policy!)).toMatchObject({ Id: "second" });
  const { Tags } = await testCloud.call("kms", "ListResourceTags", { KeyId });
  expect(Object.fromEntries(Tags!.map(({ TagKey, TagValue }) => [TagKey, TagValue]))).toEqual({
    "aws:cloudformation:logical-id": "Key",
    new: "2",
    team: "web",
  });

  await key.update!({ ...request({ ...after, Enabled: true }, "c"), physicalId: KeyId, previous: after });
  expect(await described(KeyId)).toMatchObject({ KeyState: "Enabled" });
});

test("what makes another key of it replaces it, a description does not", () => {
  const changes = (changed: string[]) => key.replaces!({ properties: {}, previous: {}, changed });
  expect([changes(["KeySpec"]), changes(["MultiRegion", "Description"]), changes(["Description"])]).toEqual([true, true, false]);
});

test("an interrupted act finds the key that it made, settled", async () => {
  const wanted: KeyProperties = { EnableKeyRotation: true, Enabled: false };
  expect(await key.find!(request(wanted, "d"))).toBeUndefined();
  const made = await key.create(request({ Enabled: true }, "d"));
  expect(await key.find!(request(wanted, "d"))).toEqual(made);
  expect(await described(made.physicalId)).toMatchObject({ KeyState: "Disabled" });
  expect(await testCloud.call("kms", "GetKeyRotationStatus", { KeyId: made.physicalId })).toMatchObject({ KeyRotationEnabled: true });
});

test("a key that goes waits for its deletion, once", async () => {
  const { physicalId } = await key.create(request({ PendingWindowInDays: 7 }, "e"));
  const going = { ...request({ PendingWindowInDays: 7 }, "f"), physicalId, policy: "Delete" as const };
  await key.delete(going);
  const { KeyState, DeletionDate } = await described(physicalId);
  expect([KeyState, DeletionDate!.getTime() - testCloud.cloud.world.clock.nowMs()]).toEqual(["PendingDeletion", 7 * 86_400_000]);
  await key.delete(going);
});

test("an alias moves from key to key, is found again, and goes", async () => {
  const [one, other] = [await key.create(request({}, "1")), await key.create(request({}, "2"))];
  const properties = { AliasName: "alias/stack", TargetKeyId: one.attributes["Arn"] as string };
  expect(await alias.find!(request(properties, "3"))).toBeUndefined();
  expect(await alias.create(request(properties, "3"))).toEqual({ physicalId: "alias/stack", attributes: {} });
  expect(await alias.find!(request(properties, "3"))).toBeDefined();
  const moved = { ...properties, TargetKeyId: other.physicalId };
  expect(await alias.find!(request(moved, "4"))).toBeUndefined();
  await alias.update!({ ...request(moved, "4"), physicalId: "alias/stack", previous: properties });
  expect((await described("alias/stack")).KeyId).toBe(other.physicalId);
  for (const token of ["5", "6"]) await alias.delete({ ...request(moved, token), physicalId: "alias/stack", policy: "Delete" });
  await expect(described("alias/stack")).rejects.toMatchObject({ code: "NotFoundException" });
});

test("a stack's secret, log group, queue and topic are under the stack's own key, which waits for its deletion when the stack goes", async () => {
  const { call } = testCloud;
  const Key = { "Fn::GetAtt": ["Key", "Arn"] };
  const statement = (Principal: object, Action: unknown = "kms:*", more: object = {}) => ({
    Effect: "Allow",
    Principal,
    Action,
    Resource: "*",
    ...more,
  });
  const TemplateBody = JSON.stringify({
    Resources: {
      Key: {
        Type: "AWS::KMS::Key",
        Properties: {
          EnableKeyRotation: true,
          PendingWindowInDays: 7,
          KeyPolicy: {
            Version: "2012-10-17",
            Statement: [
              statement({ AWS: { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root" } }),
              statement({ Service: { "Fn::Sub": "logs.${AWS::Region}.amazonaws.com" } }, [
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:GenerateDataKey*",
              ]),
            ],
          },
        },
      },
      Alias: { Type: "AWS::KMS::Alias", Properties: { AliasName: "alias/stack-of-keys", TargetKeyId: { Ref: "Key" } } },
      Logs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/stack-of-keys", KmsKeyId: Key } },
      Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "stack-of-keys", SecretString: "x", KmsKeyId: Key } },
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "stack-of-keys", SqsManagedSseEnabled: false, KmsMasterKeyId: Key } },
      Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "stack-of-keys", KmsMasterKeyId: { Ref: "Alias" } } },
    },
  });
  const { StackId: StackName = "" } = await call("cloudformation", "CreateStack", { StackName: "stack-of-keys", TemplateBody });
  const status = async () => (await call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!.StackStatus;
  await expect.poll(status).toBe("CREATE_COMPLETE");
  const { KeyId = "", Arn } = await described("alias/stack-of-keys");
  expect((await call("logs", "DescribeLogGroups", { logGroupNamePrefix: "/stack-of-keys" })).logGroups).toMatchObject([{ kmsKeyId: Arn }]);
  expect((await call("secretsmanager", "GetSecretValue", { SecretId: "stack-of-keys" })).SecretString).toBe("x");
  const { Tags } = await call("kms", "ListResourceTags", { KeyId });
  expect(Tags).toContainEqual({ TagKey: "aws:cloudformation:stack-name", TagValue: "stack-of-keys" });

  await call("cloudformation", "DeleteStack", { StackName });
  await expect.poll(status).toBe("DELETE_COMPLETE");
  expect((await described(KeyId)).KeyState).toBe("PendingDeletion");
  await expect(described("alias/stack-of-keys")).rejects.toMatchObject({ code: "NotFoundException" });
});
