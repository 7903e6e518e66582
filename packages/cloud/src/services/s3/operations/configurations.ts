/** The configurations of a bucket that are kept and answered: one table for all their puts, gets and deletes. */
import { AwsError } from "../../../aws-error.ts";
import type { OperationContext } from "../../../service.ts";
import { type Bucket, buckets, defaults, findBucket } from "../buckets.ts";
import * as checks from "../configuration-checks.ts";
import { website } from "../website-check.ts";
import { missingBody } from "../errors.ts";
import { checkNotifications, type Notifications } from "../notifications.ts";

type Named = { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined };

/** Keeps `member` of the call, which has to be there; `check` refuses it, or gives what is to be kept. */
const put =
  (
    name: string,
    member: string,
    check: (value: never, bucket: Bucket, context: OperationContext, input: never) => unknown = () => undefined,
  ) =>
  async (input: Named, context: OperationContext): Promise<Record<string, never>> => {
    const value = (input as Record<string, unknown>)[member];
    const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
    if (value === undefined) throw missingBody();
    const checked = await check(value as never, bucket, context, input as never);
    const kept = checked === undefined ? value : checked;
    // What was awaited may have taken its time: on the bucket as it is now.
    const now = findBucket(context, bucket.name);
    buckets(context.cloud).put("global", bucket.name, { ...now, configurations: { ...now.configurations, [name]: kept } });
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

export const configurationOperations = {
  PutBucketCors: put("Cors", "CORSConfiguration", checks.cors),
  GetBucketCors: get("Cors", undefined, absent("NoSuchCORSConfiguration", "The CORS configuration does not exist")),
  DeleteBucketCors: remove("Cors"),
  async PutBucketLifecycleConfiguration(input: Named, context: OperationContext): Promise<object> {
    await put("Lifecycle", "LifecycleConfiguration", checks.lifecycle)(input, context);
    const kept = findBucket(context, input.Bucket!).configurations["Lifecycle"] as { TransitionDefaultMinimumObjectSize?: string } | null;
    return kept?.TransitionDefaultMinimumObjectSize === undefined
      ? {}
      : { TransitionDefaultMinimumObjectSize: kept.TransitionDefaultMinimumObjectSize };
  },
  GetBucketLifecycleConfiguration: get(
    "Lifecycle",
    undefined,
    absent("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
  ),
  DeleteBucketLifecycle: remove("Lifecycle"),
  PutBucketEncryption: put("Encryption", "ServerSideEncryptionConfiguration", checks.encryption),
  GetBucketEncryption: get("Encryption", "ServerSideEncryptionConfiguration", defaults.Encryption),
  DeleteBucketEncryption: remove("Encryption"),
  PutPublicAccessBlock: put("PublicAccessBlock", "PublicAccessBlockConfiguration", checks.publicAccess),
  GetPublicAccessBlock: get(
    "PublicAccessBlock",
    "PublicAccessBlockConfiguration",
    defaults.PublicAccessBlock,
    absent("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
  ),
  DeletePublicAccessBlock: remove("PublicAccessBlock"),
  PutBucketOwnershipControls: put("OwnershipControls", "OwnershipControls", checks.ownership),
  GetBucketOwnershipControls: get(
    "OwnershipControls",
    "OwnershipControls",
    defaults.OwnershipControls,
    absent("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
  ),
  DeleteBucketOwnershipControls: remove("OwnershipControls"),
  PutBucketNotificationConfiguration: put(
    "Notification",
    "NotificationConfiguration",
    (given: Notifications, bucket, context, { SkipDestinationValidation = false }: { SkipDestinationValidation?: boolean }) =>
      checkNotifications(given, bucket, context, SkipDestinationValidation),
  ),
  GetBucketNotificationConfiguration: get("Notification", undefined, {}),
  PutBucketLogging: put("Logging", "BucketLoggingStatus", checks.logging),
  GetBucketLogging: get("Logging", undefined, {}),
  PutBucketAccelerateConfiguration: put("Accelerate", "AccelerateConfiguration", checks.acceleration),
  GetBucketAccelerateConfiguration: get("Accelerate", undefined, {}),
  PutBucketRequestPayment: put("RequestPayment", "RequestPaymentConfiguration", checks.requestPayment),
  GetBucketRequestPayment: get("RequestPayment", undefined, { Payer: "BucketOwner" }),
  PutBucketWebsite: put("Website", "WebsiteConfiguration", website),
  GetBucketWebsite: get(
    "Website",
    undefined,
    absent("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
  ),
  DeleteBucketWebsite: remove("Website"),
  PutBucketReplication: put("Replication", "ReplicationConfiguration", checks.replication),
  GetBucketReplication: get(
    "Replication",
    "ReplicationConfiguration",
    absent("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
  ),
  DeleteBucketReplication: remove("Replication"),
};
