/** Objects in S3 through AWS's own client: its defaults for checksums, streams, multipart uploads, versions, lists and errors. */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketCorsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTarget, type Target } from "./target.ts";

let target: Target;
let s3: S3Client;
let Bucket: string;
beforeAll(async () => {
  target = await openTarget();
  s3 = new S3Client({ ...target.configuration, forcePathStyle: true });
  Bucket = `${target.prefix}-objects`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
});
afterAll(async () => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  s3.destroy();
  await target[Symbol.asyncDispose]();
});

test("a stream comes back as it went, with the checksum that the client adds behind it", async () => {
  const content = randomBytes(300_000);
  const pieces = Array.from({ length: 5 }, (_, at) => content.subarray(at * 60_000, (at + 1) * 60_000));
  await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: Readable.from(pieces), ContentLength: content.length }));
  const found = await s3.send(new GetObjectCommand({ Bucket, Key: "stream", ChecksumMode: "ENABLED" }));
  expect(Buffer.from(await found.Body!.transformToByteArray()).equals(content)).toBe(true);
  expect(found).toMatchObject({ ContentLength: content.length, ChecksumCRC32: expect.any(String), ChecksumType: "FULL_OBJECT" });
});

describe("a multipart upload", () => {
  test("has a checksum of the whole, and parts that can be read by themselves", async () => {
    const Key = "parts";
    const create = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const { UploadId } = await s3.send(create);
    const Parts = [];
    for (const [at, Body] of [Buffer.alloc(5 * 1024 ** 2, "a"), Buffer.from("end")].entries()) {
      const { ETag, ChecksumCRC32 } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: at + 1, Body, ChecksumAlgorithm: "CRC32" }),
      );
      Parts.push({ PartNumber: at + 1, ETag, ChecksumCRC32 });
    }
    const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect(done).toMatchObject({ ETag: expect.stringMatching(/-2"$/u), ChecksumType: "FULL_OBJECT" });
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["Checksum", "ObjectParts", "ObjectSize"] }),
    );
    expect(attributes).toMatchObject({
      Checksum: { ChecksumCRC32: done.ChecksumCRC32, ChecksumType: "FULL_OBJECT" },
      ObjectParts: { TotalPartsCount: 2 },
      ObjectSize: 5 * 1024 ** 2 + 3,
    });
    const part = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    expect(await part.Body!.transformToString()).toBe("end");
  });

  test("that is given up is gone", async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "given-up" }));
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "given-up", UploadId }));
    const part = new UploadPartCommand({ Bucket, Key: "given-up", UploadId, PartNumber: 1, Body: "x" });
    await expect(s3.send(part)).rejects.toMatchObject({ name: "NoSuchUpload" });
  });
});

test("writes under conditions fail as AWS's do", async () => {
  const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: "once", Body: "x", ...more }));
  await put({ IfNoneMatch: "*" });
  await expect(put({ IfNoneMatch: "*" })).rejects.toMatchObject({ name: "PreconditionFailed" });
  await expect(put({ IfMatch: '"0123456789abcdef0123456789abcdef"' })).rejects.toMatchObject({ name: "PreconditionFailed" });
});

test("lists page through all keys", async () => {
  const keys = Array.from({ length: 7 }, (_, at) => `list/${at}`);
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  const found: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket, Prefix: "list/" }))
    found.push(...Contents.map(({ Key }) => Key!));
  expect(found).toEqual(keys);
});

test("a bucket's rules say when objects expire, and which pages may read them", async () => {
  const Rules = [{ ID: "tidy", Status: "Enabled" as const, Filter: { Prefix: "tmp/" }, Expiration: { Days: 3 } }];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "tmp/a", Body: "x" }));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "tmp/a" }));
  expect(head.Expiration).toMatch(/^expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", rule-id="tidy"$/u);
  const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://app.example"], MaxAgeSeconds: 300 }];
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
});
