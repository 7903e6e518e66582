/** The lock of a bucket and of objects: PutObjectLockConfiguration, PutObjectRetention, PutObjectLegalHold, and their gets. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { buckets, findBucket } from "../buckets.ts";
import { malformedXml, missingBody } from "../errors.ts";
import { checkWeaker, noLockOfBucket, noLockOfObject, retentionOf, ruleOf } from "../lock.ts";
import { changeContent } from "../objects.ts";
import { lookForDetails as look } from "./object-details.ts";

export const putObjectLockConfiguration = operation("s3", "PutObjectLockConfiguration", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (!input.ObjectLockConfiguration) throw missingBody();
  const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration;
  if (ObjectLockEnabled !== "Enabled") throw malformedXml();
  if (bucket.versioning !== "Enabled") {
    throw new AwsError("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409);
  }
  const lock = Rule ? { rule: ruleOf(Rule.DefaultRetention) } : {};
  buckets(context.cloud).put("global", bucket.name, { ...bucket, lock });
  return {};
});

export const getObjectLockConfiguration = operation("s3", "GetObjectLockConfiguration", (input, context) => {
  const { name, lock } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (!lock) {
    throw new AwsError("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", 404, {
      BucketName: name,
    });
  }
  const { rule } = lock;
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: "Enabled" as const,
      ...(rule && { Rule: { DefaultRetention: { ...rule, Mode: rule.Mode as "GOVERNANCE" } } }),
    },
  };
});

export const putObjectRetention = operation("s3", "PutObjectRetention", (input, context) => {
  const { cloud } = context;
  const { bucket, object } = look(context, input, "PUT");
  if (!bucket.lock) throw noLockOfBucket();
  const { Mode, RetainUntilDate } = input.Retention ?? {};
  if ((Mode === undefined) !== (RetainUntilDate === undefined)) throw malformedXml();
  const nowMs = cloud.world.clock.nowMs();
  const retention = Mode !== undefined && RetainUntilDate ? retentionOf(Mode, RetainUntilDate, nowMs, malformedXml()) : undefined;
  const { retention: before, ...content } = object.content;
  checkWeaker(before, retention, nowMs, input.BypassGovernanceRetention === true);
  changeContent(cloud, object, { ...content, ...(retention && { retention }) });
  return {};
});

export const getObjectRetention = operation("s3", "GetObjectRetention", (input, context) => {
  const { bucket, object } = look(context, input);
  if (!bucket.lock) throw noLockOfBucket();
  const { retention } = object.content;
  if (!retention) throw noLockOfObject();
  return { Retention: { Mode: retention.mode as "GOVERNANCE", RetainUntilDate: new Date(retention.untilMs) } };
});

export const putObjectLegalHold = operation("s3", "PutObjectLegalHold", (input, context) => {
  const { bucket, object } = look(context, input, "PUT");
  if (!bucket.lock) throw noLockOfBucket();
  const { Status } = input.LegalHold ?? {};
  if (Status !== "ON" && Status !== "OFF") throw malformedXml();
  changeContent(context.cloud, object, { ...object.content, legalHold: Status });
  return {};
});

export const getObjectLegalHold = operation("s3", "GetObjectLegalHold", (input, context) => {
  const { bucket, object } = look(context, input);
  if (!bucket.lock) throw noLockOfBucket();
  const { legalHold } = object.content;
  if (!legalHold) throw noLockOfObject();
  return { LegalHold: { Status: legalHold } };
});
