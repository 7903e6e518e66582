/** Values that lie on the disk encrypted, each by a data key of its own that a KMS key seals: what Secrets Manager and Parameter Store keep. */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { encryptionKeys, type KeyUser } from "./encryption-keys.ts";

export interface SealedValue {
  /** The id of the KMS key. */
  keyId: string;
  /** Base64: the data key as the KMS key sealed it. */
  dataKey: string;
  /** Base64: initialization vector, authentication tag, and the value under the data key (AES-256-GCM). */
  body: string;
}

const ivBytes = 12;
const tagBytes = 16;
/** Values that were opened lately stay so: the key's rights are asked each time, its cryptography once. */
const mostOpened = 1000;
const memory = Symbol("opened values");
const opened = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Buffer>());

/** Throws KMS's errors. */
export function sealValue(cloud: Cloud, user: KeyUser, reference: string, value: Uint8Array): SealedValue {
  const { keyId, plaintext, ciphertext } = encryptionKeys(cloud).generateDataKey(user, reference);
  const iv = cloud.world.random.bytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", plaintext, iv);
  const body = Buffer.concat([cipher.update(value), cipher.final()]);
  return {
    keyId,
    dataKey: Buffer.from(ciphertext).toString("base64"),
    body: Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64"),
  };
}

/** The caller's right to decrypt, and the key's state, are looked at each time. Throws KMS's errors. */
export function openValue(cloud: Cloud, user: KeyUser, { keyId, dataKey, body }: SealedValue): Buffer {
  const keys = encryptionKeys(cloud);
  const known = opened(cloud).get(dataKey);
  if (known) {
    keys.check(user, keyId, ["Decrypt"]);
    return known;
  }
  const plaintext = keys.decrypt(user, Buffer.from(dataKey, "base64"));
  const bytes = Buffer.from(body, "base64");
  const decipher = createDecipheriv("aes-256-gcm", plaintext, bytes.subarray(0, ivBytes));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  const value = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
  if (opened(cloud).size >= mostOpened) opened(cloud).clear();
  opened(cloud).set(dataKey, value);
  return value;
}
