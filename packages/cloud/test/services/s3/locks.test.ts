/** Object Lock, archives, delete markers, and what S3 tells SNS topics. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketInventoryConfigurationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListBucketInventoryConfigurationsCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  RestoreObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSimulatedServer } from "../../server.ts";

let server: Awaited<ReturnType<typeof startSimulatedServer>>;
let s3: S3Client;
let counter = 0;

beforeAll(async () => {
  server = await startSimulatedServer();
  s3 = new S3Client(server.client);
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

const dayMs = 86_400_000;
async function makeBucket(more: object = {}): Promise<string> {
  const Bucket = `locks-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" }, ...more }));
  return Bucket;
}
const inDays = (days: number) => new Date(server.world.clock.nowMs() + days * dayMs);
const protectedByLock = { name: "AccessDenied", message: "Access Denied because object protected by object lock." };

describe("Object Lock", () => {
  it("keeps a version till its retention ends, and longer while there is a legal hold", async () => {
    const Bucket = await makeBucket({ ObjectLockEnabledForBucket: true });
    const { VersionId } = await s3.send(
      new PutObjectCommand({ Bucket, Key: "a", Body: "a", ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: inDays(1) }),
    );
    const remove = (more: object = {}) => s3.send(new DeleteObjectCommand({ Bucket, Key: "a", VersionId: VersionId!, ...more }));
    await expect(remove({ BypassGovernanceRetention: true })).rejects.toMatchObject(protectedByLock);
    const shorten = new PutObjectRetentionCommand({ Bucket, Key: "a", Retention: { Mode: "COMPLIANCE", RetainUntilDate: inDays(0.5) } });
    await expect(s3.send(shorten)).rejects.toMatchObject(protectedByLock);
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: "a", LegalHold: { Status: "ON" } }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }))).toMatchObject({
      ObjectLockMode: "COMPLIANCE",
      ObjectLockLegalHoldStatus: "ON",
    });
    await server.world.clock.sleepThrough(2 * dayMs);
    await expect(remove()).rejects.toMatchObject(protectedByLock);
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: "a", LegalHold: { Status: "OFF" } }));
    await remove();
  });

  it("gives objects the bucket's rule, which governance lets one go round", async () => {
    const Bucket = await makeBucket();
    const rule = new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } } },
    });
    await expect(s3.send(rule)).rejects.toMatchObject({ name: "InvalidBucketState" });
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    await s3.send(rule);
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
    const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key: "a" }));
    expect(Retention!.Mode).toBe("GOVERNANCE");
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "a", VersionId: VersionId! }))).rejects.toMatchObject(protectedByLock);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "a", VersionId: VersionId!, BypassGovernanceRetention: true }));
    const suspend = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
    await expect(s3.send(suspend)).rejects.toMatchObject({ name: "InvalidBucketState" });
  });
});

it("reads an archived object only once it was restored, and only so long", async () => {
  const Bucket = await makeBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a", StorageClass: "GLACIER" }));
  const get = () => s3.send(new GetObjectCommand({ Bucket, Key: "a" }));
  await expect(get()).rejects.toMatchObject({ name: "InvalidObjectState" });
  const restore = () => s3.send(new RestoreObjectCommand({ Bucket, Key: "a", RestoreRequest: { Days: 1 } }));
  expect((await restore()).$metadata.httpStatusCode).toBe(202);
  expect((await get()).Restore).toMatch(/^ongoing-request="false", expiry-date="/u);
  expect((await restore()).$metadata.httpStatusCode).toBe(200);
  await server.world.clock.sleepThrough(3 * dayMs);
  await expect(get()).rejects.toMatchObject({ name: "InvalidObjectState" });
  await s3.send(new PutObjectCommand({ Bucket, Key: "b", Body: "b" }));
  const other = new RestoreObjectCommand({ Bucket, Key: "b", RestoreRequest: { Days: 1 } });
  await expect(s3.send(other)).rejects.toMatchObject({ name: "InvalidObjectState", StorageClass: "STANDARD" });
});

it("says by headers that a delete marker lies on a key", async () => {
  const Bucket = await makeBucket();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  const headersOf = async (more: object) => {
    const error = await s3.send(new HeadObjectCommand({ Bucket, Key: "a", ...more })).catch((thrown: unknown) => thrown);
    const { $response } = error as { $response: { statusCode: number; headers: Record<string, string> } };
    return [
      $response.statusCode,
      $response.headers["x-amz-delete-marker"],
      $response.headers["x-amz-version-id"],
      $response.headers["allow"],
    ];
  };
  expect(await headersOf({})).toEqual([404, "true", VersionId, undefined]);
  expect(await headersOf({ VersionId })).toEqual([405, "true", VersionId, "DELETE"]);
});

describe("configurations", () => {
  it("are refused where they say nothing that S3 knows", async () => {
    const Bucket = await makeBucket();
    const cors = (AllowedMethods: string[]) =>
      s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [{ AllowedMethods, AllowedOrigins: ["*"] }] } }));
    await expect(cors(["NOTHING"])).rejects.toMatchObject({
      message: "Found unsupported HTTP method in CORS config. Unsupported method is NOTHING",
    });
    const lifecycle = (...Rules: object[]) =>
      s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: Rules as never } }));
    const rule = { Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } };
    await expect(lifecycle({ ...rule, Expiration: { Days: 0 } })).rejects.toMatchObject({
      message: "'Days' for Expiration action must be a positive integer",
    });
    await expect(lifecycle({ ...rule, Prefix: "a" })).rejects.toMatchObject({ name: "MalformedXML" });
    await expect(lifecycle({ ...rule, ID: "a" }, { ...rule, ID: "a" })).rejects.toMatchObject({ name: "InvalidArgument" });
    await lifecycle(rule);
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules).toMatchObject([{ ...rule, ID: expect.any(String) }]);
    const accelerate = (Status: string) =>
      s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status: Status as "Enabled" } }));
    await expect(accelerate("Faster")).rejects.toMatchObject({ name: "MalformedXML" });
    await accelerate("Suspended");
    expect((await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status).toBeUndefined();
  });

  it("of encryption say what new objects get", async () => {
    const Bucket = await makeBucket();
    const { KeyMetadata } = await server.call("kms", "CreateKey", {});
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: KeyMetadata!.KeyId }, BucketKeyEnabled: true },
          ],
        },
      }),
    );
    const expected = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyMetadata!.Arn, BucketKeyEnabled: true };
    expect(await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }))).toMatchObject(expected);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }))).toMatchObject(expected);
  });

  it("by id are kept, listed and gone", async () => {
    const Bucket = await makeBucket();
    const InventoryConfiguration = {
      Id: "daily",
      IsEnabled: true,
      IncludedObjectVersions: "All" as const,
      Schedule: { Frequency: "Daily" as const },
      Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${Bucket}`, Format: "CSV" as const } },
    };
    await s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id: "daily", InventoryConfiguration }));
    const listed = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }));
    expect(listed.InventoryConfigurationList).toEqual([InventoryConfiguration]);
    const absent = new GetBucketInventoryConfigurationCommand({ Bucket, Id: "weekly" });
    await expect(s3.send(absent)).rejects.toMatchObject({ name: "NoSuchConfiguration" });
  });
});

it("takes headers that a signer moved into the URL", async () => {
  const Bucket = await makeBucket();
  const url = `${server.endpoint}/${Bucket}/a?AWSAccessKeyId=test&Signature=x&Expires=4102444800&x-amz-meta-venue=123&x-amz-storage-class=STANDARD_IA`;
  expect((await fetch(url, { method: "PUT", body: "a" })).status).toBe(200);
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }))).toMatchObject({
    Metadata: { venue: "123" },
    StorageClass: "STANDARD_IA",
  });
});

it("keeps a key that is only a slash", async () => {
  const Bucket = await makeBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "/", Body: "slash" }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "/" }));
  expect(await Body!.transformToString()).toBe("slash");
});
