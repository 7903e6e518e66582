/** S3's bodies on the wire: streams in and out, checksums in headers and trailers, both styles of address. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../server.ts";

let server: TestServer;
let client: S3Client;
beforeAll(async () => {
  server = await startTestServer();
  client = new S3Client(server.client);
  await client.send(new CreateBucketCommand({ Bucket: "wire" }));
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

const authorization =
  "AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0000000000000000000000000000000000000000000000000000000000000000";

/** With a Host of the test's own. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer = "",
): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const request = httpRequest(
      { host: "127.0.0.1", port: server.port, method, path, headers: { authorization, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => done({ status: response.statusCode!, body: Buffer.concat(chunks).toString() }));
      },
    );
    request.on("error", fail);
    request.end(body);
  });
}

test("a stream of three megabytes goes in chunks with a trailing checksum and comes back whole", async () => {
  const content = Buffer.alloc(3 * 1024 * 1024, "plinth ");
  const Body = Readable.from([content.subarray(0, 1_000_003), content.subarray(1_000_003)]);
  await client.send(new PutObjectCommand({ Bucket: "wire", Key: "big", Body, ContentLength: content.length, ChecksumAlgorithm: "SHA256" }));
  const { Body: stored, ContentLength } = await client.send(new GetObjectCommand({ Bucket: "wire", Key: "big" }));
  expect(ContentLength).toBe(content.length);
  expect(
    createHash("sha256")
      .update(await stored!.transformToByteArray())
      .digest("hex"),
  ).toBe(createHash("sha256").update(content).digest("hex"));
});

test.each([
  ["a wrong Content-MD5", { "content-md5": createHash("md5").update("other").digest("base64") }, "BadDigest"],
  ["a Content-MD5 that is none", { "content-md5": "x" }, "InvalidDigest"],
  ["a wrong checksum", { "x-amz-checksum-crc32": "AAAAAA==" }, "BadDigest"],
  ["a wrong content hash", { "x-amz-content-sha256": "0".repeat(64) }, "XAmzContentSHA256Mismatch"],
])("%s keeps an object from being made", async (_what, headers, code) => {
  const put = await send("PUT", "/wire/damaged", { host: `localhost:${server.port}`, ...headers }, "content");
  expect([put.status, /<Code>(\w+)</.exec(put.body)?.[1]]).toEqual([400, code]);
  expect((await send("GET", "/wire/damaged", { host: `localhost:${server.port}` })).status).toBe(404);
});

test("a trailing checksum that is wrong keeps an object from being made", async () => {
  const headers = {
    host: `localhost:${server.port}`,
    "content-encoding": "aws-chunked",
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-decoded-content-length": "5",
    "x-amz-trailer": "x-amz-checksum-crc32",
  };
  const put = await send("PUT", "/wire/trailed", headers, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
  expect([put.status, /<Code>(\w+)</.exec(put.body)?.[1]]).toEqual([400, "BadDigest"]);
  expect((await send("GET", "/wire/trailed", { host: `localhost:${server.port}` })).status).toBe(404);
});

test.each(["wire.s3.localhost", "wire.s3.eu-central-1.localhost", "wire.localhost"])("the bucket in the host name: %s", async (name) => {
  const host = `${name}:${server.port}`;
  expect((await send("PUT", "/by-host", { host }, name)).status).toBe(200);
  expect(await send("GET", "/wire/by-host", { host: `127.0.0.1:${server.port}` })).toEqual({ status: 200, body: name });
});

test("keys that XML cannot hold are listed when their encoding is asked for", async () => {
  const Key = "odd/ü & <x>\u0001";
  await client.send(new PutObjectCommand({ Bucket: "wire", Key, Body: "x" }));
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: "wire", Prefix: "odd/", EncodingType: "url" }));
  expect(Contents!.map((object) => decodeURIComponent(object.Key!.replaceAll("+", " ")))).toEqual([Key]);
});

test("a range is answered as a part", async () => {
  const got = await send("GET", "/wire/by-host", { host: `localhost:${server.port}`, range: "bytes=0-3" });
  expect(got).toEqual({ status: 206, body: "wire" });
});
