/**
 * RSA signatures over a digest that somebody else has computed (MessageType DIGEST), which node's own interface does not take: the padding is
 * written here, the exponentiation is OpenSSL's. Source: RFC 8017, sections 9.1 (PSS) and 9.2 (PKCS #1 v1.5).
 */
import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt } from "node:crypto";
import type { Random } from "../../world.ts";

export type Hash = "sha256" | "sha384" | "sha512";

/** What stands before a digest of each kind in PKCS #1 v1.5. */
const prefixes: Readonly<Record<Hash, Buffer>> = {
  sha256: Buffer.from("3031300d060960864801650304020105000420", "hex"),
  sha384: Buffer.from("3041300d060960864801650304020205000430", "hex"),
  sha512: Buffer.from("3051300d060960864801650304020305000440", "hex"),
};

export const signPkcs1 = (key: KeyObject, hash: Hash, digest: Uint8Array): Buffer =>
  privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([prefixes[hash], digest]));

export function verifyPkcs1(key: KeyObject, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(Buffer.concat([prefixes[hash], digest]));
  } catch {
    return false;
  }
}

/** With a salt as long as the digest, as KMS takes it. */
export function signPss(random: Random, key: KeyObject, hash: Hash, digest: Uint8Array): Buffer {
  const bits = key.asymmetricKeyDetails!.modulusLength! - 1;
  const sizeBytes = Math.ceil(bits / 8);
  const salt = random.bytes(digest.length);
  const seal = sealOf(hash, digest, salt);
  const block = Buffer.concat([Buffer.alloc(sizeBytes - salt.length - seal.length - 2), Buffer.from([1]), salt]);
  const masked = xor(block, mask(hash, seal, block.length));
  masked[0]! &= 0xff >> (8 * sizeBytes - bits);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.concat([masked, seal, Buffer.from([0xbc])]));
}

export function verifyPss(key: KeyObject, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  const bits = key.asymmetricKeyDetails!.modulusLength! - 1;
  const sizeBytes = Math.ceil(bits / 8);
  let encoded: Buffer;
  try {
    encoded = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature).subarray(-sizeBytes);
  } catch {
    return false;
  }
  if (encoded.at(-1) !== 0xbc) return false;
  const masked = encoded.subarray(0, sizeBytes - digest.length - 1);
  const seal = encoded.subarray(masked.length, -1);
  const block = xor(masked, mask(hash, seal, masked.length));
  block[0]! &= 0xff >> (8 * sizeBytes - bits);
  const mark = block.length - digest.length - 1;
  if (block.subarray(0, mark).some((byte) => byte !== 0) || block[mark] !== 1) return false;
  return sealOf(hash, digest, block.subarray(mark + 1)).equals(seal);
}

const sealOf = (hash: Hash, digest: Uint8Array, salt: Uint8Array): Buffer =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();

/** MGF1. */
function mask(hash: Hash, seed: Uint8Array, length: number): Buffer {
  const pieces: Buffer[] = [];
  for (let counter = 0, bytes = 0; bytes < length; counter++) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const piece = createHash(hash).update(seed).update(count).digest();
    pieces.push(piece);
    bytes += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

const xor = (one: Uint8Array, other: Uint8Array): Buffer => Buffer.from(one.map((byte, index) => byte ^ other[index]!));
