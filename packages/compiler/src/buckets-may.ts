/** The permission of S3 to tell a queue or a topic of a bucket's changes. */
import { sub } from "./compilation.ts";

/** The buckets of this account may: their names are known only when they stand, which is after this. */
export function bucketsMay(action: string, resource: unknown): object {
  return {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: action,
    Resource: resource,
    Condition: {
      ArnLike: { "aws:SourceArn": sub("arn:${AWS::Partition}:s3:::*") },
      StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
    },
  };
}
