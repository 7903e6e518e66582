/** The members that say what an object is: from a call to what is kept, and from there into answers. */
import { AwsError } from "../../aws-error.ts";
import { type AclInput, checkGrants, givenGrants } from "./acl.ts";
import { type Bucket, encryptionOf } from "./buckets.ts";
import { invalidArgument, invalidRequest, refused } from "./errors.ts";
import { type LockInput, lockOf } from "./lock.ts";
import type { Checksum, Content, ObjectVersion } from "./objects.ts";
import { parseTagging } from "./tagging.ts";

const headerNames = [
  "CacheControl",
  "ContentDisposition",
  "ContentEncoding",
  "ContentLanguage",
  "ContentType",
  "Expires",
  "WebsiteRedirectLocation",
] as const;
export const checksumAlgorithms = [
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
  "SHA512",
  "MD5",
  "XXHASH64",
  "XXHASH3",
  "XXHASH128",
] as const;
const storageClasses = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
];
const maximumMetadataBytes = 2048;

/** The members of PutObject, CopyObject and CreateMultipartUpload that describe the object. */
export interface Described extends AclInput, LockInput {
  Metadata?: Record<string, string> | undefined;
  Tagging?: string | undefined;
  StorageClass?: string | undefined;
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
}

export type Description = Pick<
  Content,
  "metadata" | "headers" | "tags" | "storageClass" | "encryption" | "grants" | "retention" | "legalHold"
>;

/** What a call says of the object that it makes, with what the bucket adds of itself. */
export function describe(input: Described, bucket: Bucket, account: string, nowMs: number): Description {
  const given = input as Record<string, unknown>;
  for (const name of ["SSECustomerAlgorithm", "CopySourceSSECustomerAlgorithm"])
    if (given[name] !== undefined) throw refused("encryption with customer-provided keys (SSE-C)");
  if (given["WriteOffsetBytes"] !== undefined) throw refused("appending to objects");
  const grants = givenGrants(input, account);
  checkGrants(bucket, grants, account);
  const metadata = Object.fromEntries(Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const metadataBytes = Object.entries(metadata).reduce(
    (total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > maximumMetadataBytes) {
    throw new AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400, {
      Size: metadataBytes,
      MaxSizeAllowed: maximumMetadataBytes,
    });
  }
  const storageClass = input.StorageClass ?? "STANDARD";
  if (!storageClasses.includes(storageClass))
    throw new AwsError("InvalidStorageClass", "The storage class you specified is not valid", 400, {
      StorageClassRequested: storageClass,
    });
  const byBucket = encryptionOf(bucket);
  const ServerSideEncryption = input.ServerSideEncryption ?? byBucket.algorithm;
  if (!["AES256", "aws:kms", "aws:kms:dsse"].includes(ServerSideEncryption)) {
    throw invalidArgument("The encryption method specified is not supported", "x-amz-server-side-encryption", ServerSideEncryption);
  }
  const kms = ServerSideEncryption !== "AES256";
  if (!kms && input.SSEKMSKeyId !== undefined) {
    throw invalidArgument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
      "x-amz-server-side-encryption",
      input.ServerSideEncryption,
    );
  }
  const keyId = input.SSEKMSKeyId ?? (input.ServerSideEncryption === undefined ? byBucket.keyId : undefined);
  const bucketKey = input.BucketKeyEnabled ?? byBucket.bucketKey;
  return {
    metadata,
    headers: Object.fromEntries(headerNames.flatMap((name) => (typeof given[name] === "string" ? [[name, given[name]]] : []))),
    tags: parseTagging(input.Tagging),
    storageClass,
    encryption: {
      ServerSideEncryption,
      ...(kms && keyId !== undefined && { SSEKMSKeyId: keyId }),
      ...(kms && bucketKey && { BucketKeyEnabled: true }),
    },
    ...(grants && { grants }),
    ...lockOf(input, bucket, nowMs),
  };
}

/** How an object is encrypted, in answers. */
export function encryptionMembers({ encryption }: Pick<Content, "encryption">) {
  return { ...encryption, ServerSideEncryption: encryption.ServerSideEncryption as "AES256" };
}

/** The checksum that came with a body; the wire layer has checked it against what was received. */
export function givenChecksum(input: object): { algorithm: string; value: string } | undefined {
  const given = checksumAlgorithms.flatMap((algorithm) => {
    const value = (input as Record<string, unknown>)[`Checksum${algorithm}`];
    return typeof value === "string" ? [{ algorithm: algorithm as string, value }] : [];
  });
  if (given.length > 1) throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  return given[0];
}

/** What S3 adds to an object that comes without a checksum (since December 2024). */
export const defaultChecksum = "CRC64NVME";

export function checksumMembers(checksum: { algorithm: string; value: string } | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {};
}

export function fullChecksumMembers(checksum: Checksum | undefined) {
  return checksum ? { ...checksumMembers(checksum), ChecksumType: checksum.type } : {};
}

export const quoted = (etag: string) => `"${etag}"`;

/** `versionId` in answers: only where the bucket has, or had, versions. */
/** Of what was just written: while versions are suspended the answer names none. */
export function writtenVersionMember(version: ObjectVersion, versioning: string | undefined): { VersionId?: string } {
  return versioning === "Enabled" ? { VersionId: version.version } : {};
}

export function versionMember(version: ObjectVersion, versioning: string | undefined): { VersionId?: string } {
  return versioning === undefined ? {} : { VersionId: version.version };
}
