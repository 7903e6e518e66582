/** Values of secrets under their KMS key: encrypted on the disk, and read only by who may decrypt with it. Source: Secrets Manager User Guide, "Secret encryption and decryption". */
import { AwsError } from "../../aws-error.ts";
import { rootPrincipal } from "../../identity/principal.ts";
import { encryptionKeys, type KeyUser } from "../../runtime/encryption-keys.ts";
import { openValue, type SealedValue, sealValue } from "../../runtime/sealed-value.ts";
import type { OperationContext } from "../../service.ts";
import { decryptionFailure, encryptionFailure, noKeyAccess } from "./errors.ts";
import type { Secret, SecretVersion } from "./secret.ts";

export type Caller = Pick<OperationContext, "cloud" | "account" | "region" | "principal">;

export interface KeptValue extends SealedValue {
  kind: "string" | "binary";
  /** For which it was sealed: the encryption context names it. A copy of a version keeps that. */
  versionId: string;
}

interface Value {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}

/** The key that AWS manages for the service. */
export const defaultKey = "alias/aws/secretsmanager";
const labels = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"];

function user({ account, region, principal }: Caller, { arn }: Readonly<Secret>, versionId: string): KeyUser {
  return {
    region,
    // Services keep secrets with the rights of whoever called them (RDS does), whom they do not name here: the account stands for them.
    principal: principal.kind === "service" ? rootPrincipal(account) : principal,
    service: "secretsmanager",
    context: { SecretARN: arn, SecretVersionId: versionId },
  };
}

export const isFilled = ({ value, secretString, secretBinary }: SecretVersion): boolean =>
  value !== undefined || secretString !== undefined || secretBinary !== undefined;

/** Throws AccessDeniedException, EncryptionFailure. */
export function sealedValue(caller: Caller, secret: Secret, versionId: string, { SecretString, SecretBinary }: Value): KeptValue {
  const reference = secret.kmsKeyId ?? defaultKey;
  const by = user(caller, secret, versionId);
  const bytes = SecretString === undefined ? SecretBinary! : Buffer.from(SecretString, "utf8");
  return withKey(encryptionFailure, () => {
    encryptionKeys(caller.cloud).check(by, reference, ["Decrypt"]);
    return {
      ...sealValue(caller.cloud, by, reference, bytes),
      kind: SecretString === undefined ? "binary" : "string",
      versionId,
    };
  });
}

/** Throws AccessDeniedException, DecryptionFailure. */
export function openedValue(caller: Caller, secret: Readonly<Secret>, { value, secretString, secretBinary }: SecretVersion): Value {
  if (!value) {
    return {
      ...(secretString !== undefined && { SecretString: secretString }),
      ...(secretBinary !== undefined && { SecretBinary: Buffer.from(secretBinary, "base64") }),
    };
  }
  const bytes = withKey(decryptionFailure, () => openValue(caller.cloud, user(caller, secret, value.versionId), value));
  return value.kind === "string" ? { SecretString: bytes.toString("utf8") } : { SecretBinary: bytes };
}

/** Brings the labelled versions under the secret's present key; without the rights to both keys they stay as they are (API reference, UpdateSecret). */
export function resealed(caller: Caller, secret: Secret): void {
  for (const version of secret.versions) {
    if (!isFilled(version) || !version.stages.some((stage) => labels.includes(stage))) continue;
    try {
      version.value = sealedValue(caller, secret, version.id, openedValue(caller, secret, version));
      delete version.secretString;
      delete version.secretBinary;
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "AccessDeniedException")) throw error;
    }
  }
}

function withKey<R>(failure: () => AwsError, use: () => R): R {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw ["AccessDeniedException", "NotFoundException"].includes(error.code) ? noKeyAccess() : failure();
  }
}
