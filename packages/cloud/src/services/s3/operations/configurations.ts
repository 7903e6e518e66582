/** The configurations of a bucket that are kept and answered, without effect: one table for all their puts, gets and deletes. */
import { AwsError } from "../../../aws-error.ts";
import type { OperationContext } from "../../../service.ts";
import { buckets, findBucket } from "../buckets.ts";
import { malformedXml } from "../errors.ts";

type Named = { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined };

/** Keeps `member` of the call, which has to be there. */
const put =
  (name: string, member: string) =>
  (input: Named, context: OperationContext): Record<string, never> => {
    const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
    const value = (input as Record<string, unknown>)[member];
    if (value === undefined) throw malformedXml();
    buckets(context.cloud).put("global", bucket.name, { ...bucket, configurations: { ...bucket.configurations, [name]: value } });
    return {};
  };

/** What was put, as `as` or spread into the answer; where nothing was, `absent`; where it was removed, `removed` or the same. */
const get =
  (name: string, as: string | undefined, absent: AwsError | object, removed: AwsError | object = absent) =>
  (input: Named, context: OperationContext): object => {
    const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
    const value = bucket.configurations[name] as object | null | undefined;
    const found = value === undefined ? absent : value === null ? removed : revived(value);
    if (found instanceof AwsError) throw new AwsError(found.code, found.message, found.status, { BucketName: bucket.name });
    return as === undefined ? found : { [as]: found };
  };

/** `null` stays, so that what a bucket has from the start does not come back. */
const remove =
  (name: string) =>
  (input: Named, context: OperationContext): Record<string, never> => {
    const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
    buckets(context.cloud).put("global", bucket.name, { ...bucket, configurations: { ...bucket.configurations, [name]: null } });
    return {};
  };

/** Times went to disk as text (the `Date` of lifecycle rules). */
function revived<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key: string, each: unknown) =>
    key === "Date" && typeof each === "string" ? new Date(each) : each,
  ) as T;
}

const absent = (code: string, message: string) => new AwsError(code, message, 404);

/** What a bucket has from the start, as AWS makes them since 2023. */
const defaults = {
  encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }] },
  publicAccess: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
  ownership: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
};

export const configurationOperations = {
  PutBucketCors: put("Cors", "CORSConfiguration"),
  GetBucketCors: get("Cors", undefined, absent("NoSuchCORSConfiguration", "The CORS configuration does not exist")),
  DeleteBucketCors: remove("Cors"),
  PutBucketLifecycleConfiguration: put("Lifecycle", "LifecycleConfiguration"),
  GetBucketLifecycleConfiguration: get(
    "Lifecycle",
    undefined,
    absent("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
  ),
  DeleteBucketLifecycle: remove("Lifecycle"),
  PutBucketEncryption: put("Encryption", "ServerSideEncryptionConfiguration"),
  GetBucketEncryption: get("Encryption", "ServerSideEncryptionConfiguration", defaults.encryption),
  DeleteBucketEncryption: remove("Encryption"),
  PutPublicAccessBlock: put("PublicAccessBlock", "PublicAccessBlockConfiguration"),
  GetPublicAccessBlock: get(
    "PublicAccessBlock",
    "PublicAccessBlockConfiguration",
    defaults.publicAccess,
    absent("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
  ),
  DeletePublicAccessBlock: remove("PublicAccessBlock"),
  PutBucketOwnershipControls: put("OwnershipControls", "OwnershipControls"),
  GetBucketOwnershipControls: get(
    "OwnershipControls",
    "OwnershipControls",
    defaults.ownership,
    absent("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
  ),
  DeleteBucketOwnershipControls: remove("OwnershipControls"),
  PutBucketNotificationConfiguration: put("Notification", "NotificationConfiguration"),
  GetBucketNotificationConfiguration: get("Notification", undefined, {}),
  PutBucketLogging: put("Logging", "BucketLoggingStatus"),
  GetBucketLogging: get("Logging", undefined, {}),
  PutBucketAccelerateConfiguration: put("Accelerate", "AccelerateConfiguration"),
  GetBucketAccelerateConfiguration: get("Accelerate", undefined, {}),
  PutBucketRequestPayment: put("RequestPayment", "RequestPaymentConfiguration"),
  GetBucketRequestPayment: get("RequestPayment", undefined, { Payer: "BucketOwner" }),
  PutBucketWebsite: put("Website", "WebsiteConfiguration"),
  GetBucketWebsite: get(
    "Website",
    undefined,
    absent("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
  ),
  DeleteBucketWebsite: remove("Website"),
};
