/** Material that comes from outside, and keys of several Regions. */
import * as crypto from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { account } from "./fixture.ts";

type Simulated = Awaited<ReturnType<typeof startSimulatedCloud>>;
let testCloud: Simulated;
let call: TestCloud["call"];
beforeAll(async () => {
  testCloud = await startSimulatedCloud();
  ({ call } = testCloud);
});
afterAll(() => testCloud[Symbol.asyncDispose]());

const text = Buffer.from("hello");
const publicKeyOf = (der: Uint8Array) => crypto.createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
const oaep = { padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };

test("a symmetric key works once its material is imported, until that is deleted or expires, and takes no other", async () => {
  const { KeyMetadata } = await call("kms", "CreateKey", { Origin: "EXTERNAL" });
  const { KeyId = "", Arn } = KeyMetadata!;
  expect(KeyMetadata).toMatchObject({ KeyState: "PendingImport", Enabled: false, Origin: "EXTERNAL" });
  const encrypt = () => call("kms", "Encrypt", { KeyId, Plaintext: text });
  const pending = { code: "KMSInvalidStateException", message: `${Arn} is pending import.` };
  await expect(encrypt()).rejects.toMatchObject(pending);

  const wrapping = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" } as const;
  const { ImportToken, PublicKey } = await call("kms", "GetParametersForImport", { KeyId, ...wrapping });
  const wrap = (material: Uint8Array) => crypto.publicEncrypt({ key: publicKeyOf(PublicKey!), ...oaep }, material);
  const material = Buffer.alloc(32, 7);
  const given = { KeyId, ImportToken: ImportToken!, EncryptedKeyMaterial: wrap(material) };
  await expect(call("kms", "ImportKeyMaterial", given)).rejects.toMatchObject({
    code: "ValidationException",
    message: "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
  });
  const forEver = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" } as const;
  await call("kms", "ImportKeyMaterial", { ...given, ...forEver });
  const described = (await call("kms", "DescribeKey", { KeyId })).KeyMetadata;
  expect(described).toMatchObject({ KeyState: "Enabled", ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" });
  const { CiphertextBlob } = await encrypt();
  await call("kms", "DeleteImportedKeyMaterial", { KeyId });
  await expect(encrypt()).rejects.toMatchObject(pending);
  await expect(
    call("kms", "ImportKeyMaterial", { ...given, ...forEver, EncryptedKeyMaterial: wrap(Buffer.alloc(32, 8)) }),
  ).rejects.toMatchObject({ code: "IncorrectKeyMaterialException" });
  const ValidTo = new Date(testCloud.cloud.world.clock.nowMs() + 60_000);
  await call("kms", "ImportKeyMaterial", { ...given, ValidTo });
  expect(Buffer.from((await call("kms", "Decrypt", { CiphertextBlob: CiphertextBlob! })).Plaintext!)).toEqual(text);
  await testCloud.world.clock.advance(60_000);
  await expect(encrypt()).rejects.toMatchObject(pending);
});

test("a private key comes under a key of AES that RSA wraps", async () => {
  const { KeyMetadata } = await call("kms", "CreateKey", { Origin: "EXTERNAL", KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const KeyId = KeyMetadata!.KeyId!;
  const { ImportToken, PublicKey } = await call("kms", "GetParametersForImport", {
    KeyId,
    WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256",
    WrappingKeySpec: "RSA_2048",
  });
  const own = crypto.generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const aes = crypto.randomBytes(32);
  const cipher = crypto.createCipheriv("id-aes256-wrap-pad", aes, Buffer.from("a65959a6", "hex"));
  const wrapped = Buffer.concat([cipher.update(own.privateKey.export({ format: "der", type: "pkcs8" })), cipher.final()]);
  const EncryptedKeyMaterial = Buffer.concat([crypto.publicEncrypt({ key: publicKeyOf(PublicKey!), ...oaep }, aes), wrapped]);
  await call("kms", "ImportKeyMaterial", {
    KeyId,
    ImportToken: ImportToken!,
    EncryptedKeyMaterial,
    ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
  });
  const { Signature } = await call("kms", "Sign", { KeyId, Message: text, SigningAlgorithm: "ECDSA_SHA_256" });
  expect(crypto.verify("sha256", text, own.publicKey, Signature!)).toBe(true);
  await expect(
    call("kms", "GetParametersForImport", {
      KeyId: (await call("kms", "CreateKey", {})).KeyMetadata!.KeyId!,
      WrappingAlgorithm: "RSAES_OAEP_SHA_1",
      WrappingKeySpec: "RSA_2048",
    }),
  ).rejects.toMatchObject({
    code: "UnsupportedOperationException",
    message: expect.stringMatching(/ origin is AWS_KMS which is not valid/u),
  });
});

test("a key of several Regions opens in each what another encrypted; its primary goes last", async () => {
  const west = testCloud.cloud.as(rootPrincipal(account), "us-west-2");
  const { KeyMetadata } = await call("kms", "CreateKey", { MultiRegion: true });
  const { KeyId = "", Arn } = KeyMetadata!;
  expect(KeyId).toMatch(/^mrk-[0-9a-f]{32}$/u);
  const { ReplicaKeyMetadata } = await call("kms", "ReplicateKey", { KeyId, ReplicaRegion: "us-west-2" });
  expect(ReplicaKeyMetadata).toMatchObject({
    Arn: `arn:aws:kms:us-west-2:${account}:key/${KeyId}`,
    MultiRegionConfiguration: {
      MultiRegionKeyType: "REPLICA",
      PrimaryKey: { Arn, Region: "eu-central-1" },
      ReplicaKeys: [{ Region: "us-west-2" }],
    },
  });
  const { CiphertextBlob } = await call("kms", "Encrypt", { KeyId, Plaintext: text });
  await call("kms", "RotateKeyOnDemand", { KeyId });
  const opened = await west("kms", "Decrypt", { CiphertextBlob: CiphertextBlob! });
  expect([Buffer.from(opened.Plaintext!), opened.KeyId]).toEqual([text, ReplicaKeyMetadata!.Arn]);
  expect((await west("kms", "ListKeyRotations", { KeyId })).Rotations).toHaveLength(1);
  await expect(west("kms", "RotateKeyOnDemand", { KeyId })).rejects.toMatchObject({ code: "UnsupportedOperationException" });

  await call("kms", "UpdatePrimaryRegion", { KeyId, PrimaryRegion: "us-west-2" });
  await west("kms", "RotateKeyOnDemand", { KeyId });
  const scheduled = await west("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
  expect(scheduled).toMatchObject({ KeyState: "PendingReplicaDeletion" });
  await call("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
  expect((await west("kms", "DescribeKey", { KeyId })).KeyMetadata).toMatchObject({ KeyState: "PendingReplicaDeletion" });
  const single = (await call("kms", "CreateKey", {})).KeyMetadata!.KeyId!;
  await expect(call("kms", "ReplicateKey", { KeyId: single, ReplicaRegion: "us-west-2" })).rejects.toMatchObject({
    code: "UnsupportedOperationException",
  });
});
