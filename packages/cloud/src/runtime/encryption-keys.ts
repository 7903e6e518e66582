/**
 * What stands between KMS and the services that encrypt with its keys: KMS puts itself here, they ask at each use. It answers at once, so that
 * nothing comes between a check and what it was for.
 */
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";
import type { Principal } from "../identity/principal.ts";

export interface KeyUser {
  region: string;
  /** Whoever called the service, or the service that acts by itself; KMS sees it forwarded by `service`. */
  principal: Principal;
  /** As `kms:ViaService` begins: `secretsmanager`, `sqs`. */
  service: string;
  /** The encryption context. Default: none. */
  context?: Readonly<Record<string, string>>;
}

export interface DataKey {
  /** The id of the key that sealed it. */
  keyId: string;
  plaintext: Uint8Array;
  /** What `decrypt` makes the plaintext of. */
  ciphertext: Uint8Array;
}

/** As policies name them after `kms:`. */
export type KeyOperation = "Encrypt" | "Decrypt" | "GenerateDataKey" | "DescribeKey" | "CreateGrant";

/** All throw KMS's own errors (NotFoundException, AccessDeniedException, DisabledException, KMSInvalidStateException, …). */
export interface EncryptionKeys {
  /** The ARN of the key that `reference` (id, ARN or alias) means; that which AWS manages for a service is made when it is first named. */
  arnOf(region: string, reference: string): string;
  /** That the caller may do this with the key, and the key is enabled. */
  check(user: KeyUser, reference: string, operations: readonly KeyOperation[]): void;
  /** Up to 4,096 bytes. */
  encrypt(user: KeyUser, reference: string, plaintext: Uint8Array): Uint8Array;
  generateDataKey(user: KeyUser, reference: string): DataKey;
  decrypt(user: KeyUser, ciphertext: Uint8Array): Uint8Array;
}

/**
 * What is wrong with a key that is to protect a resource's storage: the caller lets the service use it by a grant. Nothing, where the resource
 * names none or it is all right.
 */
export function storageKeyFault(cloud: Cloud, user: KeyUser, reference: string | undefined): AwsError | undefined {
  if (reference === undefined || reference === "") return undefined;
  try {
    encryptionKeys(cloud).check(user, reference, ["DescribeKey", "CreateGrant"]);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error;
  }
}

/** An error of KMS as services that pass it on write it. */
export const passedOn = (cloud: Cloud, { code, message, status }: AwsError): string =>
  `${message} (Service: AWSKMS; Status Code: ${status}; Error Code: ${code}; Request ID: ${cloud.world.random.uuid()}; Proxy: null)`;

const key = Symbol("encryption keys");
const holder = (cloud: Cloud): { keys?: EncryptionKeys } => cloud.memory(key, () => ({}));

export function placeKeys(cloud: Cloud, keys: EncryptionKeys): void {
  holder(cloud).keys = keys;
}

export function encryptionKeys(cloud: Cloud): EncryptionKeys {
  const { keys } = holder(cloud);
  if (!keys) throw new Error("no service of this cloud keeps keys");
  return keys;
}
