/** Encrypting and decrypting with a key, whatever its kind. */
import { constants, privateDecrypt, publicEncrypt } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { checkConstraints } from "../../constraints.ts";
import { keyIdIn, materialIdIn, open, seal } from "./ciphertext.ts";
import { incorrectKey, invalidCiphertext, unknownCiphertext, validation, wrongAlgorithm, wrongUsage } from "./errors.ts";
import type { EncryptionContext } from "./grants.ts";
import { checkState, findKey, type Key, type Place } from "./key.ts";
import { type EncryptionAlgorithm, works } from "./key-spec.ts";
import { resolveKey } from "./key-reference.ts";
import { keyPair, materialsOf } from "./material.ts";
import { rotatedMaterials } from "./rotation.ts";

interface Asked {
  algorithm: EncryptionAlgorithm;
  context: EncryptionContext;
  /** As messages call it. */
  operation: string;
}

/** Throws where the key is of another kind or not enabled. */
export function checkUse(cloud: Cloud, key: Key, { algorithm, operation }: Pick<Asked, "algorithm" | "operation">): void {
  checkState(cloud, key);
  if (key.usage !== "ENCRYPT_DECRYPT") throw wrongUsage(key.arn, key.usage, operation);
  if (!works(key.spec, algorithm)) throw wrongAlgorithm(algorithm, key.spec);
}

const hashOf = { RSAES_OAEP_SHA_1: ["sha1", 20], RSAES_OAEP_SHA_256: ["sha256", 32] } as const;

export function encryptWith(cloud: Cloud, key: Key, plaintext: Uint8Array, asked: Asked): Buffer {
  const { algorithm, context } = asked;
  checkUse(cloud, key, asked);
  const material = rotatedMaterials(cloud, key).at(-1)!;
  if (algorithm === "SYMMETRIC_DEFAULT") return seal(cloud, key, material, plaintext, context);
  const [oaepHash, hashBytes] = hashOf[algorithm];
  const most = Number(key.spec.slice("RSA_".length)) / 8 - 2 * hashBytes - 2;
  if (plaintext.length > most) {
    throw validation(`Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`);
  }
  const { publicKey } = keyPair(cloud, key.id, material);
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext);
}

export function decryptWith(cloud: Cloud, key: Key, ciphertext: Uint8Array, asked: Asked): Buffer {
  const { algorithm, context } = asked;
  checkUse(cloud, key, asked);
  if (algorithm === "SYMMETRIC_DEFAULT") return open(cloud, key, ciphertext, context);
  const { privateKey } = keyPair(cloud, key.id, materialsOf(cloud, key.id).at(-1)!);
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf[algorithm][0] }, ciphertext);
  } catch {
    throw invalidCiphertext();
  }
}

/** The key that opens a ciphertext: the one that it names, which has to be the one that the caller names. */
export function keyOf(place: Place, ciphertext: Uint8Array, reference: string | undefined, algorithm: EncryptionAlgorithm): Key {
  const given = reference === undefined ? undefined : resolveKey(place, reference);
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    if (!given) throw validation("KeyId is required for asymmetric decryption.");
    return given;
  }
  const id = keyIdIn(ciphertext);
  if (given && given.spec !== "SYMMETRIC_DEFAULT") throw incorrectKey();
  if (id === undefined) throw invalidCiphertext();
  if (given && given.id !== id) throw incorrectKey();
  const key = given ?? findKey(place.cloud, place.region, id);
  if (!key) throw unknownCiphertext();
  return key;
}

/** Of a symmetric key, which material was at work. */
export const materialShown = (key: Key, ciphertext: Uint8Array) =>
  key.spec === "SYMMETRIC_DEFAULT" ? { KeyMaterialId: materialIdIn(ciphertext) } : {};

export const plaintextBytes = { length: [1, 4096], hidden: true } as const;
export const ciphertextBytes = { length: [1, 6144], hidden: true } as const;

/** Throws where a context has more or longer pairs than AWS takes. */
export function checkContext(context: Readonly<Record<string, string | undefined>> | undefined): EncryptionContext {
  checkConstraints("ValidationException", { encryptionContext: [JSON.stringify(context ?? {}), { length: [0, 8192], hidden: true }] });
  return (context ?? {}) as EncryptionContext;
}
