/** Keys, aliases and encryption, through AWS's own client. What AWS answers is known from LocalStack's recordings of it and the KMS API Reference. */
import { KMSClient } from "@aws-sdk/client-kms";
import * as kms from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHurriedServer } from "../../server.ts";

type Server = Awaited<ReturnType<typeof startHurriedServer>>;
let server: Server;
let client: KMSClient;
beforeAll(async () => {
  server = await startHurriedServer();
  client = new KMSClient(server.client);
});
afterAll(async () => {
  client.destroy();
  expect(server.reported).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const account = "123456789012";
const dayMs = 86_400_000;
const newKey = async (input: kms.CreateKeyCommandInput = {}) => (await client.send(new kms.CreateKeyCommand(input))).KeyMetadata!;
const describeKey = async (KeyId: string) => (await client.send(new kms.DescribeKeyCommand({ KeyId }))).KeyMetadata!;
const encrypt = async (KeyId: string, text: string, EncryptionContext?: Record<string, string>) =>
  (await client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from(text), ...(EncryptionContext && { EncryptionContext }) })))
    .CiphertextBlob!;
const decrypt = async (CiphertextBlob: Uint8Array, more: Partial<kms.DecryptCommandInput> = {}) =>
  Buffer.from((await client.send(new kms.DecryptCommand({ CiphertextBlob, ...more }))).Plaintext!).toString();
const error = (name: string, message: string) => ({ name, message });

describe("a key", () => {
  test("is made and described as AWS does", async () => {
    const made = await newKey({ Description: "test key 123", Tags: [{ TagKey: "team", TagValue: "web" }] });
    const Arn = `arn:aws:kms:eu-central-1:${account}:key/${made.KeyId}`;
    expect(made).toEqual({
      AWSAccountId: account,
      Arn,
      CreationDate: expect.any(Date),
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/u),
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      Description: "test key 123",
      Enabled: true,
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      KeyId: expect.stringMatching(/^[0-9a-f]{8}-/u),
      KeyManager: "CUSTOMER",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyState: "Enabled",
      KeyUsage: "ENCRYPT_DECRYPT",
      MultiRegion: false,
      Origin: "AWS_KMS",
    });
    expect(await describeKey(Arn)).toEqual(made);
    const { Keys } = await client.send(new kms.ListKeysCommand({}));
    expect(Keys).toContainEqual({ KeyId: made.KeyId, KeyArn: Arn });
    const { Policy } = await client.send(new kms.GetKeyPolicyCommand({ KeyId: made.KeyId }));
    expect(JSON.parse(Policy!)).toMatchObject({ Id: "key-default-1", Statement: [{ Action: "kms:*", Resource: "*" }] });
    expect(await client.send(new kms.ListResourceTagsCommand({ KeyId: made.KeyId }))).toMatchObject({
      Tags: [{ TagKey: "team", TagValue: "web" }],
      Truncated: false,
    });
  });

  test.each([
    ["fake-key-id", "Invalid keyId 'fake-key-id'"],
    [
      "134f2428-cec1-4b25-a1ae-9048164dba47",
      `Key 'arn:aws:kms:eu-central-1:${account}:key/134f2428-cec1-4b25-a1ae-9048164dba47' does not exist`,
    ],
    [
      "mrk-d3b95762d3b95762d3b95762d3b95762",
      `Key 'arn:aws:kms:eu-central-1:${account}:key/mrk-d3b95762d3b95762d3b95762d3b95762' does not exist`,
    ],
    [`arn:aws:kms:us-west-2:${account}:key/134f2428-cec1-4b25-a1ae-9048164dba47`, "Invalid arn us-west-2"],
    ["alias/nothing", `Alias arn:aws:kms:eu-central-1:${account}:alias/nothing is not found.`],
  ])("that is not there: %s", async (KeyId, message) => {
    await expect(describeKey(KeyId)).rejects.toMatchObject(error("NotFoundException", message));
  });

  test("is asked for in the ways that AWS takes", async () => {
    await expect(newKey({ KeySpec: "HMAC_256" })).rejects.toMatchObject(
      error("ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."),
    );
    await expect(newKey({ KeyUsage: "RANDOM" as "SIGN_VERIFY" })).rejects.toThrow(
      "at 'keyUsage' failed to satisfy constraint: Member must satisfy enum",
    );
    await expect(newKey({ Policy: "my policy" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    await expect(newKey({ KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" })).rejects.toMatchObject({ name: "NotImplemented" });
    await expect(newKey({ Tags: [{ TagKey: "aws:x", TagValue: "" }] })).rejects.toMatchObject({ name: "TagException" });
    const twice = [1, 2].map((value) => ({ TagKey: "tag1", TagValue: String(value) }));
    await expect(newKey({ Tags: twice })).rejects.toMatchObject(error("TagException", "Duplicate tag keys"));
  });

  test("encrypts under a context, and nothing else opens it", async () => {
    const { KeyId, Arn } = await newKey();
    const context = { purpose: "orders", tenant: "7" };
    const sealed = await encrypt(KeyId!, "hello", context);
    expect(Buffer.from(sealed).toString("base64")).toMatch(/^AQICAH/u);
    expect(await decrypt(sealed, { EncryptionContext: { tenant: "7", purpose: "orders" } })).toBe("hello");
    await expect(decrypt(sealed)).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    const changed = Buffer.from(sealed);
    changed[changed.length - 1]! ^= 1;
    await expect(decrypt(changed, { EncryptionContext: context })).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    await expect(decrypt(Buffer.from("rubbish"))).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    const other = await newKey();
    await expect(decrypt(sealed, { KeyId: other.KeyId, EncryptionContext: context })).rejects.toMatchObject(
      error("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."),
    );
    const moved = await client.send(
      new kms.ReEncryptCommand({ CiphertextBlob: sealed, SourceEncryptionContext: context, DestinationKeyId: other.KeyId }),
    );
    expect([moved.SourceKeyId, moved.KeyId]).toEqual([Arn, other.Arn]);
    expect(await decrypt(moved.CiphertextBlob!)).toBe("hello");
  });

  test.each([
    [0, "greater than or equal to 1"],
    [4097, "less than or equal to 4096"],
  ])("takes no plaintext of %i bytes", async (length, bound) => {
    const { KeyId } = await newKey();
    await expect(encrypt(KeyId!, "x".repeat(length))).rejects.toMatchObject(
      error(
        "ValidationException",
        `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length ${bound}`,
      ),
    );
  });

  test("gives data keys, whose ciphertext opens to the same", async () => {
    const { KeyId, Arn } = await newKey();
    const made = await client.send(new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    expect([made.KeyId, made.Plaintext!.length]).toEqual([Arn, 32]);
    const { Plaintext } = await client.send(new kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(Plaintext).toEqual(made.Plaintext);
    const without = await client.send(new kms.GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 64 }));
    expect(without).not.toHaveProperty("Plaintext");
    expect((await client.send(new kms.DecryptCommand({ CiphertextBlob: without.CiphertextBlob }))).Plaintext).toHaveLength(64);
    await expect(client.send(new kms.GenerateDataKeyCommand({ KeyId }))).rejects.toMatchObject({ name: "ValidationException" });
    await expect(client.send(new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_128", DryRun: true }))).rejects.toMatchObject({
      name: "DryRunOperationException",
    });
  });

  test("that is disabled or about to go opens nothing until it is back", async () => {
    const { KeyId, Arn } = await newKey();
    const sealed = await encrypt(KeyId!, "hello");
    await client.send(new kms.DisableKeyCommand({ KeyId }));
    await expect(decrypt(sealed)).rejects.toMatchObject(error("DisabledException", `${Arn} is disabled.`));
    const nowMs = server.clock.nowMs();
    const scheduled = await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(scheduled).toMatchObject({ KeyId: Arn, KeyState: "PendingDeletion", PendingWindowInDays: 7 });
    expect(scheduled.DeletionDate!.getTime()).toBeGreaterThanOrEqual(Math.floor(nowMs / 1000) * 1000 + 7 * dayMs);
    await expect(decrypt(sealed)).rejects.toMatchObject(error("KMSInvalidStateException", `${Arn} is pending deletion.`));
    await client.send(new kms.CancelKeyDeletionCommand({ KeyId }));
    await expect(client.send(new kms.CancelKeyDeletionCommand({ KeyId }))).rejects.toMatchObject(
      error("KMSInvalidStateException", `${Arn} is not pending deletion.`),
    );
    expect(await describeKey(KeyId!)).toMatchObject({ KeyState: "Disabled", Enabled: false });
    await client.send(new kms.EnableKeyCommand({ KeyId }));
    expect(await decrypt(sealed)).toBe("hello");
  });

  test("is gone with its aliases when its time is over, and what it encrypted is lost", async () => {
    const { KeyId } = await newKey();
    await client.send(new kms.CreateAliasCommand({ AliasName: "alias/gone", TargetKeyId: KeyId }));
    const sealed = await encrypt("alias/gone", "hello");
    await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    server.clock.skip(7 * dayMs);
    await expect(describeKey(KeyId!)).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(describeKey("alias/gone")).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(decrypt(sealed)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(/^The ciphertext refers to/u),
    });
    expect(server.cloud.store.collection("kms.material").has("global", KeyId!)).toBe(false);
  });

  test("rotates by itself and on demand, and old ciphertexts open", async () => {
    const { KeyId } = await newKey();
    await client.send(new kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const { NextRotationDate: next, ...status } = await client.send(new kms.GetKeyRotationStatusCommand({ KeyId }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    expect(next!.getTime() - server.clock.nowMs()).toBeGreaterThan(89 * dayMs);
    const [first] = [await encrypt(KeyId!, "first")];
    server.clock.skip(90 * dayMs);
    const second = await encrypt(KeyId!, "second");
    await client.send(new kms.RotateKeyOnDemandCommand({ KeyId }));
    const { Rotations } = await client.send(new kms.ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toMatchObject([{ RotationType: "AUTOMATIC", RotationDate: next }, { RotationType: "ON_DEMAND" }]);
    expect([await decrypt(first!), await decrypt(second), await decrypt(await encrypt(KeyId!, "third"))]).toEqual([
      "first",
      "second",
      "third",
    ]);
    const ids = new Set([first!, second].map((blob) => Buffer.from(blob).subarray(41, 73).toString("hex")));
    expect(ids.size).toBe(2);
    const page = await client.send(new kms.ListKeyRotationsCommand({ KeyId, Limit: 1, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }));
    expect(page).toMatchObject({ Truncated: true, Rotations: [{ KeyMaterialState: "NON_CURRENT" }] });
    const rest = await client.send(
      new kms.ListKeyRotationsCommand({ KeyId, Marker: page.NextMarker, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }),
    );
    expect(rest.Rotations).toHaveLength(2);
    await client.send(new kms.DisableKeyRotationCommand({ KeyId }));
    expect(await client.send(new kms.GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({ KeyRotationEnabled: false });
  });
});

describe("an alias", () => {
  test("names a key, can be moved, and is listed beside AWS's own", async () => {
    const [one, other] = [await newKey(), await newKey()];
    await client.send(new kms.CreateAliasCommand({ AliasName: "alias/orders", TargetKeyId: one.Arn }));
    expect((await describeKey("alias/orders")).KeyId).toBe(one.KeyId);
    expect((await describeKey(`arn:aws:kms:eu-central-1:${account}:alias/orders`)).KeyId).toBe(one.KeyId);
    await client.send(new kms.UpdateAliasCommand({ AliasName: "alias/orders", TargetKeyId: other.KeyId }));
    const { Aliases } = await client.send(new kms.ListAliasesCommand({ KeyId: other.KeyId }));
    expect(Aliases).toMatchObject([
      { AliasName: "alias/orders", AliasArn: `arn:aws:kms:eu-central-1:${account}:alias/orders`, TargetKeyId: other.KeyId },
    ]);
    const all = (await client.send(new kms.ListAliasesCommand({}))).Aliases!;
    expect(all.find(({ AliasName }) => AliasName === "alias/aws/ebs")).not.toHaveProperty("TargetKeyId");
    await client.send(new kms.DeleteAliasCommand({ AliasName: "alias/orders" }));
    await expect(client.send(new kms.DeleteAliasCommand({ AliasName: "alias/orders" }))).rejects.toMatchObject(
      error("NotFoundException", `Alias arn:aws:kms:eu-central-1:${account}:alias/orders is not found.`),
    );
  });

  test.each([
    ["orders", "ValidationException", /^Alias must start with the prefix "alias\/"/u],
    ["alias/aws/mine", "NotAuthorizedException", /^/u],
    ["alias/a:b", "ValidationException", /^alias\/a:b contains invalid characters for an alias$/u],
    ["alias/a b", "ValidationException", /at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern/u],
  ])("cannot be called %s", async (AliasName, name, message) => {
    const { KeyId } = await newKey();
    await expect(client.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  test("is of one key at a time, and operations that change a key do not take it", async () => {
    const { KeyId } = await newKey();
    await client.send(new kms.CreateAliasCommand({ AliasName: "alias/once", TargetKeyId: KeyId }));
    const again = client.send(new kms.CreateAliasCommand({ AliasName: "alias/once", TargetKeyId: KeyId }));
    const arn = `arn:aws:kms:eu-central-1:${account}:alias/once`;
    await expect(again).rejects.toMatchObject(error("AlreadyExistsException", `An alias with the name ${arn} already exists`));
    const ofAlias = client.send(new kms.CreateAliasCommand({ AliasName: "alias/second", TargetKeyId: "alias/once" }));
    await expect(ofAlias).rejects.toMatchObject(error("ValidationException", "Aliases must refer to keys. Not aliases"));
    const rotation = client.send(new kms.EnableKeyRotationCommand({ KeyId: "alias/once" }));
    await expect(rotation).rejects.toMatchObject(error("NotFoundException", "Invalid keyId 'alias/once'"));
  });

  test("of a service that AWS manages gets its key when it is first named, and only the service uses that", async () => {
    const { KeyManager, Description, KeyId } = await describeKey("alias/aws/sqs");
    expect([KeyManager, Description]).toEqual(["AWS", "Default key that protects my SQS messages when no other key is defined"]);
    expect((await describeKey("alias/aws/sqs")).KeyId).toBe(KeyId);
    await expect(encrypt("alias/aws/sqs", "x")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(
        /is not authorized to perform: kms:Encrypt on resource: .* because no resource-based policy allows the kms:Encrypt action$/u,
      ),
    });
    await expect(client.send(new kms.DisableKeyCommand({ KeyId }))).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

test.each([
  [undefined, "NumberOfBytes is required."],
  [
    0,
    "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    1025,
    "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
  ],
])("GenerateRandom of %s bytes is refused", async (NumberOfBytes, message) => {
  await expect(client.send(new kms.GenerateRandomCommand({ NumberOfBytes }))).rejects.toMatchObject(error("ValidationException", message));
});

test("GenerateRandom gives that many bytes", async () => {
  expect((await client.send(new kms.GenerateRandomCommand({ NumberOfBytes: 91 }))).Plaintext).toHaveLength(91);
});
