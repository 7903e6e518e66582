/** Checksums of objects: S3's own, those of multipart uploads, and what AWS says where they do not fit. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { combineCrcs } from "../../../src/services/s3/crc-combine.ts";
import { checksumOf } from "../../../src/wire/checksum.ts";
import { startTestServer, type TestServer } from "../../server.ts";
import { presign } from "./presign.ts";

const Bucket = "checksums";
let server: TestServer;
let s3: S3Client;
beforeAll(async () => {
  server = await startTestServer();
  // A client that adds no checksum of its own.
  s3 = new S3Client({ ...server.client, requestChecksumCalculation: "WHEN_REQUIRED" });
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

const sum = (algorithm: string, content: Uint8Array | string) => {
  const checksum = checksumOf(algorithm)!;
  checksum.update(Buffer.from(content));
  return checksum.digest();
};
const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));

it.each([
  ["crc32", "y/Q5Jg=="],
  ["crc32c", "4waSgw=="],
  ["crc64nvme", "rosUhgp5mIg="],
])("%s of 123456789 is the published one, and combines", (algorithm, expected) => {
  expect(sum(algorithm, "123456789")).toBe(expected);
  const pieces = ["1", "", "2345", "6789"].map((text) => ({ value: sum(algorithm, text), sizeBytes: text.length }));
  expect(combineCrcs(algorithm.toUpperCase(), pieces)).toBe(expected);
});

it("is S3's own where an object comes without one", async () => {
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: "own", Body: "123456789" }));
  expect(put).toMatchObject({ ChecksumCRC64NVME: "rosUhgp5mIg=", ChecksumType: "FULL_OBJECT" });
  expect(await head("own")).toMatchObject({ ChecksumCRC64NVME: "rosUhgp5mIg=", ChecksumType: "FULL_OBJECT" });
  const { CopyObjectResult } = await s3.send(
    new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/own`, ChecksumAlgorithm: "SHA1" }),
  );
  expect(CopyObjectResult).toMatchObject({ ChecksumSHA1: sum("sha1", "123456789") });
  // AWS names the type of a copy's checksum in the answers on the copy alone.
  expect(CopyObjectResult).not.toHaveProperty("ChecksumType");
});

describe("of a multipart upload", () => {
  const first = Buffer.alloc(5 * 1024 ** 2, "a");
  const second = Buffer.from("end");
  const whole = Buffer.concat([first, second]);
  async function upload(Key: string, create: object, part: (body: Buffer) => object, complete: object = {}) {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
    const Parts = [];
    for (const [at, Body] of [first, second].entries()) {
      const sent = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: at + 1, Body, ...part(Body) }));
      Parts.push({ PartNumber: at + 1, ETag: sent.ETag, ...part(Body) });
    }
    return s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...complete }));
  }

  it("is S3's own of the whole where it was begun without one", async () => {
    const expected = { ChecksumCRC64NVME: sum("crc64nvme", whole), ChecksumType: "FULL_OBJECT" };
    expect(await upload("default", {}, () => ({}))).toMatchObject(expected);
    expect(await head("default")).toMatchObject(expected);
  });

  it("is of the whole, or of the parts' own", async () => {
    const crc = (Body: Buffer) => ({ ChecksumCRC32C: sum("crc32c", Body) });
    const full = await upload("full", { ChecksumAlgorithm: "CRC32C", ChecksumType: "FULL_OBJECT" }, crc, crc(whole));
    expect(full).toMatchObject({ ...crc(whole), ChecksumType: "FULL_OBJECT" });
    const sha = (Body: Buffer) => ({ ChecksumSHA256: sum("sha256", Body) });
    const composite = await upload("composite", { ChecksumAlgorithm: "SHA256" }, sha);
    const parts = Buffer.concat([first, second].map((each) => Buffer.from(sum("sha256", each), "base64")));
    expect(composite).toMatchObject({ ChecksumSHA256: `${sum("sha256", parts)}-2`, ChecksumType: "COMPOSITE" });
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key: "composite", ObjectAttributes: ["Checksum", "ObjectParts"], MaxParts: 1 }),
    );
    expect(attributes).toMatchObject({
      // Here alone without the number of parts.
      Checksum: { ChecksumSHA256: sum("sha256", parts), ChecksumType: "COMPOSITE" },
      ObjectParts: {
        TotalPartsCount: 2,
        IsTruncated: true,
        NextPartNumberMarker: "1",
        Parts: [{ PartNumber: 1, Size: first.length, ...sha(first) }],
      },
    });
    const part = await s3.send(new HeadObjectCommand({ Bucket, Key: "composite", PartNumber: 2, ChecksumMode: "ENABLED" }));
    expect(part).toMatchObject({ ...sha(second), ChecksumType: "COMPOSITE", PartsCount: 2 });
    const ofWhole = await s3.send(new GetObjectAttributesCommand({ Bucket, Key: "full", ObjectAttributes: ["ObjectParts"] }));
    expect(ofWhole.ObjectParts).toEqual({ TotalPartsCount: 2 });
  });

  it("is refused where kinds or values do not fit", async () => {
    const crc = (Body: Buffer) => ({ ChecksumCRC32: sum("crc32", Body) });
    const begin = (more: object) => upload("refused", more, crc);
    await expect(begin({ ChecksumAlgorithm: "SHA256" })).rejects.toMatchObject({
      name: "InvalidRequest",
      message: "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    });
    await expect(begin({ ChecksumAlgorithm: "SHA1", ChecksumType: "FULL_OBJECT" })).rejects.toMatchObject({
      message: "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
    });
    await expect(begin({ ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" })).rejects.toMatchObject({
      message: "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
    });
    const full = { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" };
    await expect(upload("refused", full, crc, { ChecksumCRC32: sum("crc32", "other") })).rejects.toMatchObject({ name: "BadDigest" });
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "missing", ChecksumAlgorithm: "CRC32" }));
    const sent = await s3.send(new UploadPartCommand({ Bucket, Key: "missing", UploadId, PartNumber: 1, Body: second, ...crc(second) }));
    const complete = new CompleteMultipartUploadCommand({
      Bucket,
      Key: "missing",
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: sent.ETag }] },
    });
    await expect(s3.send(complete)).rejects.toMatchObject({
      name: "InvalidRequest",
      message:
        "The upload was created using a crc32 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.",
    });
  });
});

it.each<[Record<string, string>, string, string]>([
  [{ "x-amz-checksum-crc32": "nonsense!" }, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."],
  [{ "x-amz-checksum-crc32": "AAAAAA==" }, "BadDigest", "The CRC32 you specified did not match the calculated checksum."],
  [{ "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=" }, "BadDigest", "The CRC64NVME you specified did not match the calculated checksum."],
  [{ "x-amz-sdk-checksum-algorithm": "ADLER" }, "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."],
  [
    { "x-amz-sdk-checksum-algorithm": "SHA256" },
    "InvalidRequest",
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
  ],
  [{ "content-md5": "AAAA" }, "InvalidDigest", "The Content-MD5 you specified was invalid."],
])("%o is answered with %s", async (headers, code, message) => {
  const url = presign({ endpoint: server.endpoint, method: "PUT", path: `/${Bucket}/bad`, headers });
  const answer = await fetch(url, { method: "PUT", body: "hello", headers });
  const text = await answer.text();
  expect([answer.status, /<Code>(.*)<\/Code>/u.exec(text)?.[1], /<Message>(.*)<\/Message>/u.exec(text)?.[1]]).toEqual([400, code, message]);
  await expect(head("bad")).rejects.toMatchObject({ name: "NotFound" });
});
