/**
 * Objects under a KMS key: who writes needs the right to make data keys, who reads the right to decrypt. Services that write to buckets by themselves
 * are not asked. Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys".
 */
import { AwsError } from "../../aws-error.ts";
import { encryptionKeys, type KeyOperation } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";
import { type Bucket, bucketArn } from "./buckets.ts";
import type { Content } from "./objects.ts";

type Encryption = Content["encryption"];

/** How an object that is written will be encrypted: with the ARN of its key, which the caller may use. Uploads in parts decrypt, too. */
export function underKey(
  context: OperationContext,
  encryption: Encryption,
  { bucket, key, parts = false }: { bucket: Bucket; key: string; parts?: boolean },
): Encryption {
  if (encryption.ServerSideEncryption === "AES256") return encryption;
  const reference = encryption.SSEKMSKeyId ?? "alias/aws/s3";
  return withKey(() => {
    const keyArn = encryptionKeys(context.cloud).arnOf(bucket.region, reference);
    use(context, { ...encryption, SSEKMSKeyId: keyArn }, bucket, key, parts ? ["GenerateDataKey", "Decrypt"] : ["GenerateDataKey"]);
    return { ...encryption, SSEKMSKeyId: keyArn };
  });
}

/** Throws where the caller may not read what the key has encrypted. */
export function checkReader(context: OperationContext, { encryption }: Pick<Content, "encryption">, bucket: Bucket, key: string): void {
  withKey(() => use(context, encryption, bucket, key, ["Decrypt"]));
}

function use(
  { cloud, principal }: OperationContext,
  { SSEKMSKeyId, BucketKeyEnabled }: Encryption,
  { name, region }: Bucket,
  key: string,
  operations: readonly KeyOperation[],
): void {
  if (SSEKMSKeyId === undefined || principal.kind === "service") return;
  const context = { "aws:s3:arn": BucketKeyEnabled ? bucketArn(name) : `${bucketArn(name)}/${key}` };
  encryptionKeys(cloud).check({ region, principal, service: "s3", context }, SSEKMSKeyId, operations);
}

function withKey<R>(run: () => R): R {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw error.code === "AccessDeniedException"
      ? new AwsError("AccessDenied", error.message, 403)
      : new AwsError(`KMS.${error.code}`, error.message, 400);
  }
}
