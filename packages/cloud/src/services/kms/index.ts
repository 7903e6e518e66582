/** AWS KMS in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { onAlias, onCiphertext, onKey, onReference } from "./authorize.ts";
import { findAlias } from "./aliases.ts";
import type { EncryptionContext } from "./grants.ts";
import { offerKeys } from "./key-use.ts";
import * as aliases from "./operations/aliases.ts";
import { createKey } from "./operations/CreateKey.ts";
import * as dataKeys from "./operations/data-keys.ts";
import * as encryption from "./operations/encryption.ts";
import * as grants from "./operations/grants.ts";
import * as keys from "./operations/keys.ts";
import * as imports from "./operations/import.ts";
import * as policies from "./operations/policies.ts";
import * as regions from "./operations/regions.ts";
import * as rotation from "./operations/rotation.ts";
import * as signatures from "./operations/signatures.ts";
import * as tags from "./operations/tags.ts";
import { alias } from "./resources/Alias.ts";
import { key } from "./resources/Key.ts";
import { readers } from "./resources/readers.ts";

const requestTags = (given: readonly { TagKey?: string | undefined; TagValue?: string | undefined }[] = []) => ({
  ...(given.length > 0 && { "aws:TagKeys": given.map(({ TagKey = "" }) => TagKey) }),
  ...Object.fromEntries(given.map(({ TagKey = "", TagValue = "" }) => [`aws:RequestTag/${TagKey}`, TagValue])),
});

/** The alias itself, and each key that it names or is to name. */
const onAliasAndKeys =
  (operation: string) =>
  ({ AliasName = "", TargetKeyId }: { AliasName?: string | undefined; TargetKeyId?: string | undefined }, context: OperationContext) => {
    const now = operation === "CreateAlias" ? undefined : findAlias(context.cloud, context.region, AliasName)?.targetId;
    const references = [now, TargetKeyId].filter((each) => each !== undefined);
    return [
      onAlias(context, operation, AliasName),
      ...references.flatMap((reference) => onReference(context, reference, { operation })),
    ] satisfies Authorization[];
  };

const signing = ({
  SigningAlgorithm = "",
  MessageType = "RAW",
}: {
  SigningAlgorithm?: string | undefined;
  MessageType?: string | undefined;
}) => ({
  "kms:SigningAlgorithm": SigningAlgorithm,
  "kms:MessageType": MessageType,
});

const asContext = (given: Record<string, string> | undefined): EncryptionContext | undefined => given;

export const kms = defineService({
  id: "kms",
  operations: {
    CancelKeyDeletion: keys.cancelKeyDeletion,
    CreateAlias: aliases.createAlias,
    CreateGrant: grants.createGrant,
    CreateKey: createKey,
    Decrypt: encryption.decrypt,
    DeleteAlias: aliases.deleteAlias,
    DeleteImportedKeyMaterial: imports.deleteImportedKeyMaterial,
    DeriveSharedSecret: signatures.deriveSharedSecret,
    DescribeKey: keys.describeKey,
    DisableKey: keys.disableKey,
    DisableKeyRotation: rotation.disableKeyRotation,
    EnableKey: keys.enableKey,
    EnableKeyRotation: rotation.enableKeyRotation,
    Encrypt: encryption.encrypt,
    GenerateDataKey: dataKeys.generateDataKey,
    GenerateDataKeyPair: dataKeys.generateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext: dataKeys.generateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext: dataKeys.generateDataKeyWithoutPlaintext,
    GenerateMac: signatures.generateMac,
    GenerateRandom: dataKeys.generateRandom,
    GetKeyPolicy: policies.getKeyPolicy,
    GetKeyRotationStatus: rotation.getKeyRotationStatus,
    GetParametersForImport: imports.getParametersForImport,
    GetPublicKey: signatures.getPublicKey,
    ImportKeyMaterial: imports.importKeyMaterial,
    ListAliases: aliases.listAliases,
    ListGrants: grants.listGrants,
    ListKeyPolicies: policies.listKeyPolicies,
    ListKeyRotations: rotation.listKeyRotations,
    ListKeys: keys.listKeys,
    ListResourceTags: tags.listResourceTags,
    ListRetirableGrants: grants.listRetirableGrants,
    PutKeyPolicy: policies.putKeyPolicy,
    ReEncrypt: encryption.reEncrypt,
    ReplicateKey: regions.replicateKey,
    RetireGrant: grants.retireGrant,
    RevokeGrant: grants.revokeGrant,
    RotateKeyOnDemand: rotation.rotateKeyOnDemand,
    ScheduleKeyDeletion: keys.scheduleKeyDeletion,
    Sign: signatures.sign,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateAlias: aliases.updateAlias,
    UpdateKeyDescription: keys.updateKeyDescription,
    UpdatePrimaryRegion: regions.updatePrimaryRegion,
    Verify: signatures.verify,
    VerifyMac: signatures.verifyMac,
  },
  authorize: {
    CancelKeyDeletion: onKey("CancelKeyDeletion"),
    CreateAlias: onAliasAndKeys("CreateAlias"),
    CreateGrant: onKey("CreateGrant", ({ GranteePrincipal, RetiringPrincipal, Operations = [], Constraints }) => ({
      "kms:GranteePrincipal": GranteePrincipal ?? "",
      ...(RetiringPrincipal !== undefined && { "kms:RetiringPrincipal": RetiringPrincipal }),
      "kms:GrantOperations": Operations,
      ...(Constraints && {
        "kms:GrantConstraintType": Constraints.EncryptionContextEquals ? "EncryptionContextEquals" : "EncryptionContextSubset",
      }),
      "kms:GrantIsForAWSResource": "false",
    })),
    CreateKey: (input) => {
      const conditions = {
        "kms:KeySpec": input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT",
        "kms:KeyUsage": input.KeyUsage ?? "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": input.Origin ?? "AWS_KMS",
        "kms:MultiRegion": String(input.MultiRegion ?? false),
        "kms:BypassPolicyLockoutSafetyCheck": String(input.BypassPolicyLockoutSafetyCheck ?? false),
        ...requestTags(input.Tags),
      };
      return ["CreateKey", ...(input.Tags?.length ? ["TagResource"] : [])].map((operation) => ({
        action: `kms:${operation}`,
        resource: "*",
        conditions,
      }));
    },
    Decrypt: (input, context) =>
      onCiphertext(context, input.CiphertextBlob, input.KeyId, {
        operation: "Decrypt",
        context: asContext(input.EncryptionContext),
        conditions: { "kms:EncryptionAlgorithm": input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT" },
      }),
    DeleteAlias: onAliasAndKeys("DeleteAlias"),
    DeleteImportedKeyMaterial: onKey("DeleteImportedKeyMaterial"),
    DeriveSharedSecret: onKey("DeriveSharedSecret", ({ KeyAgreementAlgorithm = "" }) => ({
      "kms:KeyAgreementAlgorithm": KeyAgreementAlgorithm,
    })),
    DescribeKey: onKey("DescribeKey"),
    DisableKey: onKey("DisableKey"),
    DisableKeyRotation: onKey("DisableKeyRotation"),
    EnableKey: onKey("EnableKey"),
    EnableKeyRotation: onKey("EnableKeyRotation", ({ RotationPeriodInDays }) => ({
      ...(RotationPeriodInDays !== undefined && { "kms:RotationPeriodInDays": String(RotationPeriodInDays) }),
    })),
    Encrypt: onKey("Encrypt", ({ EncryptionAlgorithm }) => ({ "kms:EncryptionAlgorithm": EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT" })),
    GenerateDataKey: onKey("GenerateDataKey"),
    GenerateDataKeyPair: onKey("GenerateDataKeyPair", ({ KeyPairSpec }) => ({ "kms:DataKeyPairSpec": KeyPairSpec ?? "" })),
    GenerateDataKeyPairWithoutPlaintext: onKey("GenerateDataKeyPairWithoutPlaintext", ({ KeyPairSpec }) => ({
      "kms:DataKeyPairSpec": KeyPairSpec ?? "",
    })),
    GenerateDataKeyWithoutPlaintext: onKey("GenerateDataKeyWithoutPlaintext"),
    GenerateMac: onKey("GenerateMac", ({ MacAlgorithm = "" }) => ({ "kms:MacAlgorithm": MacAlgorithm })),
    GetKeyPolicy: onKey("GetKeyPolicy"),
    GetKeyRotationStatus: onKey("GetKeyRotationStatus"),
    GetParametersForImport: onKey("GetParametersForImport", ({ WrappingAlgorithm = "", WrappingKeySpec = "" }) => ({
      "kms:WrappingAlgorithm": WrappingAlgorithm,
      "kms:WrappingKeySpec": WrappingKeySpec,
    })),
    GetPublicKey: onKey("GetPublicKey"),
    ImportKeyMaterial: onKey("ImportKeyMaterial", ({ ExpirationModel = "KEY_MATERIAL_EXPIRES" }) => ({
      "kms:ExpirationModel": ExpirationModel,
    })),
    ListGrants: onKey("ListGrants"),
    ListKeyPolicies: onKey("ListKeyPolicies"),
    ListKeyRotations: onKey("ListKeyRotations"),
    ListResourceTags: onKey("ListResourceTags"),
    PutKeyPolicy: onKey("PutKeyPolicy", ({ BypassPolicyLockoutSafetyCheck }) => ({
      "kms:BypassPolicyLockoutSafetyCheck": String(BypassPolicyLockoutSafetyCheck ?? false),
    })),
    ReEncrypt: (input, context) => [
      ...onCiphertext(context, input.CiphertextBlob, input.SourceKeyId, {
        operation: "ReEncryptFrom",
        context: asContext(input.SourceEncryptionContext),
      }),
      ...onReference(context, input.DestinationKeyId, {
        operation: "ReEncryptTo",
        context: asContext(input.DestinationEncryptionContext),
      }),
    ],
    ReplicateKey: onKey("ReplicateKey", ({ ReplicaRegion = "" }) => ({ "kms:ReplicaRegion": ReplicaRegion })),
    RetireGrant: (input, context) => {
      const grant = grants.peekRetired(context, input);
      if (!grant || grants.mayRetire(grant, context)) return [];
      return onReference(context, grant.keyId, { operation: "RetireGrant" });
    },
    RevokeGrant: onKey("RevokeGrant"),
    RotateKeyOnDemand: onKey("RotateKeyOnDemand"),
    ScheduleKeyDeletion: onKey("ScheduleKeyDeletion", ({ PendingWindowInDays = 30 }) => ({
      "kms:ScheduleKeyDeletionPendingWindowInDays": String(PendingWindowInDays),
    })),
    Sign: onKey("Sign", (input) => signing(input)),
    TagResource: onKey("TagResource", ({ Tags }) => requestTags(Tags)),
    UntagResource: onKey("UntagResource", ({ TagKeys }) => ({ "aws:TagKeys": TagKeys ?? [] })),
    UpdateAlias: onAliasAndKeys("UpdateAlias"),
    UpdateKeyDescription: onKey("UpdateKeyDescription"),
    UpdatePrimaryRegion: onKey("UpdatePrimaryRegion", ({ PrimaryRegion = "" }) => ({ "kms:PrimaryRegion": PrimaryRegion })),
    Verify: onKey("Verify", (input) => signing(input)),
    VerifyMac: onKey("VerifyMac", ({ MacAlgorithm = "" }) => ({ "kms:MacAlgorithm": MacAlgorithm })),
  },
  readers,
  resources: { "AWS::KMS::Alias": alias, "AWS::KMS::Key": key },
  start: offerKeys,
});
