/**
 * What Encrypt and GenerateDataKey give: a blob that names its key and the material that encrypted it, so that Decrypt needs no more. AES-256-GCM;
 * the encryption context is authenticated with it, as AWS does (AWS KMS Cryptographic Details, "Encrypt").
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { invalidCiphertext } from "./errors.ts";
import type { EncryptionContext } from "./grants.ts";
import type { Key } from "./key.ts";
import { type Material, materialsOf, secretBytes } from "./material.ts";

/** AWS's own begin so, which makes `AQICAH…` of them in base64. */
const mark = Buffer.from([1, 2, 2, 0, 0x78]);
const idBytes = 36;
const materialBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
const headerBytes = mark.length + idBytes + materialBytes;

export function seal(cloud: Cloud, key: Key, material: Material, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const header = Buffer.concat([mark, Buffer.from(key.id, "latin1"), Buffer.from(material.id, "hex")]);
  const iv = cloud.world.random.bytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", secretBytes(cloud, key.id, material), iv);
  cipher.setAAD(Buffer.concat([header, canonical(context)]));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), body]);
}

/** The id of the key that a blob names; `undefined` where it is none of KMS's. */
export function keyIdIn(blob: Uint8Array): string | undefined {
  if (blob.length < headerBytes + ivBytes + tagBytes || !mark.equals(blob.subarray(0, mark.length))) return undefined;
  return Buffer.from(blob.subarray(mark.length, mark.length + idBytes)).toString("latin1");
}

/** Throws InvalidCiphertextException where it is not what this key sealed, or was sealed in another context. */
export function open(cloud: Cloud, key: Key, blob: Uint8Array, context: EncryptionContext): Buffer {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (keyIdIn(bytes) !== key.id) throw invalidCiphertext();
  const header = bytes.subarray(0, headerBytes);
  const materialId = header.subarray(mark.length + idBytes).toString("hex");
  const material = materialsOf(cloud, key.id).find(({ id }) => id === materialId);
  if (!material) throw invalidCiphertext();
  const iv = bytes.subarray(headerBytes, headerBytes + ivBytes);
  const decipher = createDecipheriv("aes-256-gcm", secretBytes(cloud, key.id, material), iv);
  decipher.setAAD(Buffer.concat([header, canonical(context)]));
  decipher.setAuthTag(bytes.subarray(headerBytes + ivBytes, headerBytes + ivBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headerBytes + ivBytes + tagBytes)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

/** The id of the material that sealed it. */
export const materialIdIn = (blob: Uint8Array): string => Buffer.from(blob.subarray(mark.length + idBytes, headerBytes)).toString("hex");

/** The same bytes for the same pairs in whatever order; each part with its length, so that no two contexts look alike. */
function canonical(context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs), "utf8");
}
