/** AWS::S3::Bucket and AWS::S3::BucketPolicy: what a template says is what the bucket has, after a change too. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Call } from "../../../src/service.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

let cloud: TestCloud;
let call: Call;
beforeAll(async () => {
  cloud = await startTestCloud();
  call = cloud.call;
});
afterAll(() => cloud[Symbol.asyncDispose]());

async function settled(StackName: string): Promise<string> {
  for (;;) {
    const { Stacks } = await call("cloudformation", "DescribeStacks", { StackName });
    const { StackStatus, StackStatusReason } = Stacks![0]!;
    if (!StackStatus!.endsWith("IN_PROGRESS"))
      return StackStatusReason === undefined ? StackStatus! : `${StackStatus}: ${StackStatusReason}`;
    await new Promise((done) => setImmediate(done));
  }
}

const template = (properties: object) =>
  JSON.stringify({
    Resources: {
      Files: { Type: "AWS::S3::Bucket", Properties: { BucketName: "files-of-a-stack", ...properties } },
      Policy: {
        Type: "AWS::S3::BucketPolicy",
        Properties: {
          Bucket: { Ref: "Files" },
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: {
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: { "Fn::Sub": "${Files.Arn}/*" },
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          },
        },
      },
    },
  });

it("makes a bucket as its template says, and changes it", async () => {
  const StackName = "bucket";
  const Bucket = "files-of-a-stack";
  await call("cloudformation", "CreateStack", {
    StackName,
    TemplateBody: template({
      VersioningConfiguration: { Status: "Enabled" },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
      },
      CorsConfiguration: { CorsRules: [{ AllowedMethods: ["PUT"], AllowedOrigins: ["http://localhost:3000"], MaxAge: 60 }] },
      LifecycleConfiguration: {
        Rules: [{ Id: "old", Status: "Enabled", ExpirationInDays: 30, NoncurrentVersionExpiration: { NoncurrentDays: 7 } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      IntelligentTieringConfigurations: [
        { Id: "archive", Status: "Enabled", Prefix: "a/", Tierings: [{ AccessTier: "ARCHIVE_ACCESS", Days: 90 }] },
      ],
      Tags: [{ Key: "team", Value: "files" }],
    }),
  });
  expect(await settled(StackName)).toBe("CREATE_COMPLETE");
  expect(await call("s3", "GetBucketVersioning", { Bucket })).toEqual({ Status: "Enabled" });
  expect(await call("s3", "GetBucketCors", { Bucket })).toMatchObject({ CORSRules: [{ AllowedMethods: ["PUT"], MaxAgeSeconds: 60 }] });
  expect(await call("s3", "GetBucketLifecycleConfiguration", { Bucket })).toMatchObject({
    Rules: [{ ID: "old", Expiration: { Days: 30 }, NoncurrentVersionExpiration: { NoncurrentDays: 7 } }],
  });
  const put = await call("s3", "PutObject", { Bucket, Key: "k", Body: "x" });
  expect(put).toMatchObject({
    ServerSideEncryption: "aws:kms",
    BucketKeyEnabled: true,
    Expiration: expect.stringContaining('rule-id="old"'),
  });
  expect(await call("s3", "ListBucketIntelligentTieringConfigurations", { Bucket })).toMatchObject({
    IntelligentTieringConfigurationList: [{ Id: "archive", Filter: { Prefix: "a/" } }],
  });
  expect((await call("s3", "GetBucketTagging", { Bucket })).TagSet).toContainEqual({ Key: "team", Value: "files" });
  expect((await call("s3", "GetBucketPolicy", { Bucket })).Policy).toContain("aws:SecureTransport");

  await call("cloudformation", "UpdateStack", { StackName, TemplateBody: template({ VersioningConfiguration: { Status: "Suspended" } }) });
  expect(await settled(StackName)).toBe("UPDATE_COMPLETE");
  expect(await call("s3", "GetBucketVersioning", { Bucket })).toEqual({ Status: "Suspended" });
  await expect(call("s3", "GetBucketCors", { Bucket })).rejects.toMatchObject({ code: "NoSuchCORSConfiguration" });
  await expect(call("s3", "GetBucketLifecycleConfiguration", { Bucket })).rejects.toMatchObject({ code: "NoSuchLifecycleConfiguration" });
  const tierings = await call("s3", "ListBucketIntelligentTieringConfigurations", { Bucket });
  expect(tierings.IntelligentTieringConfigurationList ?? []).toEqual([]);
  expect(await call("s3", "PutObject", { Bucket, Key: "k", Body: "x" })).toMatchObject({ ServerSideEncryption: "AES256" });
});
