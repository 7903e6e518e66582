/** What AWS refuses in the configurations of a bucket, and what it adds to them. Each gives what is to be kept: nothing where it is as given, `null` where there is to be none. */
import type {
  AccelerateConfiguration,
  BucketLoggingStatus,
  CORSConfiguration,
  BucketLifecycleConfiguration,
  LifecycleRule,
  LifecycleRuleAndOperator,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  RequestPaymentConfiguration,
  ServerSideEncryptionConfiguration,
} from "@aws-sdk/client-s3";
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { type Bucket, buckets } from "./buckets.ts";
import { invalidArgument, invalidRequest, malformedXml } from "./errors.ts";

export function cors({ CORSRules = [] }: CORSConfiguration): void {
  if (CORSRules.length === 0 || CORSRules.length > 100) throw malformedXml();
  for (const { AllowedMethods = [], AllowedOrigins = [] } of CORSRules) {
    if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml();
    const unknown = AllowedMethods.find((method) => !["GET", "PUT", "POST", "DELETE", "HEAD"].includes(method));
    if (unknown !== undefined) throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`);
    if (AllowedOrigins.some((origin) => origin.split("*").length > 2))
      throw invalidRequest('AllowedOrigin "*" can not have more than one wildcard.');
  }
}

/** Smaller objects stay in their class (since September 2024). */
const defaultLeastMoved = "all_storage_classes_128K";

export function lifecycle(
  { Rules = [], ...rest }: BucketLifecycleConfiguration,
  _bucket: Bucket,
  { cloud }: OperationContext,
  { TransitionDefaultMinimumObjectSize: least = defaultLeastMoved }: { TransitionDefaultMinimumObjectSize?: string | undefined },
): object | null {
  if (least !== defaultLeastMoved && least !== "varies_by_storage_class")
    throw invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${least}`);
  if (Rules.length > 1000) throw malformedXml();
  // No rules are no configuration.
  if (Rules.length === 0) return null;
  const ids = Rules.flatMap(({ ID }) => ID ?? []);
  if (new Set(ids).size < ids.length) {
    throw invalidArgument(
      "Rule ID must be unique. Found same ID for more than one rule",
      "ID",
      ids.find((id, at) => ids.indexOf(id) !== at),
    );
  }
  return {
    ...rest,
    TransitionDefaultMinimumObjectSize: least,
    Rules: Rules.map((rule) => ({ ...checkRule(rule), ID: rule.ID ?? cloud.world.random.uuid() })),
  };
}

const dayMs = 86_400_000;
const actions = [
  "Expiration",
  "Transitions",
  "NoncurrentVersionExpiration",
  "NoncurrentVersionTransitions",
  "AbortIncompleteMultipartUpload",
] as const;

/** How many things a rule's `And` asks for: each tag counts. */
function conditionsOf({ Tags = [], ...others }: LifecycleRuleAndOperator): number {
  return Tags.length + Object.values(others).filter((value) => value !== undefined).length;
}

function checkRule(rule: LifecycleRule): LifecycleRule {
  const { Status, Filter, Prefix, Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload, Transitions, ID } = rule;
  if (Status !== "Enabled" && Status !== "Disabled") throw malformedXml();
  if ((ID ?? "").length > 255) throw invalidArgument("ID length should not exceed allowed limit of 255", "ID", ID);
  if ((Filter === undefined) === (Prefix === undefined)) throw malformedXml();
  const chosen = Object.values(Filter ?? {}).filter((value) => value !== undefined).length;
  if (chosen > 1 || (Filter?.And && conditionsOf(Filter.And) < 2)) throw malformedXml();
  const tagKeys = (Filter?.And?.Tags ?? []).map(({ Key }) => Key);
  if (new Set(tagKeys).size < tagKeys.length) throw invalidRequest("Duplicate Tag Keys are not allowed.");
  if (!actions.some((action) => rule[action] !== undefined)) throw invalidRequest("At least one action needs to be specified in a rule");
  if (Expiration) {
    const { Days, Date, ExpiredObjectDeleteMarker } = Expiration;
    if ([Days, Date, ExpiredObjectDeleteMarker].filter((value) => value !== undefined).length !== 1) throw malformedXml();
    positive("Days", "Expiration", Days);
    if (Date && Date.getTime() % dayMs !== 0) throw invalidArgument("'Date' must be at midnight GMT", "Date", Date.toISOString());
    if (ExpiredObjectDeleteMarker !== undefined && Filter?.Tag)
      throw invalidRequest("ExpiredObjectDeleteMarker cannot be specified for lifecycle rules with tags.");
  }
  if (NoncurrentVersionExpiration && NoncurrentVersionExpiration.NoncurrentDays === undefined) throw malformedXml();
  if (NoncurrentVersionExpiration) positive("NoncurrentDays", "NoncurrentVersionExpiration", NoncurrentVersionExpiration.NoncurrentDays);
  if (AbortIncompleteMultipartUpload) {
    positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload", AbortIncompleteMultipartUpload.DaysAfterInitiation);
    if (Filter?.Tag || Filter?.And?.Tags?.length) throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  }
  for (const { Days, Date, StorageClass } of Transitions ?? []) {
    if (StorageClass === undefined || (Days === undefined) === (Date === undefined)) throw malformedXml();
    if (Days !== undefined && Days < 30 && StorageClass.endsWith("_IA"))
      throw invalidArgument(
        `'Days' in Transition action must be greater than or equal to 30 for storageClass '${StorageClass}'`,
        "Days",
        Days,
      );
  }
  for (const { NoncurrentDays, StorageClass } of rule.NoncurrentVersionTransitions ?? [])
    if (NoncurrentDays === undefined || StorageClass === undefined) throw malformedXml();
  return rule;
}

function positive(name: string, action: string, value: number | undefined): void {
  if (value !== undefined && value <= 0) throw invalidArgument(`'${name}' for ${action} action must be a positive integer`, name, value);
}

export function encryption({ Rules = [] }: ServerSideEncryptionConfiguration): object {
  const [rule] = Rules;
  const by = rule?.ApplyServerSideEncryptionByDefault;
  if (!rule || Rules.length > 1 || (by && !["AES256", "aws:kms", "aws:kms:dsse"].includes(by.SSEAlgorithm ?? ""))) throw malformedXml();
  if (by?.SSEAlgorithm === "AES256" && by.KMSMasterKeyID !== undefined) {
    throw invalidArgument(
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      "ApplyServerSideEncryptionByDefault",
      undefined,
    );
  }
  return { Rules: [{ ...rule, BucketKeyEnabled: rule.BucketKeyEnabled ?? false }] };
}

export function publicAccess(given: PublicAccessBlockConfiguration): object {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = given;
  if ([BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets].every((setting) => setting === undefined))
    throw invalidRequest("Must specify at least one configuration.");
  return {
    BlockPublicAcls: BlockPublicAcls === true,
    IgnorePublicAcls: IgnorePublicAcls === true,
    BlockPublicPolicy: BlockPublicPolicy === true,
    RestrictPublicBuckets: RestrictPublicBuckets === true,
  };
}

export const ownerships = ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"];

export function ownership({ Rules = [] }: OwnershipControls, bucket: Bucket): void {
  const [rule] = Rules;
  if (Rules.length !== 1 || !ownerships.includes(rule!.ObjectOwnership ?? "")) throw malformedXml();
  if (rule!.ObjectOwnership === "BucketOwnerEnforced" && (bucket.grants?.length ?? 1) > 1) {
    throw new AwsError(
      "InvalidBucketAclWithObjectOwnership",
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      400,
    );
  }
}

export function logging({ LoggingEnabled }: BucketLoggingStatus, bucket: Bucket, { cloud }: OperationContext): void {
  if (!LoggingEnabled) return;
  if (LoggingEnabled.TargetBucket === undefined || LoggingEnabled.TargetPrefix === undefined) throw malformedXml();
  const target = buckets(cloud).get("global", LoggingEnabled.TargetBucket);
  if (!target) {
    throw new AwsError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400, {
      TargetBucket: LoggingEnabled.TargetBucket,
    });
  }
  if (target.region !== bucket.region) {
    throw new AwsError("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ", 403, {
      SourceBucketLocation: bucket.region,
      TargetBucketLocation: target.region,
    });
  }
}

/** A bucket that never had it does not begin to have it by its suspension. */
export function acceleration({ Status }: AccelerateConfiguration, { name, configurations }: Bucket): object | undefined {
  if (Status !== "Enabled" && Status !== "Suspended") throw malformedXml();
  if (name.includes(".")) throw invalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
  return Status === "Suspended" && configurations["Accelerate"] === undefined ? {} : undefined;
}

export function requestPayment({ Payer }: RequestPaymentConfiguration): void {
  if (Payer !== "Requester" && Payer !== "BucketOwner") throw malformedXml();
}

export function replication({ Role, Rules = [] }: ReplicationConfiguration, bucket: Bucket, { cloud }: OperationContext): object {
  if (bucket.versioning !== "Enabled")
    throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  if (Rules.length === 0) throw malformedXml();
  for (const { Status, Destination } of Rules) {
    if (Status !== "Enabled" && Status !== "Disabled") throw malformedXml();
    const target = buckets(cloud).get("global", (Destination?.Bucket ?? "").replace(/^arn:[\w-]+:s3:::/u, ""));
    if (!target) throw invalidRequest("Destination bucket must exist.");
    if (target.versioning !== "Enabled") throw invalidRequest("Destination bucket must have versioning enabled.");
  }
  return { Role, Rules: Rules.map((rule) => ({ ...rule, ID: rule.ID ?? cloud.world.random.uuid() })) };
}
