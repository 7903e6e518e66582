/** S3's answers to what is unusual, as AWS gives them: versions, tags, ranges of parts, conditions of copies, locks that are not there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { httpStatus } from "../../../src/wire/write-output.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

let test: TestCloud;
beforeAll(async () => {
  test = await startTestCloud();
});
afterAll(async () => await test[Symbol.asyncDispose]());

let buckets = 0;
async function bucket(versioning?: "Enabled" | "Suspended"): Promise<string> {
  const Bucket = `answers-${++buckets}`;
  await test.call("s3", "CreateBucket", { Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  if (versioning) await test.call("s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: versioning } });
  return Bucket;
}
const put = (Bucket: string, Key: string, more: object = {}) => test.call("s3", "PutObject", { Bucket, Key, Body: "0123456789", ...more });
const status = (answer: object) => (answer as Record<symbol, unknown>)[httpStatus];

it("tells versions that are gone from those that never were", async () => {
  const Bucket = await bucket("Enabled");
  const { VersionId } = await put(Bucket, "a");
  const gone = { Bucket, Key: "a", VersionId: VersionId! };
  await test.call("s3", "DeleteObject", gone);
  await expect(test.call("s3", "GetObject", gone)).rejects.toMatchObject({ code: "NoSuchVersion" });
  await test.call("s3", "DeleteObject", gone);
  const made = { ...gone, VersionId: `${VersionId!.slice(0, -4)}ABCD` };
  const invalid = { code: "InvalidArgument", message: "Invalid version id specified", members: { ArgumentName: "versionId" } };
  await expect(test.call("s3", "GetObject", made)).rejects.toMatchObject(invalid);
  await expect(test.call("s3", "DeleteObject", made)).rejects.toMatchObject(invalid);
  const { Errors } = await test.call("s3", "DeleteObjects", { Bucket, Delete: { Objects: [{ Key: "a", VersionId: made.VersionId }] } });
  expect(Errors).toMatchObject([{ Key: "a", Code: "NoSuchVersion", VersionId: made.VersionId }]);
});

it("names no version of what is written while versions are suspended", async () => {
  const Bucket = await bucket("Suspended");
  expect(await put(Bucket, "a")).not.toHaveProperty("VersionId");
  expect(await test.call("s3", "CopyObject", { Bucket, Key: "b", CopySource: `${Bucket}/a` })).not.toHaveProperty("VersionId");
  expect(await test.call("s3", "HeadObject", { Bucket, Key: "a" })).toMatchObject({ VersionId: "null" });
  expect(await test.call("s3", "DeleteObject", { Bucket, Key: "a" })).toEqual({ DeleteMarker: true, VersionId: "null" });
});

it("says which tag is wrong", async () => {
  const Bucket = await bucket();
  await put(Bucket, "a");
  const tag = (Key: string, Value: string) => ({ Key, Value });
  const tagging = (...TagSet: { Key: string; Value: string }[]) =>
    test.call("s3", "PutObjectTagging", { Bucket, Key: "a", Tagging: { TagSet } });
  await expect(tagging(tag("k", "1"), tag("k", "2"))).rejects.toMatchObject({ code: "InvalidTag", members: { TagKey: "k" } });
  await expect(tagging(tag("k", "1,2"))).rejects.toMatchObject({ code: "InvalidTag", members: { TagKey: "k", TagValue: "1,2" } });
  await expect(put(Bucket, "a", { Tagging: "k=1,l=2" })).rejects.toMatchObject({
    code: "InvalidArgument",
    members: { ArgumentName: "x-amz-tagging", ArgumentValue: "k=1,l=2" },
  });
  expect(status(await test.call("s3", "PutBucketTagging", { Bucket, Tagging: { TagSet: [tag("k", "1")] } }))).toBe(204);
});

it("takes parts of an object only by a range that is within it", async () => {
  const Bucket = await bucket();
  await put(Bucket, "a");
  const { UploadId } = await test.call("s3", "CreateMultipartUpload", { Bucket, Key: "b" });
  const copy = (CopySourceRange: string) =>
    test.call("s3", "UploadPartCopy", { Bucket, Key: "b", UploadId: UploadId!, PartNumber: 1, CopySource: `${Bucket}/a`, CopySourceRange });
  expect(await copy("bytes=1-1")).toMatchObject({ ServerSideEncryption: "AES256" });
  await expect(copy("bytes=1-0")).rejects.toMatchObject({ code: "InvalidArgument", message: /must be of the form bytes=first-last/ });
  await expect(copy("bytes=0-10")).rejects.toMatchObject({ code: "InvalidArgument", message: /not valid for source object of size: 10$/ });
  await expect(copy("bytes=10-20")).rejects.toMatchObject({
    code: "InvalidRequest",
    message: "The specified copy range is invalid for the source object size",
  });
});

it("names the condition of a copy that does not hold", async () => {
  const Bucket = await bucket();
  const { ETag } = await put(Bucket, "a");
  const { LastModified } = await test.call("s3", "HeadObject", { Bucket, Key: "a" });
  const copy = (conditions: object) => test.call("s3", "CopyObject", { Bucket, Key: "b", CopySource: `${Bucket}/a`, ...conditions });
  const failed = (name: string) => ({ code: "PreconditionFailed", status: 412, members: { Condition: `x-amz-copy-source-${name}` } });
  await expect(copy({ CopySourceIfMatch: "x" })).rejects.toMatchObject(failed("If-Match"));
  await expect(copy({ CopySourceIfNoneMatch: ETag!.replaceAll('"', "") })).rejects.toMatchObject(failed("If-None-Match"));
  await expect(copy({ CopySourceIfUnmodifiedSince: new Date(0) })).rejects.toMatchObject(failed("If-Unmodified-Since"));
  await expect(copy({ CopySourceIfModifiedSince: LastModified })).rejects.toMatchObject(failed("If-Modified-Since"));
  await copy({ CopySourceIfModifiedSince: new Date(LastModified!.getTime() + 86_400_000) });
});

it("refuses headers that make no sense, and policies that are none", async () => {
  const Bucket = await bucket();
  await expect(test.call("s3", "DeleteObject", { Bucket, Key: "a", BypassGovernanceRetention: false })).rejects.toMatchObject({
    message: "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
  });
  const wrong = { Bucket: "answers-owner", ObjectOwnership: "Nobody" as "ObjectWriter" };
  await expect(test.call("s3", "CreateBucket", wrong)).rejects.toMatchObject({ message: "Invalid x-amz-object-ownership header: Nobody" });
  for (const [Policy, message] of [
    ["x", "Policies must be valid JSON and the first byte must be '{'"],
    ["{", "This policy contains invalid Json"],
    ["{}", "Missing required field Statement"],
  ] as const) {
    await expect(test.call("s3", "PutBucketPolicy", { Bucket, Policy })).rejects.toMatchObject({ code: "MalformedPolicy", message });
  }
});

it("refuses lists, lifecycle rules and websites that AWS would not take", async () => {
  const Bucket = await bucket();
  const versions = (VersionIdMarker: string) => test.call("s3", "ListObjectVersions", { Bucket, KeyMarker: "a", VersionIdMarker });
  await expect(versions("")).rejects.toMatchObject({ message: "A version-id marker cannot be empty." });
  await expect(versions("made-up")).rejects.toMatchObject({ message: "Invalid version id specified" });

  const lifecycle = (rule: object) => {
    const Rules = [{ Status: "Enabled" as const, Filter: { Prefix: "" }, ...rule }];
    return test.call("s3", "PutBucketLifecycleConfiguration", { Bucket, LifecycleConfiguration: { Rules } });
  };
  await expect(lifecycle({})).rejects.toMatchObject({ message: "At least one action needs to be specified in a rule" });
  await expect(lifecycle({ Expiration: { Date: new Date(3_600_000) } })).rejects.toMatchObject({
    message: "'Date' must be at midnight GMT",
  });
  await expect(lifecycle({ Expiration: { Days: 1 }, Filter: { And: { Prefix: "a" } } })).rejects.toMatchObject({ code: "MalformedXML" });

  const website = (more: object) =>
    test.call("s3", "PutBucketWebsite", { Bucket, WebsiteConfiguration: { IndexDocument: { Suffix: "i" }, ...more } });
  await expect(website({ RoutingRules: [] })).rejects.toMatchObject({ code: "MalformedXML" });
  await expect(website({ RoutingRules: [{ Redirect: { ReplaceKeyWith: "a", ReplaceKeyPrefixWith: "b" } }] })).rejects.toMatchObject({
    message: "You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
  });
  await expect(website({ RoutingRules: [{ Redirect: { Protocol: "ftp" } }] })).rejects.toMatchObject({ message: /^Invalid protocol/ });

  await expect(test.call("s3", "PutBucketAcl", { Bucket })).rejects.toMatchObject({ members: { MissingHeaderName: "x-amz-acl" } });
});

it("tells an upload in parts whose object became another one meanwhile", async () => {
  const Bucket = await bucket();
  const begin = async (Key: string) => {
    const { UploadId } = await test.call("s3", "CreateMultipartUpload", { Bucket, Key });
    const { ETag } = await test.call("s3", "UploadPart", { Bucket, Key, UploadId: UploadId!, PartNumber: 1, Body: "part" as never });
    const upload = { Bucket, Key, UploadId: UploadId!, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: ETag! }] } };
    return (conditions: object) => test.call("s3", "CompleteMultipartUpload", { ...upload, ...conditions });
  };
  const conflict = (Condition: string, Key: string) => ({ code: "ConditionalRequestConflict", status: 409, members: { Condition, Key } });

  const { ETag } = await put(Bucket, "a");
  const replace = await begin("a");
  await put(Bucket, "a");
  // The same bytes, and yet not the object that was there.
  await expect(replace({ IfMatch: ETag })).rejects.toMatchObject(conflict("If-Match", "a"));
  await put(Bucket, "b");
  const create = await begin("b");
  await test.call("s3", "DeleteObject", { Bucket, Key: "b" });
  await expect(create({ IfNoneMatch: "*" })).rejects.toMatchObject(conflict("If-None-Match", "b"));
  await expect((await begin("b"))({ IfNoneMatch: "*" })).resolves.toHaveProperty("ETag");
  await expect(replace({ ChecksumType: "FULL_OBJECT" })).rejects.toMatchObject({ message: /created using the null checksum mode/ });
});

it("lets nothing but a deletion touch a delete marker, and copies no redirection", async () => {
  const Bucket = await bucket("Enabled");
  const { ETag } = await put(Bucket, "a", { WebsiteRedirectLocation: "/there" });
  await test.call("s3", "CopyObject", { Bucket, Key: "b", CopySource: `${Bucket}/a` });
  expect(await test.call("s3", "HeadObject", { Bucket, Key: "b" })).not.toHaveProperty("WebsiteRedirectLocation");
  await test.call("s3", "CopyObject", { Bucket, Key: "b", CopySource: `${Bucket}/a`, WebsiteRedirectLocation: "/here" });
  expect(await test.call("s3", "HeadObject", { Bucket, Key: "b" })).toMatchObject({ ETag, WebsiteRedirectLocation: "/here" });

  await test.call("s3", "DeleteObject", { Bucket, Key: "a" });
  const marker = (Method: string) => ({ code: "MethodNotAllowed", members: { Method, ResourceType: "DeleteMarker" } });
  await expect(test.call("s3", "PutObjectAcl", { Bucket, Key: "a", ACL: "private" })).rejects.toMatchObject(marker("PUT"));
  await expect(test.call("s3", "DeleteObjectTagging", { Bucket, Key: "a" })).rejects.toMatchObject(marker("DELETE"));
  await expect(test.call("s3", "GetObjectAcl", { Bucket, Key: "a" })).rejects.toMatchObject({ code: "NoSuchKey" });
});

it("says what it misses in lists, inventories, owners and algorithms", async () => {
  const Bucket = await bucket();
  const wrong = { Owner: { ID: "0".repeat(64) }, Grants: [{ Grantee: { Type: "Group", URI: "made-up" }, Permission: "READ" }] } as const;
  const list = (more: object) => test.call("s3", "PutBucketAcl", { Bucket, ...more });
  await expect(list({ ACL: "private", AccessControlPolicy: wrong })).rejects.toMatchObject({ code: "UnexpectedContent" });
  await expect(list({ AccessControlPolicy: { ...wrong, Owner: { ID: "me" } } })).rejects.toMatchObject({
    members: { ArgumentName: "CanonicalUser/ID", ArgumentValue: "me" },
  });
  const inventory = (Id: string, more: object) => {
    const Destination = { S3BucketDestination: { Bucket: "arn:aws:s3:::a", Format: "CSV" as const } };
    const whole = {
      Id: "i",
      IsEnabled: true,
      IncludedObjectVersions: "All" as const,
      Schedule: { Frequency: "Daily" as const },
      Destination,
    };
    return test.call("s3", "PutBucketInventoryConfiguration", { Bucket, Id, InventoryConfiguration: { ...whole, ...more } });
  };
  await expect(inventory("other", {})).rejects.toMatchObject({ code: "IdMismatch" });
  await expect(inventory("i", { OptionalFields: ["Colour"] })).rejects.toMatchObject({ code: "MalformedXML" });
  const bare = { Destination: { S3BucketDestination: { Bucket: "a", Format: "CSV" } } };
  await expect(inventory("i", bare)).rejects.toMatchObject({ code: "InvalidS3DestinationBucket" });
  expect(status(await inventory("i", {}))).toBe(204);
  await expect(test.call("s3", "GetBucketLocation", { Bucket, ExpectedBucketOwner: "0000" })).rejects.toMatchObject({
    code: "InvalidBucketOwnerAWSAccountID",
  });
  const unknown = { Bucket, Key: "a", ChecksumAlgorithm: "ADLER" as "SHA1" };
  await expect(test.call("s3", "CreateMultipartUpload", unknown)).rejects.toMatchObject({ message: /^Checksum algorithm provided is uns/ });
  const lifecycle = (TransitionDefaultMinimumObjectSize: string) => {
    const Rules = [{ ID: "r", Status: "Enabled" as const, Filter: {}, Expiration: { Days: 1 } }];
    const input = {
      Bucket,
      LifecycleConfiguration: { Rules },
      TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize as never,
    };
    return test.call("s3", "PutBucketLifecycleConfiguration", input);
  };
  await expect(lifecycle("small")).rejects.toMatchObject({ message: "Invalid TransitionDefaultMinimumObjectSize found: small" });
  expect(await lifecycle("varies_by_storage_class")).toEqual({ TransitionDefaultMinimumObjectSize: "varies_by_storage_class" });
});
