/** Lifecycle rules as days pass: what expires, moves and is given up, and what headers say of it beforehand. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lifecycleApplied } from "../../../src/services/s3/lifecycle-run.ts";
import { startSimulatedServer } from "../../server.ts";

let server: Awaited<ReturnType<typeof startSimulatedServer>>;
let s3: S3Client;
const Bucket = "lifecycle";
const dayMs = 86_400_000;

beforeEach(async () => {
  // Twelve hours past midnight.
  server = await startSimulatedServer(1, { startMs: Date.UTC(2026, 0, 1, 12) });
  s3 = new S3Client(server.client);
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
});
afterEach(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

const rules = (...Rules: object[]) =>
  s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: Rules.map((rule, at) => ({ ID: `rule ${at}`, Status: "Enabled", Filter: {}, ...rule })) as never },
    }),
  );
const version = (Status: "Enabled" | "Suspended" = "Enabled") =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = (Key: string, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...more }));
const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key }));
/** Lets days pass; what midnights began is done when it answers. */
async function pass(days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    for (let half = 0; half < 2; half++) {
      await server.world.clock.sleepThrough(dayMs / 2); // to midnight, and from there
      await lifecycleApplied(server.cloud);
    }
  }
}
/** As `key` or `key (marker)`, the newest of a key first. */
async function left(): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions.map(({ Key, IsLatest }) => `${Key}${IsLatest ? "" : " old"}`), ...DeleteMarkers.map(({ Key }) => `${Key} (marker)`)];
}
const files = () =>
  readdirSync(join(server.folder, "s3", "objects"), { recursive: true }).filter((name) =>
    statSync(join(server.folder, "s3", "objects", String(name))).isFile(),
  ).length;

describe("objects expire", () => {
  it("at the midnight behind their days, by prefix, tag and size, and their files with them", async () => {
    await rules(
      { Filter: { Prefix: "log/" }, Expiration: { Days: 1 } },
      { Filter: { And: { Prefix: "a", Tags: [{ Key: "keep", Value: "no" }] } }, Expiration: { Days: 2 } },
      { Filter: { ObjectSizeGreaterThan: 10 }, Expiration: { Days: 3 } },
      { Filter: { Prefix: "off" }, Status: "Disabled", Expiration: { Days: 1 } },
    );
    const log = await put("log/1");
    // Written at noon of the first: a day later is noon of the second, and so the midnight behind it.
    expect(log.Expiration).toBe('expiry-date="Sat, 03 Jan 2026 00:00:00 GMT", rule-id="rule+0"');
    expect((await head("log/1")).Expiration).toBe(log.Expiration);
    await put("a1", { Tagging: "keep=no" });
    await put("a2", { Tagging: "keep=yes" });
    await put("big", { Body: "x".repeat(11) });
    await put("off");
    expect((await head("off")).Expiration).toBeUndefined();
    await pass(1);
    expect(await left()).toEqual(["a1", "a2", "big", "log/1", "off"]);
    await pass(1);
    expect(await left()).toEqual(["a1", "a2", "big", "off"]);
    await expect(head("log/1")).rejects.toMatchObject({ name: "NotFound" });
    await pass(1);
    expect(await left()).toEqual(["a2", "big", "off"]);
    await pass(1);
    expect(await left()).toEqual(["a2", "off"]);
    expect(files()).toBe(2);
  });

  it("at a date, and while the cloud was not running", async () => {
    await put("a");
    await rules({ Expiration: { Date: new Date("2026-01-05T00:00:00Z") } });
    expect((await head("a")).Expiration).toBe('expiry-date="Mon, 05 Jan 2026 00:00:00 GMT", rule-id="rule+0"');
    await server.cloud.stop();
    await server.world.clock.sleepThrough(10 * dayMs);
    expect(await left()).toEqual(["a"]);
    await server.cloud.start();
    await lifecycleApplied(server.cloud);
    expect(await left()).toEqual([]);
  });

  it("under a delete marker where there are versions, and the marker when nothing lies under it", async () => {
    await version();
    await put("a");
    await put("a");
    await rules(
      { Expiration: { Days: 1 }, NoncurrentVersionExpiration: { NoncurrentDays: 2 } },
      { Expiration: { ExpiredObjectDeleteMarker: true } },
    );
    await pass(2);
    expect(await left()).toEqual(["a old", "a old", "a (marker)"]);
    await pass(1);
    expect(await left()).toEqual(["a old", "a (marker)"]);
    await pass(2);
    expect(await left()).toEqual([]);
    expect(files()).toBe(0);
  });
});

it("keeps the newest of old versions, and what a lock protects", async () => {
  const locked = "locked";
  await s3.send(
    new CreateBucketCommand({
      Bucket: locked,
      ObjectLockEnabledForBucket: true,
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
  const NoncurrentVersionExpiration = { NoncurrentDays: 1, NewerNoncurrentVersions: 2 };
  const Rules = [{ ID: "r", Status: "Enabled" as const, Filter: {}, NoncurrentVersionExpiration }];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: locked, LifecycleConfiguration: { Rules } }));
  const ids: string[] = [];
  for (const Body of ["1", "2", "3", "4", "5"]) {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: locked, Key: "a", Body }));
    ids.push(VersionId!);
  }
  await s3.send(new PutObjectLegalHoldCommand({ Bucket: locked, Key: "a", VersionId: ids[0]!, LegalHold: { Status: "ON" } }));
  await pass(3);
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: locked }));
  // The newest, two before it, and the one that is held.
  expect(Versions!.map(({ VersionId }) => VersionId)).toEqual([ids[4], ids[3], ids[2], ids[0]]);
});

it("moves objects to colder classes, small ones only where a rule speaks of sizes, and never back", async () => {
  await rules(
    {
      Filter: { Prefix: "a" },
      Transitions: [
        { Days: 30, StorageClass: "STANDARD_IA" },
        { Days: 60, StorageClass: "GLACIER" },
      ],
    },
    { Filter: { And: { Prefix: "small", ObjectSizeGreaterThan: 0 } }, Transitions: [{ Days: 1, StorageClass: "GLACIER_IR" }] },
  );
  const Body = "x".repeat(128 * 1024);
  await put("a", { Body });
  await put("a-tiny");
  await put("a-cold", { Body, StorageClass: "DEEP_ARCHIVE" });
  await put("small");
  const classes = async () => Promise.all(["a", "a-tiny", "a-cold", "small"].map(async (key) => (await head(key)).StorageClass));
  await pass(2);
  expect(await classes()).toEqual([undefined, undefined, "DEEP_ARCHIVE", "GLACIER_IR"]);
  await server.world.clock.sleepThrough(30 * dayMs);
  await lifecycleApplied(server.cloud);
  expect(await classes()).toEqual(["STANDARD_IA", undefined, "DEEP_ARCHIVE", "GLACIER_IR"]);
  await server.world.clock.sleepThrough(30 * dayMs);
  await lifecycleApplied(server.cloud);
  expect(await classes()).toEqual(["GLACIER", undefined, "DEEP_ARCHIVE", "GLACIER_IR"]);
});

it("gives up uploads that are not completed, as it said it would", async () => {
  await rules({ Filter: { Prefix: "up" }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } });
  const begin = (Key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { UploadId, AbortDate, AbortRuleId } = await begin("up");
  expect([AbortDate, AbortRuleId]).toEqual([new Date("2026-01-05T00:00:00Z"), "rule 0"]);
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: "up", UploadId, PartNumber: 1, Body: "x" }));
  expect((await s3.send(new ListPartsCommand({ Bucket, Key: "up", UploadId }))).AbortRuleId).toBe("rule 0");
  const other = await begin("other");
  expect(other.AbortDate).toBeUndefined();
  await pass(4);
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads!.map(({ Key }) => Key)).toEqual(["other"]);
  const complete = new CompleteMultipartUploadCommand({
    Bucket,
    Key: "up",
    UploadId,
    MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
  });
  await expect(s3.send(complete)).rejects.toMatchObject({ name: "NoSuchUpload" });
  expect(files()).toBe(0);
});

it("says nothing of an object that is deleted, and replaces the null version where versioning is suspended", async () => {
  await version();
  await put("a");
  await version("Suspended");
  await put("a");
  await rules({ Expiration: { Days: 1 } });
  await pass(2);
  expect(await left()).toEqual(["a old", "a (marker)"]);
  expect(files()).toBe(1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  await expect(head("a")).rejects.toMatchObject({ name: "NotFound" });
});
