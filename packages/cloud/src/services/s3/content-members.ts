/** The members that say what an object is: from a call to what is kept, and from there into answers. */
import { AwsError } from "../../aws-error.ts";
import { invalidArgument, invalidRequest, refused } from "./errors.ts";
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
export interface Described {
  Metadata?: Record<string, string> | undefined;
  Tagging?: string | undefined;
  StorageClass?: string | undefined;
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
}

export function describe(input: Described): Pick<Content, "metadata" | "headers" | "tags" | "storageClass" | "encryption"> {
  const given = input as Record<string, unknown>;
  for (const name of ["SSECustomerAlgorithm", "CopySourceSSECustomerAlgorithm"])
    if (given[name] !== undefined) throw refused("encryption with customer-provided keys (SSE-C)");
  for (const name of ["ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"])
    if (given[name] !== undefined) throw refused("S3 Object Lock");
  if (given["WriteOffsetBytes"] !== undefined) throw refused("appending to objects");
  const acl = given["ACL"];
  if (acl !== undefined && acl !== "private" && acl !== "bucket-owner-full-control") {
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
  }
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
    throw new AwsError("InvalidStorageClass", "The storage class you specified is not valid", 400);
  if (storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE")
    throw refused(`the storage class ${storageClass}: there is no archive to restore from`);
  const ServerSideEncryption = input.ServerSideEncryption ?? "AES256";
  if (!["AES256", "aws:kms", "aws:kms:dsse"].includes(ServerSideEncryption)) {
    throw invalidArgument("The encryption method specified is not supported", "x-amz-server-side-encryption", ServerSideEncryption);
  }
  return {
    metadata,
    headers: Object.fromEntries(headerNames.flatMap((name) => (typeof given[name] === "string" ? [[name, given[name]]] : []))),
    tags: parseTagging(input.Tagging),
    storageClass,
    encryption: {
      ServerSideEncryption,
      ...(input.SSEKMSKeyId !== undefined && { SSEKMSKeyId: input.SSEKMSKeyId }),
      ...(input.BucketKeyEnabled !== undefined && { BucketKeyEnabled: input.BucketKeyEnabled }),
    },
  };
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

export function checksumMembers(checksum: { algorithm: string; value: string } | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {};
}

export function fullChecksumMembers(checksum: Checksum | undefined) {
  return checksum ? { ...checksumMembers(checksum), ChecksumType: checksum.type } : {};
}

export const quoted = (etag: string) => `"${etag}"`;

/** `versionId` in answers: only where the bucket has, or had, versions. */
export function versionMember(version: ObjectVersion, versioning: string | undefined): { VersionId?: string } {
  return versioning === undefined ? {} : { VersionId: version.version };
}
