/** Malformed requests to S3, from fixed seeds: each is answered as S3 answers, none with a 500, and the cloud lives on. */
import { request as httpRequest } from "node:http";
import { CreateBucketCommand, PutBucketCorsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

const parameters = { seed: 20_261_125, numRuns: 400 };
const bucket = "fuzz-bucket";
let server: TestServer;
let s3: S3Client;

beforeAll(async () => {
  server = await startTestServer();
  s3 = new S3Client(server.client);
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "key", Body: "0123456789" }));
  await s3.send(
    new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] } }),
  );
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});
afterEach(async () => {
  expect(server.reported).toEqual([]);
  expect((await send("GET", "/_plinth/health", {}, "")).status).toBe(200);
});

const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;

function send(method: string, path: string, headers: Record<string, string>, body: string): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const length = { "content-length": String(Buffer.byteLength(body)) };
    const options = { host: "127.0.0.1", port: server.port, method, path, headers: { authorization, ...length, ...headers }, agent: false };
    const request = httpRequest(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => done({ status: response.statusCode!, body: text }));
      response.on("error", fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** Answered, and not as the cloud's own fault. A refusal of what is not served says so with a 501. */
const isSound = ({ status, body }: { status: number; body: string }) =>
  status < 400 || ((status < 500 || status === 501) && (body === "" || /<Error><Code>\w+<\/Code>/u.test(body)));

const method = fc.constantFrom("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH");
const odd = fc.oneof(
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e9",
    "NaN",
    "99999999999999999999",
    "null",
    "%00",
    "%ff",
    "%zz",
    "..",
    "%2e%2e%2f",
    "true",
    "%F0%9D%92%B3",
  ),
);
const subresources = (
  "acl cors delete encryption lifecycle location logging notification policy policyStatus publicAccessBlock replication requestPayment restore retention " +
  "legal-hold object-lock ownershipControls select tagging torrent uploadId uploads partNumber versionId versioning versions website list-type max-keys " +
  "max-parts max-uploads part-number-marker prefix delimiter marker key-marker version-id-marker upload-id-marker continuation-token start-after " +
  "encoding-type attributes inventory metrics analytics intelligent-tiering id accelerate response-expires response-content-type X-Amz-Expires Signature"
).split(" ");
const query = fc
  .array(fc.tuple(fc.constantFrom(...subresources), odd), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
const path = fc
  .tuple(
    fc.constantFrom(bucket, bucket, "absent-bucket", "UPPER", "a", "%00", ".."),
    fc.oneof(fc.constant("key"), odd, fc.constant("a/".repeat(600))),
  )
  .map(([first, key]) => `/${first}/${key}`);
const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 20 });
const headerNames = (
  "range if-match if-none-match if-modified-since if-unmodified-since x-amz-copy-source x-amz-copy-source-range x-amz-copy-source-if-match x-amz-acl " +
  "x-amz-grant-read x-amz-tagging x-amz-metadata-directive x-amz-tagging-directive x-amz-storage-class x-amz-server-side-encryption content-md5 " +
  "x-amz-checksum-crc32 x-amz-checksum-sha256 x-amz-checksum-crc64nvme x-amz-sdk-checksum-algorithm x-amz-checksum-algorithm x-amz-checksum-type " +
  "x-amz-checksum-mode x-amz-trailer x-amz-decoded-content-length x-amz-object-attributes x-amz-object-lock-mode x-amz-object-lock-retain-until-date " +
  "x-amz-mp-object-size x-amz-expected-bucket-owner x-amz-max-parts x-amz-part-number-marker x-amz-meta-a content-type expires x-amz-date"
).split(" ");
const value = fc.oneof(
  visible,
  fc.constantFrom(
    "*",
    '"',
    '""',
    "bytes=-",
    "bytes=5-2",
    "bytes=0-0,2-3",
    "bytes=-0",
    "bytes=99-",
    `/${bucket}/key`,
    "/",
    "%%%",
    "COPY",
    "2026-13-45",
    "-1",
    "AAAA",
  ),
);
const headers = fc.dictionary(fc.constantFrom(...headerNames), value, { maxKeys: 4, noNullPrototype: true });

test("paths, queries and headers at random", async () => {
  await fc.assert(
    fc.asyncProperty(method, path, query, headers, async (verb, where, asked, given) => {
      // What this test stands on stays.
      fc.pre(!(verb === "DELETE" && where.startsWith(`/${bucket}/`)));
      const got = await send(verb, `${where}?${asked}`, given, "");
      expect(isSound(got), `${verb} ${where}?${asked} ${JSON.stringify(given)}: ${got.status} ${got.body}`).toBe(true);
    }),
    parameters,
  );
});

const roots = (
  "Tagging CORSConfiguration LifecycleConfiguration VersioningConfiguration Delete CompleteMultipartUpload AccessControlPolicy NotificationConfiguration " +
  "ServerSideEncryptionConfiguration PublicAccessBlockConfiguration OwnershipControls BucketLoggingStatus WebsiteConfiguration ReplicationConfiguration " +
  "CreateBucketConfiguration Retention LegalHold ObjectLockConfiguration RestoreRequest"
).split(" ");
const inner = fc.constantFrom(
  ..."Rule Rules ID Status Filter And Prefix Tag Key Value Expiration Days Date Transition StorageClass TagSet CORSRule AllowedMethod AllowedOrigin Object Part PartNumber ETag Grant Grantee Permission TopicConfiguration Topic Event S3Key FilterRule Name Owner Mode RetainUntilDate NoncurrentDays".split(
    " ",
  ),
);
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4, depthIdentifier: "xml" },
    fc.constantFrom("", "1", "-1", "Enabled", "x", "2026-01-01", "&amp;", "\u{1d4b3}", "true"),
    fc
      .tuple(inner, fc.array(tie("element"), { maxLength: 3, depthIdentifier: "xml" }))
      .map(([name, inside]) => `<${name}>${inside.join("")}</${name}>`),
  ),
}));

test("bodies of well-formed XML that mean nothing", async () => {
  const configuration = fc.constantFrom(
    ..."tagging cors lifecycle versioning delete acl notification encryption publicAccessBlock ownershipControls logging website replication retention legal-hold object-lock restore uploads".split(
      " ",
    ),
  );
  const target = fc.constantFrom(`/${bucket}-2`, `/${bucket}-2/key`);
  await s3.send(new CreateBucketCommand({ Bucket: `${bucket}-2`, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("PUT", "POST"),
      target,
      configuration,
      fc.constantFrom(...roots),
      fc.array(element, { maxLength: 4 }),
      async (verb, where, kind, root, inside) => {
        const body = `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside.join("")}</${root}>`;
        const got = await send(verb, `${where}?${kind}`, {}, body);
        expect(isSound(got), `${verb} ${where}?${kind} ${body}: ${got.status} ${got.body}`).toBe(true);
      },
    ),
    parameters,
  );
});

test("aws-chunked bodies that are cut, torn and mixed up", async () => {
  const good = "5;chunk-signature=" + "0".repeat(64) + "\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
  const piece = fc.constantFrom(
    "5\r\n",
    "hello",
    "\r\n",
    "0\r\n",
    "ffffffffffff\r\n",
    "-1\r\n",
    "zz\r\n",
    "x-amz-checksum-crc32:AAAA\r\n",
    ":\r\n",
    "\n",
    ";",
  );
  const body = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    fc.nat(good.length).map((at) => good.slice(0, at)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom("5", "0", "-1", "x", "6", undefined), fc.boolean(), async (content, decoded, trailer) => {
      const got = await send(
        "PUT",
        `/${bucket}/chunked`,
        {
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": trailer ? "STREAMING-UNSIGNED-PAYLOAD-TRAILER" : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
          ...(trailer && { "x-amz-trailer": "x-amz-checksum-crc32" }),
          ...(decoded !== undefined && { "x-amz-decoded-content-length": decoded }),
        },
        content,
      );
      expect(isSound(got), `${JSON.stringify(content)} ${decoded} ${trailer}: ${got.status} ${got.body}`).toBe(true);
    }),
    { ...parameters, numRuns: 200 },
  );
});

test("forms that are no upload", async () => {
  const boundary = "b";
  const field = fc
    .tuple(
      fc.constantFrom("key", "file", "policy", "acl", "tagging", "success_action_status", "x-amz-credential", "AWSAccessKeyId", ""),
      visible,
    )
    .map(([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`);
  const body = fc
    .tuple(fc.array(field, { maxLength: 5 }), fc.constantFrom(`--${boundary}--\r\n`, `--${boundary}`, "", "--"))
    .map(([fields, end]) => fields.join("") + end);
  await fc.assert(
    fc.asyncProperty(body, async (content) => {
      const got = await new Promise<{ status: number; body: string }>((done, fail) => {
        const sent = httpRequest(
          {
            host: "127.0.0.1",
            port: server.port,
            method: "POST",
            path: `/${bucket}`,
            agent: false,
            headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
          },
          (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (more: string) => (text += more));
            response.on("end", () => done({ status: response.statusCode!, body: text }));
          },
        );
        sent.on("error", fail);
        sent.end(content);
      });
      expect(isSound(got), `${JSON.stringify(content)}: ${got.status} ${got.body}`).toBe(true);
    }),
    { ...parameters, numRuns: 150 },
  );
});
