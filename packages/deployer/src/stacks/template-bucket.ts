/** The account's own bucket, `plinth-{account}-{region}`: templates that are too large to be sent inline, and what releases were made of. */
import { createHash } from "node:crypto";
import { isAwsError, type Aws } from "../aws.ts";

/** CloudFormation's limit for TemplateBody. */
export const inlineTemplateSizeBytes = 51_200;

/** How the template is handed to CloudFormation: inline, or by the URL of an object named by its content. */
export async function templateSource(
  aws: Aws,
  account: string,
  templateBody: string,
): Promise<{ TemplateBody: string } | { TemplateURL: string }> {
  if (Buffer.byteLength(templateBody) <= inlineTemplateSizeBytes) return { TemplateBody: templateBody };
  const Bucket = accountBucket(aws, account);
  const Key = `templates/${createHash("sha256").update(templateBody).digest("hex")}.json`;
  await ensureBucket(aws, Bucket);
  await aws.call("s3", "PutObject", { Bucket, Key, Body: templateBody, ContentType: "application/json" });
  const host = aws.embedded ? `${aws.embedded}/${Bucket}` : `https://${Bucket}.s3.${aws.region}.amazonaws.com`;
  return { TemplateURL: `${host}/${Key}` };
}

export const accountBucket = (aws: Pick<Aws, "region">, account: string): string => `plinth-${account}-${aws.region}`;

export async function ensureBucket(aws: Aws, Bucket: string): Promise<void> {
  try {
    await aws.call("s3", "HeadBucket", { Bucket });
    return;
  } catch (error) {
    if (!isAwsError(error, "NotFound", "NoSuchBucket")) throw error;
  }
  try {
    const configuration =
      aws.region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: aws.region as "eu-central-1" } };
    await aws.call("s3", "CreateBucket", { Bucket, ...configuration });
  } catch (error) {
    if (!isAwsError(error, "BucketAlreadyOwnedByYou")) throw error;
  }
  await aws.call("s3", "PutPublicAccessBlock", {
    Bucket,
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
  });
  await aws.call("s3", "PutBucketLifecycleConfiguration", {
    Bucket,
    LifecycleConfiguration: {
      Rules: [
        { ID: "templates", Status: "Enabled", Filter: { Prefix: "templates/" }, Expiration: { Days: 30 } },
        { ID: "sources", Status: "Enabled", Filter: { Prefix: "sources/" }, Expiration: { Days: 7 } },
      ],
    },
  });
}
