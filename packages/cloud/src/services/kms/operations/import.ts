/** GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial: keys whose material comes from outside, sealed for the way. */
import { constants, createDecipheriv, privateDecrypt } from "node:crypto";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { notServedHere, validation, wrongOrigin } from "../errors.ts";
import { checkState, dayMs, type Key, putKey } from "../key.ts";
import { isSymmetric } from "../key-spec.ts";
import { importedId, isSecretOf, materialsOf, newPrivateKey, pairOf, putMaterials } from "../material.ts";
import { ownKey } from "./keys.ts";

/** What waits for an import: the private half of the wrapping key, by the token that comes back with the material. */
interface Waiting {
  keyId: string;
  region: string;
  algorithm: string;
  privateKey: string;
  validToMs: number;
}

const waiting = (cloud: Cloud) => cloud.store.collection<Waiting>("kms.import");

const algorithms = [
  "RSAES_PKCS1_V1_5",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "RSA_AES_KEY_WRAP_SHA_1",
  "RSA_AES_KEY_WRAP_SHA_256",
  "SM2PKE",
];

function checkExternal(key: Key): void {
  if (key.origin !== "EXTERNAL") throw wrongOrigin(key.arn, key.origin);
}

export const getParametersForImport = operation("kms", "GetParametersForImport", async (input, context) => {
  const { WrappingAlgorithm: algorithm, WrappingKeySpec: spec } = input;
  checkConstraints("ValidationException", {
    wrappingAlgorithm: [algorithm, { enum: algorithms }],
    wrappingKeySpec: [spec, { enum: ["RSA_2048", "RSA_3072", "RSA_4096", "SM2"] }],
  });
  const { cloud } = context;
  const key = ownKey(context, input.KeyId);
  checkExternal(key);
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  // AWS ended RSAES_PKCS1_V1_5 in October 2023; SM2 is of its Regions in China.
  if (algorithm === "RSAES_PKCS1_V1_5" || algorithm === "SM2PKE" || spec === "SM2")
    throw notServedHere(`wrap key material by ${algorithm} and ${spec}`);
  const privateKey = await newPrivateKey(spec as "RSA_2048");
  for (const { scope, key: kept, value } of waiting(cloud).all())
    if (value.validToMs <= cloud.world.clock.nowMs()) waiting(cloud).delete(scope, kept);
  const token = Buffer.from(cloud.world.random.bytes(96)).toString("base64");
  const validToMs = cloud.world.clock.nowMs() + dayMs;
  waiting(cloud).put(key.region, token, {
    keyId: key.id,
    region: key.region,
    algorithm,
    privateKey: privateKey.toString("base64"),
    validToMs,
  });
  return {
    KeyId: key.arn,
    ImportToken: Buffer.from(token, "base64"),
    PublicKey: pairOf(privateKey).publicKey.export({ format: "der", type: "spki" }),
    ParametersValidTo: new Date(validToMs),
  };
});

export const importKeyMaterial = operation("kms", "ImportKeyMaterial", (input, context) => {
  const { cloud } = context;
  const { ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo } = input;
  checkConstraints("ValidationException", {
    importToken: [input.ImportToken, { length: [1, 6144], hidden: true }],
    encryptedKeyMaterial: [input.EncryptedKeyMaterial, { length: [1, 6144], hidden: true }],
    expirationModel: [ExpirationModel, { enum: ["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"] }],
  });
  const key = ownKey(context, input.KeyId);
  checkExternal(key);
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  if (input.ImportType === "NEW_KEY_MATERIAL" && materialsOf(cloud, key.id).length > 0) throw notServedHere("rotate imported key material");
  const nowMs = cloud.world.clock.nowMs();
  if (ExpirationModel === "KEY_MATERIAL_EXPIRES" && ValidTo === undefined) {
    throw validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  }
  if (ExpirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE" && ValidTo !== undefined) {
    throw validation("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
  }
  if (ValidTo !== undefined && !(ValidTo.getTime() > nowMs)) throw validation("The validTo date must be in the future.");
  const found = waiting(cloud).get(key.region, Buffer.from(input.ImportToken).toString("base64"));
  if (found?.keyId !== key.id) throw new AwsError("InvalidImportTokenException", "The import token is not that of this key.");
  if (found.validToMs <= nowMs) throw new AwsError("ExpiredImportTokenException", "The import token has expired.");
  const secret = unwrapped(found, input.EncryptedKeyMaterial);
  if (!secret || !isSecretOf(key.spec, secret)) throw new AwsError("InvalidCiphertextException", "");
  const id = importedId(key.id, secret);
  const [before] = materialsOf(cloud, key.id);
  const last = before?.id ?? key.importedId;
  // Once it has had material, a key takes no other: what it encrypted would be lost.
  if (last !== undefined && last !== id) {
    throw new AwsError(
      "IncorrectKeyMaterialException",
      "The key material in the request does not match the key material that was previously imported into this KMS key.",
    );
  }
  cloud.store.transaction(() => {
    putMaterials(cloud, key.id, [{ id, secret: secret.toString("base64"), sinceMs: nowMs }]);
    const { expiresMs: _, ...rest } = key;
    putKey(cloud, { ...rest, importedId: id, ...(ValidTo !== undefined && { expiresMs: ValidTo.getTime() }) });
  });
  return { KeyId: key.arn, ...(isSymmetric(key.spec) && { KeyMaterialId: id }) };
});

export const deleteImportedKeyMaterial = operation("kms", "DeleteImportedKeyMaterial", ({ KeyId }, context) => {
  const { cloud } = context;
  const key = ownKey(context, KeyId);
  checkExternal(key);
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport", "PendingDeletion"]);
  const [material] = materialsOf(cloud, key.id);
  cloud.store.transaction(() => {
    putMaterials(cloud, key.id, []);
    const { expiresMs: _, ...rest } = key;
    putKey(cloud, rest);
  });
  return { KeyId: key.arn, ...(material && isSymmetric(key.spec) && { KeyMaterialId: material.id }) };
});

/** A key that was wrapped by RSA alone, or by a key of AES that RSA wraps (NIST SP 800-38F, KWP). Nothing, where it is not for this wrapping key. */
function unwrapped({ algorithm, privateKey: der }: Waiting, wrapped: Uint8Array): Buffer | undefined {
  const { privateKey } = pairOf(Buffer.from(der, "base64"));
  const oaep = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: algorithm.endsWith("_SHA_1") ? "sha1" : "sha256" };
  try {
    if (!algorithm.startsWith("RSA_AES_")) return privateDecrypt(oaep, wrapped);
    const sizeBytes = privateKey.asymmetricKeyDetails!.modulusLength! / 8;
    const key = privateDecrypt(oaep, wrapped.subarray(0, sizeBytes));
    const decipher = createDecipheriv("id-aes256-wrap-pad", key, Buffer.from("a65959a6", "hex"));
    return Buffer.concat([decipher.update(wrapped.subarray(sizeBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
