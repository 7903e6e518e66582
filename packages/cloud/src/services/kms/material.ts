/** Key material: the secrets of keys, each by the id that its ciphertexts carry. A rotated key keeps the old ones, so that old ciphertexts still open. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Cloud } from "../../cloud.ts";
import type { KeySpec } from "./key-spec.ts";

export interface Material {
  /** 64 hexadecimal digits, as AWS gives them. */
  id: string;
  /** Base64: the bytes of a symmetric key, or a private key as PKCS #8 in DER. */
  secret: string;
  /** Since when it is the one that encrypts. */
  sinceMs: number;
  /** What brought it; absent: the key was made with it. */
  rotation?: "AUTOMATIC" | "ON_DEMAND";
}

/** A key of several Regions has the same material in all of them: it lies under the key's id alone. */
const kept = (cloud: Cloud) => cloud.store.collection<Material[]>("kms.material");
const everywhere = "global";

interface Opened {
  materials: readonly Material[];
  /** By material id, what was made of it for use. */
  bytes: Map<string, Buffer>;
  pairs: Map<string, KeyPair>;
}

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const memory = Symbol("kms material");

function opened(cloud: Cloud, keyId: string): Opened {
  const all = cloud.memory(memory, () => new Map<string, Opened>());
  let found = all.get(keyId);
  if (!found) all.set(keyId, (found = { materials: kept(cloud).get(everywhere, keyId) ?? [], bytes: new Map(), pairs: new Map() }));
  return found;
}

/** The oldest first; none of a key whose material is to be imported. */
export const materialsOf = (cloud: Cloud, keyId: string): readonly Material[] => opened(cloud, keyId).materials;

export function putMaterials(cloud: Cloud, keyId: string, materials: readonly Material[]): void {
  if (materials.length > 0) kept(cloud).put(everywhere, keyId, [...materials]);
  else kept(cloud).delete(everywhere, keyId);
  cloud.memory(memory, () => new Map<string, Opened>()).delete(keyId);
}

/** The bytes of a symmetric key. */
export function secretBytes(cloud: Cloud, keyId: string, { id, secret }: Material): Buffer {
  const { bytes } = opened(cloud, keyId);
  let found = bytes.get(id);
  if (!found) bytes.set(id, (found = Buffer.from(secret, "base64")));
  return found;
}

export function keyPair(cloud: Cloud, keyId: string, { id, secret }: Material): KeyPair {
  const { pairs } = opened(cloud, keyId);
  let found = pairs.get(id);
  if (!found) pairs.set(id, (found = pairOf(Buffer.from(secret, "base64"))));
  return found;
}

/** Of a private key as PKCS #8 in DER. Throws where it is none. */
export function pairOf(der: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Of imported material: the same for the same, so that a key is known to get back what it had. */
export const importedId = (keyId: string, secret: Uint8Array): string => createHash("sha256").update(keyId).update(secret).digest("hex");

/** Whether what somebody imports is a secret of this kind. */
export function isSecretOf(spec: KeySpec, secret: Buffer): boolean {
  const sizeBytes = symmetricBytes[spec];
  if (sizeBytes !== undefined) return secret.length === sizeBytes;
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = pairOf(secret).privateKey;
    if (spec === "ECC_NIST_EDWARDS25519") return type === "ed25519";
    if (curves[spec] !== undefined) return type === "ec" && details?.namedCurve === curves[spec];
    return type === "rsa" && details?.modulusLength === Number(spec.slice("RSA_".length));
  } catch {
    return false;
  }
}

export const newMaterialId = (cloud: Cloud): string => cloud.world.random.hex(64);

/** Lengths of symmetric keys. Source: AWS KMS Developer Guide, "Key spec reference". */
const symmetricBytes: Partial<Record<KeySpec, number>> = { SYMMETRIC_DEFAULT: 32, HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 };

const curves: Partial<Record<KeySpec, string>> = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
};

/** A symmetric key's secret, in base64. */
export const newSecret = (cloud: Cloud, spec: KeySpec): string =>
  Buffer.from(cloud.world.random.bytes(symmetricBytes[spec]!)).toString("base64");

/**
 * A private key as PKCS #8 in DER. It takes up to seconds (RSA_4096), off the main thread. Pairs come of OpenSSL's own randomness: no seed
 * of a simulated world can give them.
 */
export async function newPrivateKey(spec: KeySpec): Promise<Buffer> {
  const generate = promisify(generateKeyPair);
  const namedCurve = curves[spec];
  const { privateKey } = namedCurve
    ? await generate("ec", { namedCurve })
    : spec === "ECC_NIST_EDWARDS25519"
      ? await generate("ed25519")
      : await generate("rsa", { modulusLength: Number(spec.slice("RSA_".length)) });
  return privateKey.export({ format: "der", type: "pkcs8" });
}
