/** What every bucket has in common: closed to the public, without lists of rights, encrypted, over TLS only. Source: Amazon S3 User Guide. */
import { sub } from "./compilation.ts";

export const closedBucket = {
  // What holds anyway: lists of rights are off, and AWS takes no other value then. Who reads templates for auditors looks for it.
  AccessControl: "Private",
  // S3's own key: load balancers and S3 itself can write no logs into a bucket with another.
  BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }] },
  OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
};

/** cfn-lint calls `AccessControl` a legacy, which it is for every value but this one. */
export const aclIsPrivate = { "cfn-lint": { config: { ignore_checks: ["W3045"] } } };

export function onlyOverTls(arn: unknown): object {
  return {
    Sid: "OnlyOverTls",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, sub("${Arn}/*", { Arn: arn })],
    Condition: { Bool: { "aws:SecureTransport": false } },
  };
}

/** Uploads that nobody finished are paid for until they are given up. */
export const unfinishedUploads = (days: number) => ({
  Id: "unfinished-uploads",
  Status: "Enabled",
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
});

/** What is no longer the current version goes, and then what marks that it was deleted. */
export const oldVersions = (days: number) => [
  { Id: "old-versions", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: days } },
  { Id: "delete-markers", Status: "Enabled", ExpiredObjectDeleteMarker: true },
];
