/** Sign, Verify, GenerateMac, VerifyMac, GetPublicKey and DeriveSharedSecret. */
import { createHmac, createPublicKey, diffieHellman, type KeyObject, timingSafeEqual } from "node:crypto";
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { dryRun, invalidMac, invalidSignature, notServedHere, unsupported, validation, wrongAlgorithm, wrongUsage } from "../errors.ts";
import { checkState, type Key } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { algorithmsOf, isSymmetric, type KeyUsage, macAlgorithms, type SigningAlgorithm, signingAlgorithms, works } from "../key-spec.ts";
import { keyPair, materialsOf, secretBytes } from "../material.ts";
import { isSignature, type Signed, signatureOf } from "../signatures.ts";

const messageBytes = { length: [1, 4096], hidden: true } as const;

/** The key, if it is of this usage and enabled. */
function usable(context: OperationContext, reference: string, usage: KeyUsage, operation: string, algorithm?: string): Key {
  const key = resolveKey(context, reference);
  checkState(context.cloud, key);
  if (key.usage !== usage) throw wrongUsage(key.arn, key.usage, operation);
  if (algorithm !== undefined && !works(key.spec, algorithm)) throw wrongAlgorithm(algorithm, key.spec);
  return key;
}

interface SignInput {
  Message: Uint8Array;
  MessageType?: string | undefined;
  SigningAlgorithm: string;
}

function signedOf({ Message, MessageType = "RAW", SigningAlgorithm }: SignInput): Signed {
  checkConstraints("ValidationException", {
    message: [Message, messageBytes],
    messageType: [MessageType, { enum: ["RAW", "DIGEST", "EXTERNAL_MU"] }],
    signingAlgorithm: [SigningAlgorithm, { enum: signingAlgorithms }],
  });
  if (MessageType === "EXTERNAL_MU") throw notServedHere("sign with ML-DSA");
  return { algorithm: SigningAlgorithm as SigningAlgorithm, digest: MessageType === "DIGEST", message: Message };
}

const pairOfKey = ({ cloud }: OperationContext, key: Key) => keyPair(cloud, key.id, materialsOf(cloud, key.id).at(-1)!);

export const sign = operation("kms", "Sign", (input, context) => {
  const signed = signedOf(input);
  const key = usable(context, input.KeyId, "SIGN_VERIFY", "Sign", signed.algorithm);
  if (input.DryRun) throw dryRun();
  const Signature = signatureOf(context.cloud.world.random, pairOfKey(context, key), signed);
  return { KeyId: key.arn, Signature, SigningAlgorithm: input.SigningAlgorithm };
});

export const verify = operation("kms", "Verify", (input, context) => {
  checkConstraints("ValidationException", { signature: [input.Signature, { length: [1, 6144], hidden: true }] });
  const signed = signedOf(input);
  const key = usable(context, input.KeyId, "SIGN_VERIFY", "Verify", signed.algorithm);
  if (input.DryRun) throw dryRun();
  if (!isSignature(pairOfKey(context, key), signed, input.Signature)) throw invalidSignature();
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
});

interface MacInput {
  KeyId: string;
  Message: Uint8Array;
  MacAlgorithm: string;
  DryRun?: boolean | undefined;
}

function macOf(input: MacInput, context: OperationContext, operation: string): { key: Key; mac: Buffer } {
  checkConstraints("ValidationException", {
    message: [input.Message, messageBytes],
    macAlgorithm: [input.MacAlgorithm, { enum: macAlgorithms }],
  });
  const key = usable(context, input.KeyId, "GENERATE_VERIFY_MAC", operation, input.MacAlgorithm);
  if (input.DryRun) throw dryRun();
  const secret = secretBytes(context.cloud, key.id, materialsOf(context.cloud, key.id).at(-1)!);
  return {
    key,
    mac: createHmac(`sha${input.MacAlgorithm.slice(-3)}`, secret)
      .update(input.Message)
      .digest(),
  };
}

export const generateMac = operation("kms", "GenerateMac", (input, context) => {
  const { key, mac } = macOf(input, context, "GenerateMac");
  return { KeyId: key.arn, Mac: mac, MacAlgorithm: input.MacAlgorithm };
});

export const verifyMac = operation("kms", "VerifyMac", (input, context) => {
  checkConstraints("ValidationException", { mac: [input.Mac, { length: [1, 6144], hidden: true }] });
  const { key, mac } = macOf(input, context, "VerifyMac");
  if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) throw invalidMac();
  return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
});

export const getPublicKey = operation("kms", "GetPublicKey", ({ KeyId }, context) => {
  const key = resolveKey(context, KeyId);
  if (isSymmetric(key.spec)) throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`);
  checkState(context.cloud, key);
  return {
    KeyId: key.arn,
    PublicKey: pairOfKey(context, key).publicKey.export({ format: "der", type: "spki" }),
    CustomerMasterKeySpec: key.spec as "RSA_2048",
    KeySpec: key.spec,
    KeyUsage: key.usage,
    ...algorithmsOf(key.spec, key.usage),
  };
});

export const deriveSharedSecret = operation("kms", "DeriveSharedSecret", (input, context) => {
  checkConstraints("ValidationException", {
    keyAgreementAlgorithm: [input.KeyAgreementAlgorithm, { enum: ["ECDH"] }],
    publicKey: [input.PublicKey, { length: [1, 8192], hidden: true }],
  });
  if (input.Recipient) throw notServedHere("encrypt answers for Nitro enclaves");
  const key = usable(context, input.KeyId, "KEY_AGREEMENT", "DeriveSharedSecret");
  if (input.DryRun) throw dryRun();
  const { privateKey } = pairOfKey(context, key);
  const publicKey = readPublicKey(input.PublicKey);
  const curve = ({ asymmetricKeyDetails }: KeyObject) => asymmetricKeyDetails?.namedCurve;
  if (!publicKey || curve(publicKey) !== curve(privateKey)) throw validation("The public key is not a point of the curve of the KMS key.");
  return {
    KeyId: key.arn,
    SharedSecret: diffieHellman({ privateKey, publicKey }),
    KeyAgreementAlgorithm: "ECDH" as const,
    KeyOrigin: key.origin,
  };
});

function readPublicKey(bytes: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(bytes), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
