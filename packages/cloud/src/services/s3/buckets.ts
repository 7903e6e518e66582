/** Buckets: what is kept of each. Their names are one space over all regions. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import type { Grant } from "./acl.ts";
import { noSuchBucket } from "./errors.ts";
import type { LockRule } from "./lock.ts";

export interface Bucket {
  name: string;
  region: string;
  createdMs: number;
  /** Absent: never switched on. */
  versioning?: "Enabled" | "Suspended";
  tags: Record<string, string>;
  /** JSON text. */
  policy?: string;
  /** Absent: the owner's alone. */
  grants?: Grant[];
  /** Object Lock is on, for good; `rule` is for objects that come without a retention of their own. */
  lock?: { rule?: LockRule };
  /** Kept and answered, in the members of the operation that puts each, by its name (`Cors`, `Lifecycle`, …). */
  configurations: Record<string, unknown>;
}

type Buckets = Collection<Readonly<Bucket>>;

/** One that was read is kept in memory till it is written again: nearly every call looks at its bucket, some twice. */
export function buckets(cloud: Cloud): Buckets {
  return cloud.memory(memory, () => {
    const stored: Buckets = cloud.store.collection<Readonly<Bucket>>("s3.bucket");
    const kept = new Map<string, Readonly<Bucket>>();
    return {
      ...stored,
      get(scope, name) {
        const found = kept.get(name) ?? stored.get(scope, name);
        if (found) kept.set(name, found);
        return found;
      },
      put(scope, name, bucket) {
        kept.delete(name);
        stored.put(scope, name, bucket);
      },
      delete(scope, name) {
        kept.delete(name);
        return stored.delete(scope, name);
      },
    };
  });
}

const memory = Symbol("s3.buckets");

/** The bucket, which has to be there, and the caller's where it says whose it has to be. */
export function findBucket({ cloud, account }: { cloud: Cloud; account: string }, name: string, expectedOwner?: string): Readonly<Bucket> {
  const bucket = buckets(cloud).get("global", name);
  if (!bucket) throw noSuchBucket(name);
  if (expectedOwner !== undefined && !/^\d{12}$/u.test(expectedOwner)) {
    throw new AwsError(
      "InvalidBucketOwnerAWSAccountID",
      `The value of the expected bucket owner parameter must be an AWS Account ID... [${expectedOwner}]`,
      400,
    );
  }
  if (expectedOwner !== undefined && expectedOwner !== account) throw new AwsError("AccessDenied", "Access Denied", 403);
  return bucket;
}

/** What a bucket has from the start, as AWS makes them since 2023; by the names of `Bucket.configurations`. */
const blocked = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
export const defaults = {
  Encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }] },
  PublicAccessBlock: blocked,
  OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
};

/** The four settings of Block Public Access that hold for a bucket; removed, none does. */
export function publicAccessOf({ configurations }: Bucket): Partial<typeof blocked> {
  const found = configurations["PublicAccessBlock"];
  return found === undefined ? defaults.PublicAccessBlock : ((found ?? {}) as Partial<typeof blocked>);
}

/** Whether lists count (`ObjectWriter`, `BucketOwnerPreferred`) or not (`BucketOwnerEnforced`). */
export function ownershipOf({ configurations }: Bucket): string {
  const found = configurations["OwnershipControls"] as typeof defaults.OwnershipControls | null | undefined;
  // Without the setting it is as it was before there was one.
  return found === null ? "ObjectWriter" : (found ?? defaults.OwnershipControls).Rules[0]!.ObjectOwnership;
}

/** The encryption that objects get which come without one. */
export function encryptionOf({ configurations }: Bucket): { algorithm: string; keyId?: string; bucketKey: boolean } {
  const found = (configurations["Encryption"] ?? defaults.Encryption) as {
    Rules: { ApplyServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string }; BucketKeyEnabled?: boolean }[];
  };
  const [rule] = found.Rules;
  const { SSEAlgorithm = "AES256", KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
  return {
    algorithm: SSEAlgorithm,
    bucketKey: rule?.BucketKeyEnabled === true,
    ...(KMSMasterKeyID !== undefined && { keyId: KMSMasterKeyID }),
  };
}

/** 3–63 of lower-case letters, digits, dots and hyphens; no address, no reserved beginning or end. */
export function checkBucketName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(name) &&
    !/\.\.|^\d{1,3}(\.\d{1,3}){3}$|^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$|\.mrap$|--x-s3$/u.test(name);
  if (!valid) throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: name });
}

export const bucketArn = (name: string) => `arn:aws:s3:::${name}`;

/** A canonical user id: 64 digits that stand for the account. */
export function ownerOf(account: string): { ID: string; DisplayName: string } {
  return { ID: Buffer.from(account).toString("hex").padEnd(64, "0"), DisplayName: "plinth" };
}
