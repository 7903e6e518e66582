/** Encrypt, Decrypt and ReEncrypt. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { checkContext, checkUse, ciphertextBytes, decryptWith, encryptWith, keyOf, materialShown, plaintextBytes } from "../encryption.ts";
import { dryRun, notServedHere } from "../errors.ts";
import { type EncryptionAlgorithm, encryptionAlgorithms } from "../key-spec.ts";
import { resolveKey } from "../key-reference.ts";

export const encrypt = operation("kms", "Encrypt", (input, context) => {
  const algorithm = (input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT") as EncryptionAlgorithm;
  checkConstraints("ValidationException", {
    plaintext: [input.Plaintext, plaintextBytes],
    encryptionAlgorithm: [algorithm, { enum: encryptionAlgorithms }],
  });
  const asked = { algorithm, context: checkContext(input.EncryptionContext), operation: "Encrypt" };
  const key = resolveKey(context, input.KeyId);
  checkUse(context.cloud, key, asked);
  if (input.DryRun) throw dryRun();
  return {
    CiphertextBlob: encryptWith(context.cloud, key, input.Plaintext, asked),
    KeyId: key.arn,
    EncryptionAlgorithm: algorithm,
  };
});

export const decrypt = operation("kms", "Decrypt", (input, context) => {
  const algorithm = (input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT") as EncryptionAlgorithm;
  checkConstraints("ValidationException", {
    ciphertextBlob: [input.CiphertextBlob, ciphertextBytes],
    encryptionAlgorithm: [algorithm, { enum: encryptionAlgorithms }],
  });
  if (input.Recipient) throw notServedHere("encrypt answers for Nitro enclaves");
  const blob = input.CiphertextBlob ?? new Uint8Array();
  const asked = { algorithm, context: checkContext(input.EncryptionContext), operation: "Decrypt" };
  const key = keyOf(context, blob, input.KeyId, algorithm);
  checkUse(context.cloud, key, asked);
  if (input.DryRun) throw dryRun();
  return {
    Plaintext: decryptWith(context.cloud, key, blob, asked),
    KeyId: key.arn,
    EncryptionAlgorithm: algorithm,
    ...materialShown(key, blob),
  };
});

export const reEncrypt = operation("kms", "ReEncrypt", (input, context) => {
  const from = (input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT") as EncryptionAlgorithm;
  const to = (input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT") as EncryptionAlgorithm;
  checkConstraints("ValidationException", {
    ciphertextBlob: [input.CiphertextBlob, ciphertextBytes],
    sourceEncryptionAlgorithm: [from, { enum: encryptionAlgorithms }],
    destinationEncryptionAlgorithm: [to, { enum: encryptionAlgorithms }],
  });
  const blob = input.CiphertextBlob ?? new Uint8Array();
  const source = keyOf(context, blob, input.SourceKeyId, from);
  const destination = resolveKey(context, input.DestinationKeyId);
  const opening = { algorithm: from, context: checkContext(input.SourceEncryptionContext), operation: "ReEncryptFrom" };
  const sealing = { algorithm: to, context: checkContext(input.DestinationEncryptionContext), operation: "ReEncryptTo" };
  checkUse(context.cloud, source, opening);
  checkUse(context.cloud, destination, sealing);
  if (input.DryRun) throw dryRun();
  const plaintext = decryptWith(context.cloud, source, blob, opening);
  const sealed = encryptWith(context.cloud, destination, plaintext, sealing);
  return {
    CiphertextBlob: sealed,
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: from,
    DestinationEncryptionAlgorithm: to,
    ...(source.spec === "SYMMETRIC_DEFAULT" && { SourceKeyMaterialId: materialShown(source, blob).KeyMaterialId }),
    ...(destination.spec === "SYMMETRIC_DEFAULT" && { DestinationKeyMaterialId: materialShown(destination, sealed).KeyMaterialId }),
  };
});
