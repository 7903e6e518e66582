/** GenerateDataKey, GenerateDataKeyPair, the two without plaintext, and GenerateRandom. */
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { checkContext, checkUse, encryptWith, materialShown } from "../encryption.ts";
import { dryRun, notServedHere, validation } from "../errors.ts";
import { resolveKey } from "../key-reference.ts";
import { servedSpec } from "../key-spec.ts";
import { newPrivateKey, pairOf } from "../material.ts";

interface DataKeyInput {
  KeyId: string;
  EncryptionContext?: Record<string, string> | undefined;
  NumberOfBytes?: number | undefined;
  KeySpec?: string | undefined;
  DryRun?: boolean | undefined;
  Recipient?: object | undefined;
}

const algorithm = "SYMMETRIC_DEFAULT";
const randomBytes = { range: [1, 1024] } as const;

function newDataKey(input: DataKeyInput, context: OperationContext, operation: string) {
  const { NumberOfBytes: count, KeySpec: spec } = input;
  checkConstraints("ValidationException", {
    numberOfBytes: [count, randomBytes],
    keySpec: [spec, { enum: ["AES_256", "AES_128"] }],
  });
  if ((count === undefined) === (spec === undefined)) {
    throw validation("Please specify either number of bytes or key spec.");
  }
  if (input.Recipient) throw notServedHere("encrypt answers for Nitro enclaves");
  const { cloud } = context;
  const key = resolveKey(context, input.KeyId);
  const asked = { algorithm, context: checkContext(input.EncryptionContext), operation } as const;
  checkUse(cloud, key, asked);
  if (input.DryRun) throw dryRun();
  const plaintext = cloud.world.random.bytes(count ?? (spec === "AES_128" ? 16 : 32));
  const sealed = encryptWith(cloud, key, plaintext, asked);
  return { plaintext, answer: { CiphertextBlob: sealed, KeyId: key.arn, ...materialShown(key, sealed) } };
}

export const generateDataKey = operation("kms", "GenerateDataKey", (input, context) => {
  const { plaintext, answer } = newDataKey(input, context, "GenerateDataKey");
  return { ...answer, Plaintext: plaintext };
});

export const generateDataKeyWithoutPlaintext = operation(
  "kms",
  "GenerateDataKeyWithoutPlaintext",
  (input, context) => newDataKey(input, context, "GenerateDataKeyWithoutPlaintext").answer,
);

const pairSpecs = [
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SM2",
  "ECC_NIST_EDWARDS25519",
];

interface PairInput {
  KeyId: string;
  KeyPairSpec: string;
  EncryptionContext?: Record<string, string> | undefined;
  DryRun?: boolean | undefined;
  Recipient?: object | undefined;
}

async function newPair(input: PairInput, context: OperationContext, operation: string) {
  checkConstraints("ValidationException", { keyPairSpec: [input.KeyPairSpec, { enum: pairSpecs }] });
  if (input.Recipient) throw notServedHere("encrypt answers for Nitro enclaves");
  const spec = servedSpec(input.KeyPairSpec);
  const asked = { algorithm, context: checkContext(input.EncryptionContext), operation } as const;
  checkUse(context.cloud, resolveKey(context, input.KeyId), asked);
  if (input.DryRun) throw dryRun();
  const privateKey = await newPrivateKey(spec);
  // Anew: the key may have been disabled while the pair was made.
  const key = resolveKey(context, input.KeyId);
  const sealed = encryptWith(context.cloud, key, privateKey, asked);
  const publicKey = pairOf(privateKey).publicKey.export({ format: "der", type: "spki" });
  const answer = {
    PrivateKeyCiphertextBlob: sealed,
    PublicKey: publicKey,
    KeyId: key.arn,
    KeyPairSpec: spec as "RSA_2048",
    ...materialShown(key, sealed),
  };
  return { privateKey, answer };
}

export const generateDataKeyPair = operation("kms", "GenerateDataKeyPair", async (input, context) => {
  const { privateKey, answer } = await newPair(input, context, "GenerateDataKeyPair");
  return { ...answer, PrivateKeyPlaintext: privateKey };
});

export const generateDataKeyPairWithoutPlaintext = operation(
  "kms",
  "GenerateDataKeyPairWithoutPlaintext",
  async (input, context) => (await newPair(input, context, "GenerateDataKeyPairWithoutPlaintext")).answer,
);

export const generateRandom = operation("kms", "GenerateRandom", (input, { cloud }) => {
  if (input.NumberOfBytes === undefined) throw validation("NumberOfBytes is required.");
  if (input.CustomKeyStoreId !== undefined) throw notServedHere("have custom key stores");
  if (input.Recipient) throw notServedHere("encrypt answers for Nitro enclaves");
  checkConstraints("ValidationException", { numberOfBytes: [input.NumberOfBytes, randomBytes] });
  return { Plaintext: cloud.world.random.bytes(input.NumberOfBytes) };
});
