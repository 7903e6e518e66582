/** Signing and verifying with a key, over a message or over its digest. */
import { constants, sign, verify } from "node:crypto";
import type { Random } from "../../world.ts";
import { signDigest, verifyDigest } from "./curve.ts";
import { notServedHere, validation } from "./errors.ts";
import type { SigningAlgorithm } from "./key-spec.ts";
import type { KeyPair } from "./material.ts";
import { type Hash, signPkcs1, signPss, verifyPkcs1, verifyPss } from "./rsa-digest.ts";

export interface Signed {
  algorithm: SigningAlgorithm;
  /** Whether `message` is the digest already. */
  digest: boolean;
  message: Uint8Array;
}

const hashes: Readonly<Record<string, readonly [hash: Hash, sizeBytes: number]>> = {
  "256": ["sha256", 32],
  "384": ["sha384", 48],
  "512": ["sha512", 64],
};

/** Throws where a digest has not the algorithm's length. */
function hashFor({ algorithm, digest, message }: Signed): Hash {
  const [hash, sizeBytes] = hashes[algorithm.slice(-3)]!;
  if (digest && message.length !== sizeBytes) throw validation(`Digest is invalid length for algorithm ${algorithm}.`);
  return hash;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

export function signatureOf(random: Random, { privateKey: key }: KeyPair, signed: Signed): Buffer {
  const { algorithm, digest, message } = signed;
  if (algorithm === "ED25519_SHA_512") {
    if (digest) throw notServedHere("sign digests with Ed25519");
    return sign(null, message, key);
  }
  const hash = hashFor(signed);
  if (algorithm.startsWith("ECDSA_")) return digest ? signDigest(random, key, message) : sign(hash, message, key);
  if (algorithm.includes("_PSS_")) return digest ? signPss(random, key, hash, message) : sign(hash, message, { key, ...pss });
  return digest ? signPkcs1(key, hash, message) : sign(hash, message, { key, padding: constants.RSA_PKCS1_PADDING });
}

export function isSignature({ publicKey: key }: KeyPair, signed: Signed, signature: Uint8Array): boolean {
  const { algorithm, digest, message } = signed;
  if (algorithm === "ED25519_SHA_512") {
    if (digest) throw notServedHere("verify digests with Ed25519");
    return verify(null, message, key, signature);
  }
  const hash = hashFor(signed);
  if (algorithm.startsWith("ECDSA_")) return digest ? verifyDigest(key, message, signature) : verify(hash, message, key, signature);
  if (algorithm.includes("_PSS_"))
    return digest ? verifyPss(key, hash, message, signature) : verify(hash, message, { key, ...pss }, signature);
  return digest
    ? verifyPkcs1(key, hash, message, signature)
    : verify(hash, message, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
}
