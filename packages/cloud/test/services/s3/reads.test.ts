/** Reads: conditions, ranges and parts, presigned URLs of both versions, and both styles of address. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { readdirSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";
import { presign, presignLegacy } from "./presign.ts";

const Bucket = "reads";
let server: TestServer;
let s3: S3Client;
beforeAll(async () => {
  server = await startTestServer();
  s3 = new S3Client(server.client);
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789", ContentType: "text/plain" }));
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

const files = () =>
  readdirSync(join(server.folder, "s3", "objects"), { recursive: true }).filter((name) =>
    statSync(join(server.folder, "s3", "objects", String(name))).isFile(),
  ).length;
const url = (path: string, more: object = {}) => presign({ endpoint: server.endpoint, path, ...more });

describe("conditions", () => {
  const tag = '"781e5e245d69b566979b86e28d23f2c7"';
  const past = new Date(Date.now() - 86_400_000).toUTCString();
  const future = new Date(Date.now() + 86_400_000).toUTCString();
  it.each<[Record<string, string>, number]>([
    [{ "if-match": tag }, 200],
    [{ "if-match": '"other"' }, 412],
    [{ "if-match": "*" }, 200],
    [{ "if-none-match": tag }, 304],
    [{ "if-none-match": '"other"' }, 200],
    [{ "if-modified-since": future }, 304],
    [{ "if-modified-since": past }, 200],
    [{ "if-unmodified-since": past }, 412],
    [{ "if-unmodified-since": future }, 200],
    // A tag goes before a time (RFC 9110, 13.2.2).
    [{ "if-match": tag, "if-unmodified-since": past }, 200],
    [{ "if-none-match": tag, "if-modified-since": past }, 304],
    [{ "if-none-match": '"other"', "if-modified-since": future }, 200],
  ])("%o: %i", async (headers, status) => {
    const answer = await fetch(url(`/${Bucket}/k`), { headers });
    expect(answer.status).toBe(status);
    if (status === 304) expect([answer.headers.get("etag"), answer.headers.has("last-modified")]).toEqual([tag, true]);
  });

  it("of writes are refused where S3 does not serve them", async () => {
    const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...more }));
    for (const more of [{ IfNoneMatch: tag }, { IfMatch: "*" }, { IfMatch: tag, IfNoneMatch: "*" }])
      await expect(put(more)).rejects.toMatchObject({ name: "NotImplemented" });
  });

  it("that a deletion broke while the body came are a conflict", async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
    const target = presign({ endpoint: server.endpoint, method: "PUT", path: `/${Bucket}/gone` });
    const answer = new Promise<{ status: number; body: string }>((done, fail) => {
      const request = httpRequest(target, { method: "PUT", headers: { "if-match": ETag!, "content-length": 2 } }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("end", () => done({ status: response.statusCode!, body }));
      });
      request.on("error", fail);
      request.write("a");
      // The write has begun when there is a file for it.
      const before = files();
      const look = async () => {
        if (files() <= before) return void setImmediate(() => void look());
        await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
        request.end("b");
      };
      void look();
    });
    const { status, body } = await answer;
    expect([status, /<Code>(.*)<\/Code>/u.exec(body)?.[1]]).toEqual([409, "ConditionalRequestConflict"]);
  });
});

describe("parts of an object", () => {
  it("are read by number, and refused where there are none", async () => {
    const begun = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "m" }));
    const UploadId = begun.UploadId!;
    const Parts = [];
    // Numbers with a gap: they are read as the first and the second.
    for (const [PartNumber, Body] of [
      [3, Buffer.alloc(5 * 1024 ** 2, "a")],
      [7, Buffer.from("end")],
    ] as const) {
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ Bucket, Key: "m", UploadId, PartNumber, Body }));
      expect(ChecksumCRC32).toBeDefined();
      Parts.push({ PartNumber, ETag });
    }
    // The upload was begun without checksums: it keeps none of its parts'.
    const claimed = { Parts: [{ ...Parts[0]!, ChecksumCRC32: "AAAAAA==" }] };
    await expect(
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "m", UploadId, MultipartUpload: claimed })),
    ).rejects.toMatchObject({ name: "InvalidPart" });
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "m", UploadId, MultipartUpload: { Parts } }));
    const part = (PartNumber: number, more: object = {}) => s3.send(new GetObjectCommand({ Bucket, Key: "m", PartNumber, ...more }));
    const second = await part(2);
    expect(second).toMatchObject({
      PartsCount: 2,
      ContentLength: 3,
      ContentRange: `bytes ${5 * 1024 ** 2}-${5 * 1024 ** 2 + 2}/${5 * 1024 ** 2 + 3}`,
    });
    expect(await second.Body!.transformToString()).toBe("end");
    await expect(part(3)).rejects.toMatchObject({ name: "InvalidPartNumber", $metadata: { httpStatusCode: 416 } });
    await expect(part(1, { Range: "bytes=0-1" })).rejects.toMatchObject({
      message: "Cannot specify both Range header and partNumber query parameter",
    });
    const whole = await s3.send(new GetObjectCommand({ Bucket, Key: "k", PartNumber: 1 }));
    expect(whole).toMatchObject({ ContentRange: "bytes 0-9/10", $metadata: { httpStatusCode: 206 } });
    await whole.Body!.transformToString();
  });
});

describe("presigned URLs", () => {
  const day = 86_400_000;
  it.each([presign, presignLegacy])("are good for as long as they say (%o)", async (sign) => {
    const at = (ms: number) => ({ endpoint: server.endpoint, path: `/${Bucket}/k`, at: new Date(Date.now() + ms) });
    expect((await fetch(sign(at(0)))).status).toBe(200);
    const expired = await fetch(sign(at(-day)));
    const text = await expired.text();
    expect([expired.status, text]).toEqual([403, expect.stringContaining("<Message>Request has expired</Message>")]);
    expect(text).toMatch(/<Expires>[^<.]+Z<\/Expires><ServerTime>[^<.]+Z<\/ServerTime>/u);
  });

  it("are refused where they are to be good for more than a week", async () => {
    const answer = await fetch(url(`/${Bucket}/k`, { expiresSeconds: 604_801 }));
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("<Code>AuthorizationQueryParametersError</Code>")]);
  });

  it.each([presign, presignLegacy])("say how the answer is to be headed (%o)", async (sign) => {
    const query = {
      "response-cache-control": "no-store",
      "response-content-disposition": 'attachment; filename="a.txt"',
      "response-content-type": "application/x-thing",
      "response-expires": "Wed, 21 Oct 2015 07:28:00 GMT",
    };
    const answer = await fetch(sign({ endpoint: server.endpoint, path: `/${Bucket}/k`, query }));
    expect(["cache-control", "content-disposition", "content-type", "expires"].map((name) => answer.headers.get(name))).toEqual(
      Object.values(query),
    );
  });

  it("only may say so: who does not sign may not", async () => {
    const open = "open";
    await s3.send(new CreateBucketCommand({ Bucket: open, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
    await server.call("s3", "DeletePublicAccessBlock", { Bucket: open });
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${open}/*` }];
    await server.call("s3", "PutBucketPolicy", { Bucket: open, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
    await s3.send(new PutObjectCommand({ Bucket: open, Key: "k", Body: "x" }));
    expect((await fetch(`${server.endpoint}/${open}/k`)).status).toBe(200);
    const answer = await fetch(`${server.endpoint}/${open}/k?response-content-type=text/html`);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("<Code>InvalidRequest</Code>")]);
  });

  const path = `/${Bucket}/k`;
  it.each<[string, () => string, Record<string, string>, number, string]>([
    [
      "a part of the signature is missing",
      () => url(path).replace(/&X-Amz-Signature=.*/u, ""),
      {},
      400,
      "<Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm,",
    ],
    [
      "a part of a signature of version 2 is missing",
      () => presignLegacy({ endpoint: server.endpoint, path }).replace(/&Signature=[^&]*/u, ""),
      {},
      403,
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    ],
    [
      "a header is not signed",
      () => url(path),
      { "x-amz-meta-a": "b", "x-amz-date": "c" },
      403,
      "<HeadersNotSigned>x-amz-date, x-amz-meta-a</HeadersNotSigned>",
    ],
  ])("are refused where %s", async (_what, target, headers, status, text) => {
    const answer = await fetch(target(), { headers });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
  });

  it("that do not match are answered with what was to be signed", async () => {
    await server.call("iam", "CreateUser", { UserName: "signer" });
    await server.call("iam", "AttachUserPolicy", { UserName: "signer", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" });
    const { AccessKey } = await server.call("iam", "CreateAccessKey", { UserName: "signer" });
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const headers = { "x-amz-meta-a": "b" };
    expect((await fetch(url(path, { credentials, headers }), { headers })).status).toBe(200);
    const answer = await fetch(url(path, { credentials }).concat("&versionId=null"));
    const text = await answer.text();
    expect([answer.status, text]).toEqual([403, expect.stringContaining("<Code>SignatureDoesNotMatch</Code>")]);
    expect(text).toContain(`<AWSAccessKeyId>${credentials.accessKeyId}</AWSAccessKeyId>`);
    expect(text).toContain("<StringToSignBytes>41 57 53 34 ");
    expect(/<CanonicalRequest>([^<]*)</u.exec(text)![1]).toMatch(/^GET\n\/reads\/k\nX-Amz-Algorithm=.*versionId=null\nhost:/u);
  });
});

it("serves both styles of address, and AWS's own names to clients that sign", async () => {
  const get = (host: string, path: string, headers: object = {}) =>
    new Promise<[number, string]>((done, fail) => {
      const options = { host: "127.0.0.1", port: server.port, path, agent: false, headers: { host, ...headers } };
      const request = httpRequest(options, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("end", () => done([response.statusCode!, body]));
      });
      request.on("error", fail);
      request.end();
    });
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  for (const [host, path] of [
    [`127.0.0.1:${server.port}`, `/${Bucket}/k`],
    [`s3.localhost:${server.port}`, `/${Bucket}/k`],
    [`${Bucket}.localhost:${server.port}`, "/k"],
    [`${Bucket}.s3.localhost:${server.port}`, "/k"],
    [`${Bucket}.s3.eu-central-1.localhost:${server.port}`, "/k"],
    [`${Bucket}.s3.amazonaws.com`, "/k"],
    [`${Bucket}.s3.eu-central-1.amazonaws.com:443`, "/k"],
    [`${Bucket}.s3.dualstack.eu-central-1.amazonaws.com`, "/k"],
    ["s3.eu-central-1.amazonaws.com", `/${Bucket}/k`],
  ] as const) {
    expect(await get(host, path, { authorization }), host).toEqual([200, "0123456789"]);
  }
});
