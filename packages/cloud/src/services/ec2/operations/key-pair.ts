/** The operations on key pairs: real keys. The private one is given out once and not kept. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { KeyPairInfo } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { invalidParameterValue, missingParameter } from "../errors.ts";
import { filtered } from "../filters.ts";
import { newId } from "../ids.ts";
import { colonHex, opensshPrivateKey, publicKeyFrom, sshBlob, sshLine } from "../../../identity/openssh.ts";
import { type KeyPairRecord, keyPairs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const named = (context: OperationContext, name: string) =>
  keyPairs(context)
    .list()
    .find((pair) => pair.name === name);

function mayBeNamed(context: OperationContext, name: string): void {
  if (name === "") throw missingParameter("KeyName");
  if (name.length > 255 || !/^[\u0020-\u007e]+$/.test(name) || name.trim() !== name)
    throw invalidParameterValue(`Value (${name}) for parameter KeyName is invalid.`);
  if (named(context, name)) throw new AwsError("InvalidKeyPair.Duplicate", "The keypair already exists");
}

const sha256 = (key: KeyObject) => createHash("sha256").update(sshBlob(key)).digest("base64");

export const createKeyPair = operation("ec2", "CreateKeyPair", (input, context) => {
  const { KeyName: name, KeyType: type = "rsa", KeyFormat: format = "pem" } = input;
  mayBeNamed(context, name!);
  if (type !== "rsa" && type !== "ed25519") throw invalidParameterValue(`Value (${String(type)}) for parameter KeyType is invalid.`);
  if (format !== "pem") throw new AwsError("UnsupportedOperation", "The embedded cloud gives private keys as PEM only.");
  const tags = tagsFrom(input, "key-pair");
  const pair = type === "rsa" ? rsaPair() : ed25519Pair(context.cloud.world.random.bytes(32), context.cloud.world.random.bytes(4));
  const record: KeyPairRecord = {
    id: newId(context, "key"),
    name: name!,
    type,
    fingerprint: pair.fingerprint,
    publicKey: `${pair.publicKey} ${name}`,
    createdMs: context.cloud.world.clock.nowMs(),
  };
  keyPairs(context).put(record);
  putNew(context, record.id, tags, input);
  return {
    KeyPairId: record.id,
    KeyName: record.name,
    KeyFingerprint: record.fingerprint,
    KeyMaterial: pair.privateKey,
    Tags: tagsOf(context, record.id),
  };
});

interface MadePair {
  privateKey: string;
  publicKey: string;
  fingerprint: string;
}

/** 2048 bits; the fingerprint is the SHA-1 of the private key in PKCS #8, as EC2 has it for keys that it makes. */
function rsaPair(): MadePair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey: sshLine(publicKey),
    fingerprint: colonHex("sha1", privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

function ed25519Pair(seed: Uint8Array, check: Uint8Array): MadePair {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  return { privateKey: opensshPrivateKey(privateKey, check), publicKey: sshLine(publicKey), fingerprint: sha256(publicKey) };
}

export const importKeyPair = operation("ec2", "ImportKeyPair", (input, context) => {
  mayBeNamed(context, input.KeyName!);
  const key = publicKeyFrom(input.PublicKeyMaterial!);
  if (!key) throw new AwsError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  const tags = tagsFrom(input, "key-pair");
  const rsa = key.asymmetricKeyType === "rsa";
  const record: KeyPairRecord = {
    id: newId(context, "key"),
    name: input.KeyName!,
    type: rsa ? "rsa" : "ed25519",
    // Of an RSA key that was imported it is the MD5 of the public key.
    fingerprint: rsa ? colonHex("md5", key.export({ type: "spki", format: "der" })) : sha256(key),
    publicKey: `${sshLine(key)} ${input.KeyName}`,
    createdMs: context.cloud.world.clock.nowMs(),
  };
  keyPairs(context).put(record);
  putNew(context, record.id, tags, input);
  return { KeyPairId: record.id, KeyName: record.name, KeyFingerprint: record.fingerprint, Tags: tagsOf(context, record.id) };
});

const described = (context: OperationContext, pair: KeyPairRecord, withKey: boolean): KeyPairInfo => ({
  KeyPairId: pair.id,
  KeyFingerprint: pair.fingerprint,
  KeyName: pair.name,
  KeyType: pair.type,
  Tags: tagsOf(context, pair.id),
  ...(withKey && { PublicKey: pair.publicKey }),
  CreateTime: new Date(pair.createdMs),
});

export const describeKeyPairs = operation("ec2", "DescribeKeyPairs", (input, context) => {
  const chosen = [
    ...(input.KeyNames ?? []).map((name) => {
      const found = named(context, name);
      if (!found) throw new AwsError("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`);
      return found;
    }),
    ...(input.KeyPairIds ?? []).map((id) => keyPairs(context).must(id)),
  ];
  const all = input.KeyNames?.length || input.KeyPairIds?.length ? chosen : keyPairs(context).list();
  const KeyPairs = filtered(
    all.map((pair) => described(context, pair, input.IncludePublicKey ?? false)),
    input.Filters,
    { "key-pair-id": (pair) => pair.KeyPairId, fingerprint: (pair) => pair.KeyFingerprint, "key-name": (pair) => pair.KeyName },
    (pair) => pair.Tags,
  );
  return { KeyPairs };
});

export const deleteKeyPair = operation("ec2", "DeleteKeyPair", (input, context) => {
  if (input.KeyName === undefined && input.KeyPairId === undefined) throw missingParameter("KeyName or KeyPairId");
  const found = input.KeyPairId === undefined ? named(context, input.KeyName!) : keyPairs(context).get(input.KeyPairId);
  // One that is not there is gone already: AWS answers success.
  if (!found) return { Return: true };
  keyPairs(context).delete(found.id);
  dropTags(context, found.id);
  return { Return: true, KeyPairId: found.id };
});
