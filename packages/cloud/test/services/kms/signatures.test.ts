/** Asymmetric keys and HMAC keys: what KMS signs, node's own cryptography verifies, and the other way round. */
import * as crypto from "node:crypto";
import * as kms from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signDigest, verifyDigest } from "../../../src/services/kms/curve.ts";
import { startSimulatedServer } from "../../server.ts";

type Server = Awaited<ReturnType<typeof startSimulatedServer>>;
let server: Server;
let client: kms.KMSClient;
beforeAll(async () => {
  server = await startSimulatedServer();
  client = new kms.KMSClient(server.client);
});
afterAll(async () => {
  client.destroy();
  expect(server.reported).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const made = new Map<string, Promise<kms.KeyMetadata>>();
/** Keys of RSA take their time: one of each kind. */
function keyOf(KeySpec: kms.KeySpec, KeyUsage: kms.KeyUsageType): Promise<kms.KeyMetadata> {
  const name = `${KeySpec} ${KeyUsage}`;
  if (!made.has(name))
    made.set(
      name,
      client.send(new kms.CreateKeyCommand({ KeySpec, KeyUsage })).then(({ KeyMetadata }) => KeyMetadata!),
    );
  return made.get(name)!;
}
const publicKeyOf = async (KeyId: string) => {
  const { PublicKey } = await client.send(new kms.GetPublicKeyCommand({ KeyId }));
  return crypto.createPublicKey({ key: Buffer.from(PublicKey!), format: "der", type: "spki" });
};
const text = Buffer.from("test message !%$@ 1234567890");

describe.each([
  ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ["RSA_2048", "RSASSA_PSS_SHA_512"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
] as const)("%s with %s", (spec, SigningAlgorithm) => {
  const hash = `sha${SigningAlgorithm.slice(-3)}`;
  const digest = crypto.createHash(hash).update(text).digest();
  const byNode = async (KeyId: string, signature: Uint8Array) => {
    const key = await publicKeyOf(KeyId);
    const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: digest.length };
    return crypto.verify(hash, text, { key, ...(SigningAlgorithm.includes("PSS") && pss) }, signature);
  };

  test("signs a message and its digest alike, and finds what is forged", async () => {
    const { KeyId, Arn } = await keyOf(spec, "SIGN_VERIFY");
    const messages = [
      { MessageType: "RAW", Message: text },
      { MessageType: "DIGEST", Message: digest },
    ] as const;
    for (const by of messages) {
      const { Signature, ...rest } = await client.send(new kms.SignCommand({ KeyId, SigningAlgorithm, ...by }));
      expect(rest).toMatchObject({ KeyId: Arn, SigningAlgorithm });
      expect(await byNode(KeyId!, Signature!)).toBe(true);
      for (const check of messages) {
        const verified = await client.send(new kms.VerifyCommand({ KeyId, SigningAlgorithm, Signature, ...check }));
        expect(verified).toMatchObject({ KeyId: Arn, SignatureValid: true });
      }
      const other = { MessageType: "RAW" as const, Message: Buffer.from("bad message 321") };
      const forged = [
        new kms.VerifyCommand({ KeyId, SigningAlgorithm, Signature, ...other }),
        new kms.VerifyCommand({ KeyId, SigningAlgorithm, Signature, MessageType: "DIGEST", Message: Buffer.alloc(digest.length, 7) }),
        new kms.VerifyCommand({ KeyId, SigningAlgorithm, Signature: Buffer.from("rubbish"), ...by }),
      ];
      for (const command of forged) await expect(client.send(command)).rejects.toMatchObject({ name: "KMSInvalidSignatureException" });
    }
    await expect(client.send(new kms.SignCommand({ KeyId, SigningAlgorithm, MessageType: "DIGEST", Message: text }))).rejects.toMatchObject(
      { name: "ValidationException", message: `Digest is invalid length for algorithm ${SigningAlgorithm}.` },
    );
  });
});

test("digests signed by node are verified, and a hundred of ours by node", () => {
  const { random } = server.world;
  for (const namedCurve of ["prime256v1", "secp384r1", "secp521r1", "secp256k1"]) {
    const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve });
    for (let round = 0; round < 25; round++) {
      const message = Buffer.from(`message ${round}`);
      const digest = crypto.createHash("sha256").update(message).digest();
      expect(verifyDigest(publicKey, digest, crypto.sign("sha256", message, privateKey))).toBe(true);
      expect(crypto.verify("sha256", message, publicKey, signDigest(random, privateKey, digest))).toBe(true);
    }
  }
});

test("a key of RSA opens what others encrypt with its public half, within its size", async () => {
  const { KeyId, Arn } = await keyOf("RSA_2048", "ENCRYPT_DECRYPT");
  const key = await publicKeyOf(KeyId!);
  const oaep = { padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const CiphertextBlob = crypto.publicEncrypt({ key, ...oaep }, text);
  const EncryptionAlgorithm = "RSAES_OAEP_SHA_256" as const;
  const { Plaintext } = await client.send(new kms.DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
  expect(Buffer.from(Plaintext!)).toEqual(text);
  await expect(client.send(new kms.EncryptCommand({ KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(191) }))).rejects.toMatchObject({
    message: "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
  });
  await expect(client.send(new kms.EncryptCommand({ KeyId, Plaintext: text }))).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
    message: "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
  });
  await expect(client.send(new kms.SignCommand({ KeyId, Message: text, SigningAlgorithm: "RSASSA_PSS_SHA_256" }))).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
    message: `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
  });
});

test.each(["224", "256", "384", "512"] as const)("HMAC_%s makes and verifies codes", async (size) => {
  const { KeyId, Arn } = await keyOf(`HMAC_${size}`, "GENERATE_VERIFY_MAC");
  const MacAlgorithm = `HMAC_SHA_${size}` as const;
  const { Mac, ...rest } = await client.send(new kms.GenerateMacCommand({ KeyId, Message: text, MacAlgorithm }));
  expect([rest.KeyId, Mac!.length]).toEqual([Arn, Number(size) / 8]);
  const verify = (Message: Uint8Array) => client.send(new kms.VerifyMacCommand({ KeyId, Message, Mac, MacAlgorithm }));
  expect(await verify(text)).toMatchObject({ MacValid: true, MacAlgorithm });
  await expect(verify(Buffer.from("other"))).rejects.toMatchObject({ name: "KMSInvalidMacException" });
  const wrong = size === "256" ? "HMAC_SHA_512" : "HMAC_SHA_256";
  await expect(client.send(new kms.GenerateMacCommand({ KeyId, Message: text, MacAlgorithm: wrong }))).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
    message: `Algorithm ${wrong} is incompatible with key spec HMAC_${size}.`,
  });
});

test("two keys of a curve derive the same secret, Ed25519 signs, and data key pairs are whole", async () => {
  const { KeyId } = await keyOf("ECC_NIST_P256", "KEY_AGREEMENT");
  const own = crypto.generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const PublicKey = own.publicKey.export({ format: "der", type: "spki" });
  const { SharedSecret } = await client.send(new kms.DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey }));
  const theirs = crypto.diffieHellman({ privateKey: own.privateKey, publicKey: await publicKeyOf(KeyId!) });
  expect(Buffer.from(SharedSecret!)).toEqual(theirs);

  const edwards = await keyOf("ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
  const { Signature } = await client.send(
    new kms.SignCommand({ KeyId: edwards.KeyId, Message: text, SigningAlgorithm: "ED25519_SHA_512" }),
  );
  expect(crypto.verify(null, text, await publicKeyOf(edwards.KeyId!), Signature!)).toBe(true);

  const symmetric = await keyOf("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
  const pair = await client.send(new kms.GenerateDataKeyPairCommand({ KeyId: symmetric.KeyId, KeyPairSpec: "ECC_NIST_P384" }));
  const opened = await client.send(new kms.DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }));
  expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext);
  const privateKey = crypto.createPrivateKey({ key: Buffer.from(pair.PrivateKeyPlaintext!), format: "der", type: "pkcs8" });
  expect(crypto.createPublicKey(privateKey).export({ format: "der", type: "spki" })).toEqual(Buffer.from(pair.PublicKey!));
});
