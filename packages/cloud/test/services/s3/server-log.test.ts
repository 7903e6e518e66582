/** Who asked for what: a line for each request to a bucket whose logging is on, in the bucket that it names, where that lets S3 in. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { logsWritten } from "../../../src/services/s3/server-log.ts";
import { operationOf } from "../../../src/services/s3/server-log-line.ts";
import { startSimulatedServer } from "../../server.ts";

let server: Awaited<ReturnType<typeof startSimulatedServer>>;
let s3: S3Client;
let counter = 0;

beforeAll(async () => {
  server = await startSimulatedServer(1, { startMs: Date.UTC(2026, 0, 1, 12) });
  s3 = new S3Client(server.client);
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

async function makeBucket(): Promise<string> {
  const Bucket = `asked-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  return Bucket;
}

const letIn = (Bucket: string, source: string) =>
  s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { Service: "logging.s3.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: `arn:aws:s3:::${Bucket}/s3/*`,
          Condition: { ArnLike: { "aws:SourceArn": source }, StringEquals: { "aws:SourceAccount": server.cloud.account } },
        },
      }),
    }),
  );

const log = (Bucket: string, TargetBucket: string, more: object = {}) =>
  s3.send(
    new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: "s3/app/", ...more } } }),
  );

const keysIn = async (Bucket: string) => {
  const { Contents = [] } = await server.call("s3", "ListObjectsV2", { Bucket });
  return Contents.map(({ Key }) => Key!);
};

async function linesIn(Bucket: string): Promise<string[]> {
  const lines: string[] = [];
  for (const Key of await keysIn(Bucket)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    lines.push(...(await Body!.transformToString()).trimEnd().split("\n"));
  }
  return lines;
}

async function minutes(count: number): Promise<void> {
  await server.world.clock.advance(count * 60_000);
  await logsWritten(server.cloud);
}

it("lines in AWS's format, after five minutes", async () => {
  const [source, target] = [await makeBucket(), await makeBucket()];
  await letIn(target, `arn:aws:s3:::${source}`);
  await log(source, target);
  await s3.send(new PutObjectCommand({ Bucket: source, Key: "in/a b.txt", Body: "hello" }));
  await s3
    .send(new GetObjectCommand({ Bucket: source, Key: "in/a b.txt", Range: "bytes=1-2" }))
    .then(({ Body }) => Body!.transformToString());
  await s3.send(new ListObjectsV2Command({ Bucket: source }));
  await s3.send(new GetBucketLoggingCommand({ Bucket: source }));
  await s3.send(new CopyObjectCommand({ Bucket: source, Key: "copy", CopySource: `${source}/in/a%20b.txt` }));
  await s3.send(new DeleteObjectCommand({ Bucket: source, Key: "copy" }));
  await expect(s3.send(new GetObjectCommand({ Bucket: source, Key: "absent" }))).rejects.toThrow(/does not exist/u);
  expect(await keysIn(target)).toEqual([]);
  await minutes(5);

  expect(await keysIn(target)).toEqual([expect.stringMatching(/^s3\/app\/2026-01-01-12-05-\d\d-[0-9A-F]{16}$/u)]);
  const lines = await linesIn(target);
  const fields = lines.map((line) => line.match(/\[[^\]]*\]|"(?:[^"\\]|\\.)*"|\S+/gu)!);
  expect(fields.map((one) => [one[6], one[7], one[9], one[10], one[11], one[12]])).toEqual([
    ["REST.PUT.LOGGING_STATUS", "-", "200", "-", "-", "-"],
    ["REST.PUT.OBJECT", "in/a%20b.txt", "200", "-", "-", "5"],
    ["REST.GET.OBJECT", "in/a%20b.txt", "206", "-", "2", "5"],
    ["REST.GET.BUCKET", "-", "200", "-", expect.stringMatching(/^\d+$/u), "-"],
    ["REST.GET.LOGGING_STATUS", "-", "200", "-", expect.stringMatching(/^\d+$/u), "-"],
    ["REST.COPY.OBJECT", "copy", "200", "-", expect.stringMatching(/^\d+$/u), "-"],
    ["REST.DELETE.OBJECT", "copy", "204", "-", "-", "-"],
    ["REST.GET.OBJECT", "absent", "404", "NoSuchKey", expect.stringMatching(/^\d+$/u), "-"],
  ]);
  for (const one of fields) {
    expect(one).toHaveLength(26);
    expect(one.slice(1, 5)).toEqual([source, expect.stringMatching(/^\[01\/Jan\/2026:12:0\d:\d\d \+0000\]$/u), "127.0.0.1", one[0]]);
    expect(one[8]).toMatch(/^"[A-Z]+ \/asked-\d+\S* HTTP\/1\.1"$/u);
    expect(one.slice(19, 22)).toEqual(["SigV4", "-", "AuthHeader"]);
    expect(one[22]).toBe(`127.0.0.1:${server.port}`);
  }
});

it("in a folder for each day, where the bucket asks for that", async () => {
  const [source, target] = [await makeBucket(), await makeBucket()];
  await letIn(target, `arn:aws:s3:::${source}`);
  await log(source, target, { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "DeliveryTime" } } });
  await minutes(5);
  const folder = `s3/app/${server.cloud.account}/eu-central-1/${source}/2026/01/01/2026-01-01-12-`;
  expect(await keysIn(target)).toEqual([expect.stringContaining(folder)]);
});

it("nothing where the policy lets in another bucket, or none", async () => {
  const [source, other, closed] = [await makeBucket(), await makeBucket(), await makeBucket()];
  await letIn(other, "arn:aws:s3:::somebody-elses");
  await log(source, other);
  await minutes(5);
  await log(source, closed);
  await minutes(5);
  expect([...(await keysIn(other)), ...(await keysIn(closed))]).toEqual([]);
});

it("nothing of a bucket whose logging is off, or off again", async () => {
  const [source, target] = [await makeBucket(), await makeBucket()];
  await letIn(target, `arn:aws:s3:::${source}`);
  await s3.send(new ListObjectsV2Command({ Bucket: source }));
  await minutes(5);
  expect(await keysIn(target)).toEqual([]);
  await log(source, target);
  await s3.send(new PutBucketLoggingCommand({ Bucket: source, BucketLoggingStatus: {} }));
  await minutes(5);
  expect(await keysIn(target)).toEqual([]);
});

it.each([
  ["UploadPart", "PUT", "partNumber=1&uploadId=a", true, "REST.PUT.PART"],
  ["DeleteObjects", "POST", "delete", false, "REST.POST.MULTI_OBJECT_DELETE"],
  ["GetBucketPolicy", "GET", "policy", false, "REST.GET.BUCKETPOLICY"],
  ["GetObjectTagging", "GET", "tagging", true, "REST.GET.OBJECT_TAGGING"],
  ["GetBucketTagging", "GET", "tagging", false, "REST.GET.TAGGING"],
  ["ListObjectVersions", "GET", "versions", false, "REST.GET.BUCKETVERSIONS"],
  ["GetBucketLifecycleConfiguration", "GET", "lifecycle", false, "REST.GET.LIFECYCLE"],
  ["HeadBucket", "HEAD", "", false, "REST.HEAD.BUCKET"],
])("%s is %5$s", (operation, method, query, ofObject, wanted) => {
  expect(operationOf(operation, method, new URLSearchParams(query), ofObject)).toBe(wanted);
});
