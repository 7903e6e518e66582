/** Who may do what in S3: policies, lists, Block Public Access, unsigned callers, and uploads by forms. */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createHmac } from "node:crypto";
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

async function makeBucket(more: object = {}): Promise<string> {
  const Bucket = `access-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" }, ...more }));
  return Bucket;
}
const put = (Bucket: string, Key: string, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...more }));
const open = (Bucket: string) => s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
const policy = (Bucket: string, ...Statement: object[]) =>
  s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
const status = async (Bucket: string, Key: string) => (await fetch(`${server.endpoint}/${Bucket}/${Key}`)).status;
const everybody = (Bucket: string, Action = "s3:GetObject") => ({
  Effect: "Allow",
  Principal: "*",
  Action,
  Resource: `arn:aws:s3:::${Bucket}/*`,
});

describe("callers who do not sign", () => {
  it("get what the bucket's policy gives to everybody, and nothing else", async () => {
    const Bucket = await makeBucket();
    await put(Bucket, "a");
    expect(await status(Bucket, "a")).toBe(403);
    await open(Bucket);
    await policy(Bucket, everybody(Bucket));
    expect(await status(Bucket, "a")).toBe(200);
    // Who may not list learns nothing about what is not there.
    expect(await status(Bucket, "absent")).toBe(403);
    expect((await fetch(`${server.endpoint}/${Bucket}/b`, { method: "PUT", body: "b" })).status).toBe(403);
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }));
    expect(await status(Bucket, "a")).toBe(403);
  });

  it("get what a list gives to all users, where the bucket has lists", async () => {
    const Bucket = await makeBucket({ ObjectOwnership: "ObjectWriter" });
    await expect(put(Bucket, "a", { ACL: "public-read" })).rejects.toMatchObject({ name: "AccessDenied" });
    await open(Bucket);
    await put(Bucket, "a", { ACL: "public-read" });
    expect(await status(Bucket, "a")).toBe(200);
    const { Grants } = await s3.send(new GetObjectAclCommand({ Bucket, Key: "a" }));
    expect(Grants!.map(({ Grantee, Permission }) => [Grantee!.Type, Permission])).toEqual([
      ["CanonicalUser", "FULL_CONTROL"],
      ["Group", "READ"],
    ]);
    await s3.send(new PutObjectAclCommand({ Bucket, Key: "a", ACL: "private" }));
    expect(await status(Bucket, "a")).toBe(403);
    await s3.send(new PutBucketAclCommand({ Bucket, GrantRead: 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' }));
    expect(await status(Bucket, "absent")).toBe(404);
  });

  it("cannot be let in where Block Public Access or the ownership setting is against it", async () => {
    const Bucket = await makeBucket();
    await expect(policy(Bucket, everybody(Bucket))).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("because public policies are prevented by the BlockPublicPolicy setting"),
    });
    await policy(Bucket, { ...everybody(Bucket), Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } });
    await expect(put(Bucket, "a", { ACL: "public-read" })).rejects.toMatchObject({ name: "AccessControlListNotSupported" });
    await expect(makeBucket({ ACL: "public-read" })).rejects.toMatchObject({ name: "InvalidBucketAclWithObjectOwnership" });
  });
});

describe("policies", () => {
  it("deny the account's root as well, but never let it lose its bucket", async () => {
    const Bucket = await makeBucket();
    await policy(Bucket, {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    });
    await expect(put(Bucket, "a")).rejects.toMatchObject({ name: "AccessDenied", message: expect.stringContaining("explicit deny") });
    await policy(Bucket, { ...everybody(Bucket), Principal: { AWS: "123456789012" } });
    await put(Bucket, "a");
  });

  it("see what a call says of the object", async () => {
    const Bucket = await makeBucket();
    await policy(Bucket, {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
    });
    await expect(put(Bucket, "a")).rejects.toMatchObject({ name: "AccessDenied" });
    await put(Bucket, "a", { ServerSideEncryption: "aws:kms" });
  });

  it("deny single keys of DeleteObjects", async () => {
    const Bucket = await makeBucket();
    await put(Bucket, "kept");
    await put(Bucket, "gone");
    await policy(Bucket, { Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${Bucket}/kept` });
    const { Deleted, Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "kept" }, { Key: "gone" }] } }),
    );
    expect([Deleted!.map(({ Key }) => Key), Errors!.map(({ Key, Code }) => [Key, Code])]).toEqual([["gone"], [["kept", "AccessDenied"]]]);
  });

  it("have all four settings of Block Public Access said, also those that were not given", async () => {
    const Bucket = await makeBucket();
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }));
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    });
  });
});

describe("a form upload", () => {
  const form = (fields: Record<string, string>, content: string) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    data.append("file", new Blob([content]), "note.txt");
    return data;
  };
  const signed = (conditions: unknown[], expiration = "2099-01-01T00:00:00Z") => ({
    policy: Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64"),
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": "test/20990101/eu-central-1/s3/aws4_request",
    "x-amz-date": "20990101T000000Z",
    "x-amz-signature": "0".repeat(64),
  });
  const usual = [
    ["starts-with", "$x-amz-algorithm", ""],
    ["starts-with", "$x-amz-credential", ""],
    ["starts-with", "$x-amz-date", ""],
  ];
  const post = async (Bucket: string, fields: Record<string, string>, content = "hello") => {
    const answer = await fetch(`${server.endpoint}/${Bucket}`, { method: "POST", body: form(fields, content), redirect: "manual" });
    return {
      status: answer.status,
      headers: answer.headers,
      text: (await answer.text()).replaceAll("&quot;", '"').replaceAll("&#39;", "'"),
    };
  };

  it("puts what its policy allows, and answers as the form asks", async () => {
    const Bucket = await makeBucket();
    const conditions = [
      ...usual,
      { bucket: Bucket },
      ["starts-with", "$key", "in/"],
      { "content-type": "text/plain" },
      { success_action_status: "201" },
      ["content-length-range", 1, 10],
    ];
    const fields = { key: "in/${filename}", "Content-Type": "text/plain", success_action_status: "201", ...signed(conditions) };
    const done = await post(Bucket, fields);
    expect([done.status, done.text]).toEqual([201, expect.stringContaining("<Key>in/note.txt</Key>")]);
    const object = await s3.send(new GetObjectCommand({ Bucket, Key: "in/note.txt" }));
    expect([object.ContentType, await object.Body!.transformToString()]).toEqual(["text/plain", "hello"]);

    expect((await post(Bucket, { ...fields, key: "out/a" })).text).toContain('Policy Condition failed: ["starts-with", "$key", "in/"]');
    expect((await post(Bucket, fields, "longer than ten")).text).toContain("<Code>EntityTooLarge</Code>");
    expect((await post(Bucket, fields, "")).text).toContain("<Code>EntityTooSmall</Code>");
    expect((await post(Bucket, { ...fields, acl: "private" })).text).toContain("Extra input fields: acl");
    const bare = [...conditions, ["eq", "x-amz-meta-a", "b"]];
    expect((await post(Bucket, { ...fields, ...signed(bare) })).text).toContain('Condition failed: ["eq", "x-amz-meta-a", "b"]');
    const sizes = [...conditions, ["content-length-range", "few", 10]];
    expect((await post(Bucket, { ...fields, ...signed(sizes) })).text).toContain('["content-length-range", "few", "10"]');
    const two = [...conditions, { a: "1", b: "2" }];
    expect((await post(Bucket, { ...fields, ...signed(two) })).text).toContain("<Code>InvalidPolicyDocument</Code>");
    const late = { ...fields, ...signed(conditions, "2020-01-01T00:00:00Z") };
    expect((await post(Bucket, late)).text).toContain("Invalid according to Policy: Policy expired.");
  });

  it("is redirected, and refused without key, file or permission", async () => {
    const Bucket = await makeBucket();
    const to = { success_action_redirect: "http://localhost/done?x=1" };
    const answer = await post(Bucket, { key: "a", ...to, ...signed([...usual, { bucket: Bucket }, { key: "a" }, to]) });
    expect([answer.status, new URL(answer.headers.get("location")!).searchParams.get("key")]).toEqual([303, "a"]);
    expect((await post(Bucket, { key: "a" })).status).toBe(403);
    expect((await post(Bucket, { ["x-amz-meta-a"]: "b" })).text).toContain("must contain a field named 'key'");
    const { "x-amz-signature": _, ...unsigned } = signed([...usual, { bucket: Bucket }, { key: "a" }]);
    expect((await post(Bucket, { key: "a", ...unsigned })).text).toContain("<ArgumentName>X-Amz-Signature</ArgumentName>");
    const without = new FormData();
    without.append("key", "a");
    const none = await fetch(`${server.endpoint}/${Bucket}`, { method: "POST", body: without });
    expect([none.status, await none.text()]).toEqual([400, expect.stringContaining("exactly one file upload")]);
    const other = await fetch(`${server.endpoint}/${Bucket}`, { method: "POST", body: new URLSearchParams({ key: "a" }) });
    expect([other.status, await other.text()]).toEqual([412, expect.stringContaining("of the enclosure-type multipart/form-data")]);
  });

  it("is checked against the secret of keys that the cloud issued", async () => {
    const Bucket = await makeBucket();
    await server.call("iam", "CreateUser", { UserName: "poster" });
    await server.call("iam", "AttachUserPolicy", { UserName: "poster", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" });
    const { AccessKey } = await server.call("iam", "CreateAccessKey", { UserName: "poster" });
    const { AccessKeyId, SecretAccessKey } = AccessKey as { AccessKeyId: string; SecretAccessKey: string };
    const fields = signed([...usual, { bucket: Bucket }, { key: "a" }]);
    fields["x-amz-credential"] = `${AccessKeyId}/20990101/eu-central-1/s3/aws4_request`;
    expect((await post(Bucket, { key: "a", ...fields })).text).toContain("SignatureDoesNotMatch");
    const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const key = hmac(hmac(hmac(hmac(`AWS4${SecretAccessKey}`, "20990101"), "eu-central-1"), "s3"), "aws4_request");
    fields["x-amz-signature"] = hmac(key, fields.policy).toString("hex");
    expect((await post(Bucket, { key: "a", ...fields })).status).toBe(204);
  });
});
