/** Where events go: a topic or a queue of this account, whose own policy has to let S3 in, as on AWS. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { evaluate } from "../../identity/evaluate.ts";
import { parsePolicy } from "../../identity/policy.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type Bucket, bucketArn } from "./buckets.ts";

const kinds = { sns: "topic", sqs: "queue" } as const;

/** What is wrong with a destination, in AWS's words. */
export class Undeliverable extends Error {}

/** Sends what has happened in a bucket to a destination. Throws `Undeliverable` where it is not there, or does not let S3 send. */
export async function send(cloud: Cloud, bucket: Bucket, arn: string, message: object): Promise<void> {
  const service = arn.split(":")[2] as keyof typeof kinds;
  const s3 = servicePrincipal(cloud.account, "s3.amazonaws.com", bucketArn(bucket.name));
  const call = cloud.as(s3, bucket.region);
  const text = JSON.stringify(message);
  const name = arn.split(":").slice(5).join(":");
  try {
    if (service === "sns") {
      const { Attributes } = await call("sns", "GetTopicAttributes", { TopicArn: arn });
      checkTopicLetsIn(cloud, bucket, arn, Attributes?.["Policy"]);
      await call("sns", "Publish", { TopicArn: arn, Subject: "Amazon S3 Notification", Message: text });
    } else {
      // SQS itself asks the queue's policy.
      await call("sqs", "SendMessage", { QueueUrl: `${cloud.endpoint}/${cloud.account}/${name}`, MessageBody: text });
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "AccessDenied") throw notLetIn(service);
    throw new Undeliverable(`The destination ${kinds[service]} does not exist`);
  }
}

const notLetIn = (service: keyof typeof kinds) =>
  new Undeliverable(`Permissions on the destination ${kinds[service]} do not allow S3 to publish notifications from this bucket`);

/** The policy decides alone: S3 is of no account, so nothing else allows it. */
function checkTopicLetsIn(cloud: Cloud, bucket: Bucket, arn: string, policy: string | undefined): void {
  const principal = servicePrincipal(cloud.account, "s3.amazonaws.com", bucketArn(bucket.name));
  const place = { cloud, region: bucket.region, account: cloud.account };
  const decision =
    policy !== undefined &&
    evaluate(
      { identity: [] },
      { action: "sns:Publish", resource: arn, keys: conditionKeys(place, principal) },
      { policy: { name: "resource policy", type: "resource", policy: parsePolicy(policy) }, principal },
    );
  if (decision === false || decision.outcome !== "allowed") throw notLetIn("sns");
}
