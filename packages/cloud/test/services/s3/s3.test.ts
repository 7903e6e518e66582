/** S3 through its official client: objects, versions, lists, conditions, ranges, multipart uploads, and AWS's errors. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { readdirSync, statSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let s3: S3Client;
let counter = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = new S3Client(server.client);
});

afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

async function makeBucket(): Promise<string> {
  const Bucket = `test-bucket-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  return Bucket;
}

const put = (Bucket: string, Key: string, Body = Key, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (Bucket: string, Key: string, more: object = {}) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, text: await answer.Body!.transformToString() };
};

describe("buckets", () => {
  it("are where they were made, and not made twice", async () => {
    const Bucket = await makeBucket();
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe("eu-central-1");
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe("eu-central-1");
    const again = new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
    await expect(s3.send(again)).rejects.toMatchObject({ name: "BucketAlreadyOwnedByYou" });
    // The official client fills the place in by itself.
    await expect(server.call("s3", "CreateBucket", { Bucket: "no-place" })).rejects.toMatchObject({
      code: "IllegalLocationConstraintException",
      message: "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
    });
    await expect(s3.send(new CreateBucketCommand({ Bucket: "UPPER" }))).rejects.toMatchObject({ name: "InvalidBucketName" });
    await expect(s3.send(new HeadBucketCommand({ Bucket: "nothing-here" }))).rejects.toMatchObject({ name: "NotFound" });
    await put(Bucket, "a");
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(put(Bucket, "a")).rejects.toMatchObject({ name: "NoSuchBucket" });
  });

  it("keep their configurations, and have AWS's defaults", async () => {
    const Bucket = await makeBucket();
    expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({ name: "NoSuchCORSConfiguration" });
    const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAgeSeconds: 3000 }];
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
  });
});

describe("objects", () => {
  it("come back as they went, with what describes them", async () => {
    const Bucket = await makeBucket();
    const Key = "../a b/ü%2F?#";
    const { ETag } = await put(Bucket, Key, "hello", {
      ContentType: "text/plain",
      Metadata: { Who: "me" },
      Tagging: "a=1&b=2",
      ChecksumAlgorithm: "SHA256",
    });
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    const found = await get(Bucket, Key, { ChecksumMode: "ENABLED" });
    expect(found).toMatchObject({
      text: "hello",
      ETag,
      ContentLength: 5,
      ContentType: "text/plain",
      Metadata: { who: "me" },
      TagCount: 2,
      AcceptRanges: "bytes",
      ServerSideEncryption: "AES256",
      ChecksumSHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
      ChecksumType: "FULL_OBJECT",
    });
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents!.map((each) => each.Key)).toEqual([Key]);
    await expect(get(Bucket, "nope")).rejects.toMatchObject({
      name: "NoSuchKey",
      message: "The specified key does not exist.",
      Key: "nope",
    });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "nope" }))).rejects.toMatchObject({ name: "NotFound" });
  });

  it.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
  ])("give the range %s", async (Range, text, ContentRange) => {
    const Bucket = await makeBucket();
    await put(Bucket, "k", "0123456789");
    expect(await get(Bucket, "k", { Range })).toMatchObject({ text, ContentRange, $metadata: { httpStatusCode: 206 } });
    await expect(get(Bucket, "k", { Range: "bytes=10-" })).rejects.toMatchObject({
      name: "InvalidRange",
      $metadata: { httpStatusCode: 416 },
    });
  });

  it("are read and written under conditions", async () => {
    const Bucket = await makeBucket();
    const { ETag } = await put(Bucket, "k", "one", { IfNoneMatch: "*" });
    await expect(put(Bucket, "k", "two", { IfNoneMatch: "*" })).rejects.toMatchObject({
      name: "PreconditionFailed",
      $metadata: { httpStatusCode: 412 },
    });
    await expect(put(Bucket, "k", "two", { IfMatch: '"other"' })).rejects.toMatchObject({ name: "PreconditionFailed" });
    await put(Bucket, "k", "two", { IfMatch: ETag });
    await expect(put(Bucket, "new", "x", { IfMatch: ETag })).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(get(Bucket, "k", { IfMatch: ETag })).rejects.toMatchObject({ name: "PreconditionFailed" });
    const now = (await get(Bucket, "k")).ETag;
    await expect(get(Bucket, "k", { IfNoneMatch: now })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    expect((await get(Bucket, "k")).text).toBe("two");
  });

  it("whose body breaks its checksum leave nothing behind", async () => {
    const Bucket = await makeBucket();
    await expect(put(Bucket, "k", "hello", { ChecksumSHA256: Buffer.alloc(32).toString("base64") })).rejects.toMatchObject({
      name: "BadDigest",
    });
    await expect(put(Bucket, "k", "hello", { ContentMD5: Buffer.alloc(16).toString("base64") })).rejects.toMatchObject({
      name: "BadDigest",
    });
    await expect(get(Bucket, "k")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("are copied with their description, or with another", async () => {
    const Bucket = await makeBucket();
    await put(Bucket, "a/ü", "hello", { Metadata: { who: "me" } });
    const CopySource = `${Bucket}/${encodeURIComponent("a/ü")}`;
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource }));
    expect(CopyObjectResult!.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(await get(Bucket, "b")).toMatchObject({ text: "hello", Metadata: { who: "me" } });
    await s3.send(
      new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/b`, MetadataDirective: "REPLACE", Metadata: { who: "you" } }),
    );
    expect((await get(Bucket, "b")).Metadata).toEqual({ who: "you" });
    await expect(s3.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/b` }))).rejects.toMatchObject({
      name: "InvalidRequest",
    });
  });
});

describe("versions", () => {
  it("stay below what is written and deleted, and come back", async () => {
    const Bucket = await makeBucket();
    await put(Bucket, "k", "zero");
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    const one = await put(Bucket, "k", "one");
    const two = await put(Bucket, "k", "two");
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    expect(marker.DeleteMarker).toBe(true);
    await expect(get(Bucket, "k")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect((await get(Bucket, "k", { VersionId: one.VersionId })).text).toBe("one");
    expect((await get(Bucket, "k", { VersionId: "null" })).text).toBe("zero");
    await expect(get(Bucket, "k", { VersionId: marker.VersionId })).rejects.toMatchObject({ name: "MethodNotAllowed" });

    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.DeleteMarkers!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([[marker.VersionId, true]]);
    expect(listed.Versions!.map(({ VersionId }) => VersionId)).toEqual([two.VersionId, one.VersionId, "null"]);
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
    const rest = await s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }),
    );
    expect(rest.Versions!.map(({ VersionId }) => VersionId)).toEqual([one.VersionId, "null"]);

    await s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId: marker.VersionId }));
    expect((await get(Bucket, "k")).text).toBe("two");
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
  });
});

describe("lists", () => {
  it("page in the order of bytes, and roll keys up", async () => {
    const Bucket = await makeBucket();
    for (const key of ["b", "a/2", "a/1", "ä", "a/b/3", "c/4", "𝒳", "\u{fb01}"]) await put(Bucket, key);
    const all: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3, ContinuationToken }));
      all.push(...page.Contents!.map(({ Key }) => Key!));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(all).toEqual(["a/1", "a/2", "a/b/3", "b", "c/4", "ä", "\u{fb01}", "𝒳"]);

    const rolled: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 1, Marker }));
      rolled.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!), ...(page.Contents ?? []).map(({ Key }) => Key!));
      Marker = page.NextMarker;
    } while (Marker);
    expect(rolled).toEqual(["a/", "b", "c/", "ä", "\u{fb01}", "𝒳"]);
    const inside = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", Delimiter: "/" }));
    expect(inside).toMatchObject({ KeyCount: 3, CommonPrefixes: [{ Prefix: "a/b/" }], Contents: [{ Key: "a/1" }, { Key: "a/2" }] });
    expect(
      (await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: "c/4", EncodingType: "url" }))).Contents!.map(({ Key }) => Key),
    ).toHaveLength(3);
  });

  it("lose what is deleted together", async () => {
    const Bucket = await makeBucket();
    await put(Bucket, "a");
    await put(Bucket, "b");
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a" }, { Key: "b" }, { Key: "not there" }] } }),
    );
    expect(Deleted!.map(({ Key }) => Key)).toEqual(["a", "b", "not there"]);
    expect(await s3.send(new ListObjectsV2Command({ Bucket }))).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });
});

describe("a multipart upload", () => {
  it("becomes one object of its parts", async () => {
    const Bucket = await makeBucket();
    const Key = "big";
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "CRC32" }));
    const first = Buffer.alloc(5 * 1024 ** 2, "a");
    await put(Bucket, "source", "0123456789");
    const one = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: first, ChecksumAlgorithm: "CRC32" }));
    const two = await s3.send(
      new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 2, CopySource: `${Bucket}/source`, CopySourceRange: "bytes=2-4" }),
    );
    expect((await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts!.map(({ Size }) => Size)).toEqual([first.length, 3]);
    expect(await s3.send(new ListMultipartUploadsCommand({ Bucket }))).toMatchObject({
      Uploads: [{ Key, UploadId }],
      NextKeyMarker: Key,
      NextUploadIdMarker: UploadId,
    });
    const complete = (Parts: object[]) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    await expect(complete([{ PartNumber: 1, ETag: '"wrong"', ChecksumCRC32: one.ChecksumCRC32 }])).rejects.toMatchObject({
      name: "InvalidPart",
    });
    const parts = [
      { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
      { PartNumber: 2, ETag: two.CopyPartResult!.ETag, ChecksumCRC32: two.CopyPartResult!.ChecksumCRC32 },
    ];
    await expect(complete(parts.toReversed())).rejects.toMatchObject({ name: "InvalidPartOrder" });
    const done = await complete(parts);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(done.ChecksumType).toBe("COMPOSITE");
    const found = await get(Bucket, Key, { Range: `bytes=${first.length - 2}-` });
    expect(found.text).toBe("aa234");
    expect((await get(Bucket, Key, { PartNumber: 2 })).text).toBe("234");
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["ObjectParts", "ObjectSize", "ETag"] }),
    );
    expect(attributes).toMatchObject({
      ObjectSize: first.length + 3,
      ETag: done.ETag!.replaceAll('"', ""),
      ObjectParts: { TotalPartsCount: 2 },
    });
    await expect(complete(parts)).rejects.toMatchObject({ name: "NoSuchUpload" });
  });

  it("is refused where a part but the last is too small", async () => {
    const Bucket = await makeBucket();
    const Key = "small";
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: "x" }));
      Parts.push({ PartNumber, ETag });
    }
    await expect(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))).rejects.toMatchObject({
      name: "EntityTooSmall",
    });
  });
});

it("keeps on disk what objects are made of, and nothing else", async () => {
  const Bucket = await makeBucket();
  const count = () => {
    const root = join(server.folder, "s3", "objects");
    if (!existsSync(root)) return 0;
    return readdirSync(root, { recursive: true }).filter((name) => statSync(join(root, String(name))).isFile()).length;
  };
  const before = count();
  await put(Bucket, "k", "one");
  await put(Bucket, "k", "two");
  expect(count()).toBe(before + 1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(count()).toBe(before);
  expect(server.reported).toEqual([]);
});
