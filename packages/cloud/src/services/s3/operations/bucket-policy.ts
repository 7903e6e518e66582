/** The policy of a bucket, by which calls are authorized. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { httpStatus } from "../../../wire/write-output.ts";
import { isPublicPolicy } from "../access.ts";
import { buckets, bucketArn, findBucket, publicAccessOf } from "../buckets.ts";

const malformed = (message: string) => new AwsError("MalformedPolicy", message, 400);

export const putBucketPolicy = operation("s3", "PutBucketPolicy", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (!input.Policy!.startsWith("{")) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  let policy: unknown;
  try {
    policy = JSON.parse(input.Policy!);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  const statements = [(policy as { Statement?: unknown }).Statement].flat() as (Record<string, unknown> | undefined)[];
  if (statements.length === 0 || statements[0] === undefined) throw malformed("Missing required field Statement");
  for (const statement of statements) {
    for (const names of [["Effect"], ["Principal", "NotPrincipal"], ["Action", "NotAction"], ["Resource", "NotResource"]]) {
      if (!names.some((name) => statement?.[name] !== undefined)) throw malformed(`Missing required field ${names[0]}`);
    }
    const resources = [statement!["Resource"] ?? statement!["NotResource"]].flat() as string[];
    if (resources.some((resource) => !new RegExp(`^arn:[\\w-]+:s3:::${bucket.name}(/.*)?$`, "u").test(resource))) {
      throw malformed("Policy has invalid resource");
    }
  }
  if (publicAccessOf(bucket).BlockPublicPolicy && isPublicPolicy(input.Policy!)) {
    throw new AwsError(
      "AccessDenied",
      `User: ${context.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      403,
    );
  }
  buckets(context.cloud).put("global", bucket.name, { ...bucket, policy: input.Policy! });
  return { [httpStatus]: 204 } as object;
});

export const getBucketPolicy = operation("s3", "GetBucketPolicy", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (bucket.policy === undefined)
    throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, { BucketName: bucket.name });
  return { Policy: bucket.policy };
});

export const getBucketPolicyStatus = operation("s3", "GetBucketPolicyStatus", (input, context) => {
  const { name, policy } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (policy === undefined) throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, { BucketName: name });
  return { PolicyStatus: { IsPublic: isPublicPolicy(policy) } };
});

export const deleteBucketPolicy = operation("s3", "DeleteBucketPolicy", (input, context) => {
  const { policy: _removed, ...bucket } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  buckets(context.cloud).put("global", bucket.name, bucket);
  return {};
});
