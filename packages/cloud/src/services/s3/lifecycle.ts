/**
 * Lifecycle rules: what they say of an object, a version or an upload, and when (Amazon S3 User Guide, "Managing the lifecycle of
 * objects"). Times are as S3 counts them: days after, rounded up to the next midnight in UTC.
 */
import type { BucketLifecycleConfiguration, LifecycleRule } from "@aws-sdk/client-s3";
import type { Bucket } from "./buckets.ts";
import type { ObjectVersion } from "./objects.ts";

export const dayMs = 86_400_000;

/** The rules of a bucket that are in force. */
export function activeRules({ configurations }: Bucket): LifecycleRule[] {
  const found = configurations["Lifecycle"] as BucketLifecycleConfiguration | null | undefined;
  return (found?.Rules ?? []).filter(({ Status }) => Status === "Enabled");
}

/** Midnight behind the last of `days` whole days. */
export function dueMs(sinceMs: number, days: number): number {
  return Math.ceil((sinceMs + days * dayMs) / dayMs) * dayMs;
}

interface Kind {
  key: string;
  tags: Readonly<Record<string, string>>;
  sizeBytes: number;
}

/** Whether a rule speaks of such an object. */
export function speaksOf({ Filter, Prefix }: LifecycleRule, { key, tags, sizeBytes }: Kind): boolean {
  const { And } = Filter ?? {};
  const prefix = And?.Prefix ?? Filter?.Prefix ?? Prefix ?? "";
  const wanted = And?.Tags ?? (Filter?.Tag ? [Filter.Tag] : []);
  const above = And?.ObjectSizeGreaterThan ?? Filter?.ObjectSizeGreaterThan;
  const below = And?.ObjectSizeLessThan ?? Filter?.ObjectSizeLessThan;
  return (
    key.startsWith(prefix) &&
    wanted.every(({ Key, Value }) => tags[Key!] === Value) &&
    (above === undefined || sizeBytes > above) &&
    (below === undefined || sizeBytes < below)
  );
}

export const kindOf = ({ key, content }: Pick<ObjectVersion, "key" | "content">): Kind => ({
  key,
  tags: content.tags,
  sizeBytes: content.sizeBytes,
});

/** When the current version of an object expires, and by which rule: the first that does. */
export function expirationOf(rules: readonly LifecycleRule[], object: ObjectVersion): { atMs: number; ruleId: string } | undefined {
  const times = rules.flatMap((rule) => {
    const { Days, Date: date } = rule.Expiration ?? {};
    if ((Days === undefined && date === undefined) || !speaksOf(rule, kindOf(object))) return [];
    return [{ atMs: date === undefined ? dueMs(object.modifiedMs, Days!) : timeOf(date), ruleId: rule.ID ?? "" }];
  });
  return times.toSorted((a, b) => a.atMs - b.atMs)[0];
}

/** The header that tells of it: on a current version, in a bucket that has such a rule. */
export function expirationMember(bucket: Bucket, object: ObjectVersion): { Expiration?: string } {
  if (!object.latest || bucket.configurations["Lifecycle"] === undefined) return {};
  const found = expirationOf(activeRules(bucket), object);
  if (!found) return {};
  const id = encodeURIComponent(found.ruleId).replaceAll("%20", "+");
  return { Expiration: `expiry-date="${new Date(found.atMs).toUTCString()}", rule-id="${id}"` };
}

/** When an upload that is not completed is given up, and by which rule. */
export function abortionOf(bucket: Bucket, upload: { key: string; initiatedMs: number }): { AbortDate?: Date; AbortRuleId?: string } {
  const times = activeRules(bucket).flatMap((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    if (days === undefined || !speaksOf(rule, { key: upload.key, tags: {}, sizeBytes: 0 })) return [];
    return [{ AbortDate: new Date(dueMs(upload.initiatedMs, days)), AbortRuleId: rule.ID ?? "" }];
  });
  return times.toSorted((a, b) => a.AbortDate.getTime() - b.AbortDate.getTime())[0] ?? {};
}

/** From the hottest to the coldest: objects only ever go down (User Guide, "Supported transitions"). */
const classes = ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
/** Smaller ones are moved only where a rule says something of sizes, or the bucket lets them into the archives (since September 2024). */
const leastMovedBytes = 128 * 1024;

/** Whether a bucket has the rule from before: `varies_by_storage_class`. */
function archivesSmall({ configurations }: Bucket): boolean {
  const found = configurations["Lifecycle"] as { TransitionDefaultMinimumObjectSize?: string } | null | undefined;
  return found?.TransitionDefaultMinimumObjectSize === "varies_by_storage_class";
}

/** The storage class that a version should be in at `nowMs`; `undefined` where it is in the right one. */
export function classDue(
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  version: ObjectVersion,
  noncurrent: { sinceMs: number; newer: number } | undefined,
  nowMs: number,
): string | undefined {
  const due = rules.flatMap((rule) => {
    if (!speaksOf(rule, kindOf(version))) return [];
    const found: string[] = noncurrent
      ? (rule.NoncurrentVersionTransitions ?? []).flatMap(({ NoncurrentDays = 0, NewerNoncurrentVersions = 0, StorageClass }) =>
          dueMs(noncurrent.sinceMs, NoncurrentDays) <= nowMs && noncurrent.newer >= NewerNoncurrentVersions ? [StorageClass!] : [],
        )
      : (rule.Transitions ?? []).flatMap(({ Days = 0, Date: date, StorageClass }) =>
          (date === undefined ? dueMs(version.modifiedMs, Days) : timeOf(date)) <= nowMs ? [StorageClass!] : [],
        );
    if (version.content.sizeBytes >= leastMovedBytes || saysSize(rule)) return found;
    return archivesSmall(bucket) ? found.filter((name) => name === "GLACIER" || name === "DEEP_ARCHIVE") : [];
  });
  const rank = (name: string) => classes.indexOf(name);
  const coldest = due.toSorted((a, b) => rank(b) - rank(a))[0];
  return coldest !== undefined && rank(coldest) > rank(version.content.storageClass) ? coldest : undefined;
}

function saysSize({ Filter }: LifecycleRule): boolean {
  const { And } = Filter ?? {};
  return [Filter?.ObjectSizeGreaterThan, Filter?.ObjectSizeLessThan, And?.ObjectSizeGreaterThan, And?.ObjectSizeLessThan].some(
    (size) => size !== undefined,
  );
}

/** Kept as text. */
export const timeOf = (date: Date | string): number => new Date(date).getTime();
