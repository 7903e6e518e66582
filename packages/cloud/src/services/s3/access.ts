/** What calls ask for: actions on buckets and objects, in view of the bucket's policy, its lists, and Block Public Access. */
import { AwsError } from "../../aws-error.ts";
import { accessDenied, decide } from "../../identity/authorize.ts";
import { parsePolicy, type Statement } from "../../identity/policy.ts";
import type { Authorization, OperationContext } from "../../service.ts";
import { bucketsListDecides, listAllows } from "./acl.ts";
import { type Bucket, bucketArn, buckets, publicAccessOf } from "./buckets.ts";
import { latestOf, versionOf } from "./objects.ts";
import { parseTagging } from "./tagging.ts";

export interface Asking {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
}

/** Conditions by the member that carries each (Service Authorization Reference, "Condition keys for Amazon S3"). */
const conditionMembers: Readonly<Record<string, string>> = {
  ACL: "s3:x-amz-acl",
  CopySource: "s3:x-amz-copy-source",
  Delimiter: "s3:delimiter",
  GrantFullControl: "s3:x-amz-grant-full-control",
  GrantRead: "s3:x-amz-grant-read",
  GrantReadACP: "s3:x-amz-grant-read-acp",
  GrantWrite: "s3:x-amz-grant-write",
  GrantWriteACP: "s3:x-amz-grant-write-acp",
  IfMatch: "s3:if-match",
  IfNoneMatch: "s3:if-none-match",
  MaxKeys: "s3:max-keys",
  MetadataDirective: "s3:x-amz-metadata-directive",
  ObjectLockLegalHoldStatus: "s3:object-lock-legal-hold",
  ObjectLockMode: "s3:object-lock-mode",
  ObjectOwnership: "s3:x-amz-object-ownership",
  Prefix: "s3:prefix",
  SSEKMSKeyId: "s3:x-amz-server-side-encryption-aws-kms-key-id",
  ServerSideEncryption: "s3:x-amz-server-side-encryption",
  StorageClass: "s3:x-amz-storage-class",
  VersionId: "s3:VersionId",
  WebsiteRedirectLocation: "s3:x-amz-website-redirect-location",
};

/** Only these may never lock the account out of its own bucket. */
const ownersAlways = ["PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"];

export function on(action: string, input: Asking, context: OperationContext): Authorization {
  const { cloud, principal } = context;
  const { Bucket: bucketName, Key: key } = input;
  const bucket = bucketName === undefined ? undefined : buckets(cloud).get("global", bucketName);
  const arn = bucketArn(bucketName ?? "*");
  const asked = { action: `s3:${action}`, resource: key === undefined ? arn : `${arn}/${key}` };
  if ((principal.kind === "service" && !principal.onlyAsAllowed) || !bucket) return asked;
  if (principal.kind === "root" && (bucket.policy === undefined || ownersAlways.includes(action))) return asked;
  const object =
    key === undefined ? undefined : (input.VersionId === undefined ? latestOf : versionOf)(cloud, bucket.name, key, input.VersionId!);
  const restricted = publicAccessOf(bucket).RestrictPublicBuckets && principal.kind === "anonymous";
  const resourcePolicy = bucket.policy !== undefined && restricted && isPublicPolicy(bucket.policy) ? undefined : bucket.policy;
  // Of what is not there, the bucket's list decides whether one may know.
  const byBucket = key === undefined || bucketsListDecides(action) || !object;
  const listed = key !== undefined && !object && !bucketsListDecides(action) ? "ListBucket" : action;
  return {
    ...asked,
    conditions: { ...conditionsOf(input), ...tagConditions("s3:ExistingObjectTag", object?.content.tags) },
    ...(resourcePolicy !== undefined && { resourcePolicy }),
    listAllows: listAllows(bucket, byBucket ? bucket.grants : object.content.grants, listed, principal),
  };
}

function conditionsOf(input: object): Record<string, string | string[]> {
  const given = input as Record<string, unknown>;
  const conditions: Record<string, string | string[]> = {};
  for (const [member, key] of Object.entries(conditionMembers)) {
    const value = given[member];
    if (typeof value === "string" || typeof value === "number") conditions[key] = String(value);
  }
  if (typeof given["Tagging"] === "string") {
    const tags = parseTagging(given["Tagging"]);
    Object.assign(conditions, tagConditions("s3:RequestObjectTag", tags));
    conditions["s3:RequestObjectTagKeys"] = Object.keys(tags);
  }
  return conditions;
}

const tagConditions = (name: string, tags: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${name}/${key}`, value]));

/** Whom a key is not shown to that is not there: who may not list the bucket is denied. */
export function denyWithoutList<T>(context: OperationContext, { name }: Bucket, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "NoSuchKey")) throw error;
    const asked = on("ListBucket", { Bucket: name }, context);
    const decision = decide(context, asked);
    if (decision.outcome !== "allowed") throw accessDenied("s3", context.principal.arn, asked, decision);
    throw error;
  }
}

/** Keys that, held to fixed values, keep a policy from being public (Amazon S3 User Guide, "The meaning of public"). */
const narrowingKeys = new Set(
  (
    "aws:sourceip aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:userid aws:principalorgid aws:principalorgpaths " +
    "aws:principalaccount aws:principalarn s3:x-amz-server-side-encryption-aws-kms-key-id s3:dataaccesspointarn s3:dataaccesspointaccount"
  ).split(" "),
);

/** Whether a policy lets everybody in. */
export function isPublicPolicy(text: string): boolean {
  return parsePolicy(text).statements.some(
    (statement) => statement.effect === "Allow" && speaksOfEverybody(statement) && !isNarrowed(statement),
  );
}

function speaksOfEverybody({ principal, notPrincipal }: Statement): boolean {
  return notPrincipal || principal === "*" || (principal?.["AWS"] ?? []).includes("*");
}

function isNarrowed({ conditions }: Statement): boolean {
  return conditions.some(
    ({ operator, key, values, ifExists }) =>
      !ifExists &&
      narrowingKeys.has(key) &&
      !/Not/u.test(operator) &&
      values.every((value) => (key === "aws:sourceip" ? !/\/[0-7]$/u.test(value) : !/[*?]|\$\{/u.test(value))),
  );
}
