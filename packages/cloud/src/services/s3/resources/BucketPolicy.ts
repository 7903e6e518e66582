/** AWS::S3::BucketPolicy. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::S3::BucketPolicy"];

export const bucketPolicy = resource("AWS::S3::BucketPolicy", {
  coverage: { real: ["Bucket", "PolicyDocument"] },
  create: put,
  update: put,
  async delete({ properties, call }) {
    try {
      await call("s3", "DeleteBucketPolicy", { Bucket: properties.Bucket });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NoSuchBucket")) throw error;
    }
  },
});

/** Put once or twice, it is the same policy: so a create that was interrupted is simply repeated. */
async function put({ call, properties: { Bucket, PolicyDocument } }: ResourceRequest<Properties>) {
  await call("s3", "PutBucketPolicy", {
    Bucket,
    Policy: typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument),
  });
  return { physicalId: Bucket, attributes: {} };
}
