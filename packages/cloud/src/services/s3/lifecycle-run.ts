/**
 * Applies lifecycle rules: once a day at midnight (UTC), and at each start of the cloud, for the days that it was not running. What is
 * done is done one object at a time, so a kill in the middle leaves the rest for the next start.
 */
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type Bucket, buckets } from "./buckets.ts";
import { removeContent } from "./content.ts";
import { abortionOf, activeRules, classDue, dayMs, dueMs, expirationOf, kindOf, speaksOf, timeOf } from "./lifecycle.ts";
import { checkDeletable } from "./lock.ts";
import { type Doer, notify } from "./notifications.ts";
import { changeContent, keysOf, type ObjectVersion, removeObject, removeVersion, versionsOf } from "./objects.ts";
import { abandonUpload, uploadsOf } from "./uploads.ts";

interface Clock {
  cancel: () => void;
  /** What is being applied; never rejects. */
  running: Promise<void>;
}

const memory = Symbol("s3.lifecycle");
const held = (cloud: Cloud) => cloud.memory<Clock>(memory, () => ({ cancel: () => {}, running: Promise.resolve() }));

export function startLifecycle(cloud: Cloud): void {
  const own = held(cloud);
  own.running = own.running.then(() => applyAll(cloud));
  waitForMidnight(cloud);
}

/** Resolves when nothing is applied any more. */
export async function stopLifecycle(cloud: Cloud): Promise<void> {
  held(cloud).cancel();
  await lifecycleApplied(cloud);
}

/** Resolves when what was due has been done. */
export const lifecycleApplied = (cloud: Cloud): Promise<void> => held(cloud).running;

function waitForMidnight(cloud: Cloud): void {
  const own = held(cloud);
  const nowMs = cloud.world.clock.nowMs();
  own.cancel = cloud.world.clock.after((Math.floor(nowMs / dayMs) + 1) * dayMs - nowMs, () => {
    own.running = own.running.then(() => applyAll(cloud));
    waitForMidnight(cloud);
  });
}

async function applyAll(cloud: Cloud): Promise<void> {
  for (const bucket of buckets(cloud).list("global")) {
    try {
      await applyRules(cloud, bucket);
    } catch {
      // This bucket waits for the next midnight (a disk that is full, say); the others go on.
    }
  }
}

/** Does what a bucket's rules ask for by now. */
async function applyRules(cloud: Cloud, bucket: Bucket): Promise<void> {
  const rules = activeRules(bucket);
  if (rules.length === 0) return;
  const nowMs = cloud.world.clock.nowMs();
  const doer: Doer = { cloud, principal: servicePrincipal(cloud.account, "s3.amazonaws.com"), requestId: cloud.world.random.uuid() };
  for (const key of keysOf(cloud, bucket.name)) {
    await applyToNoncurrent(doer, bucket, rules, key, nowMs);
    await applyToCurrent(doer, bucket, rules, key, nowMs);
  }
  for (const upload of uploadsOf(cloud, bucket.name)) {
    const { AbortDate } = abortionOf(bucket, upload);
    if (AbortDate && AbortDate.getTime() <= nowMs) await abandonUpload(cloud, upload.id);
  }
}

async function applyToCurrent(doer: Doer, bucket: Bucket, rules: readonly LifecycleRule[], key: string, nowMs: number): Promise<void> {
  const { cloud } = doer;
  const [current, ...older] = versionsOf(cloud, bucket.name, key);
  if (!current) return;
  if (current.marker) {
    if (older.length === 0 && rules.some((rule) => endsMarker(rule, current, nowMs))) await erase(doer, bucket, current);
    return;
  }
  const expiration = expirationOf(rules, current);
  if (!expiration || expiration.atMs > nowMs) return move(doer, bucket, current, classDue(bucket, rules, current, undefined, nowMs));
  if (bucket.versioning === undefined) return erase(doer, bucket, current);
  const marker = await removeObject(cloud, bucket, key);
  if (marker) await notify(doer, bucket, "LifecycleExpiration:DeleteMarkerCreated", marker);
}

/** A delete marker under which nothing lies any more. */
function endsMarker(rule: LifecycleRule, marker: ObjectVersion, nowMs: number): boolean {
  const { Days, Date: date, ExpiredObjectDeleteMarker } = rule.Expiration ?? {};
  if (!speaksOf(rule, kindOf(marker))) return false;
  if (ExpiredObjectDeleteMarker) return true;
  if (date !== undefined) return timeOf(date) <= nowMs;
  return Days !== undefined && dueMs(marker.modifiedMs, Days) <= nowMs;
}

async function applyToNoncurrent(doer: Doer, bucket: Bucket, rules: readonly LifecycleRule[], key: string, nowMs: number): Promise<void> {
  const versions = versionsOf(doer.cloud, bucket.name, key);
  // A version is noncurrent since the next one was written.
  for (const [newer, version] of versions.slice(1).entries()) {
    const sinceMs = versions[newer]!.modifiedMs;
    const over = rules.some((rule) => {
      const { NoncurrentDays = 0, NewerNoncurrentVersions = 0 } = rule.NoncurrentVersionExpiration ?? {};
      return (
        rule.NoncurrentVersionExpiration !== undefined &&
        speaksOf(rule, kindOf(version)) &&
        dueMs(sinceMs, NoncurrentDays) <= nowMs &&
        newer >= NewerNoncurrentVersions
      );
    });
    if (over) await erase(doer, bucket, version);
    else if (!version.marker) await move(doer, bucket, version, classDue(bucket, rules, version, { sinceMs, newer }, nowMs));
  }
}

/** For good; not what a lock protects. */
async function erase(doer: Doer, bucket: Bucket, version: ObjectVersion): Promise<void> {
  try {
    checkDeletable(version.content, doer.cloud.world.clock.nowMs(), false);
  } catch (error) {
    if (error instanceof AwsError) return;
    throw error;
  }
  removeVersion(doer.cloud, bucket.name, version);
  await removeContent(doer.cloud, version.content.files);
  await notify(doer, bucket, "LifecycleExpiration:Delete", version);
}

async function move(doer: Doer, bucket: Bucket, version: ObjectVersion, storageClass: string | undefined): Promise<void> {
  if (storageClass === undefined) return;
  const content = { ...version.content, storageClass };
  changeContent(doer.cloud, version, content);
  await notify(doer, bucket, "LifecycleTransition", { ...version, content });
}
