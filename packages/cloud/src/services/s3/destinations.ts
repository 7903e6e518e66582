/** Where events go: a topic or a queue of this account, whose own policy has to let S3 in, as on AWS. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { evaluate } from "../../identity/evaluate.ts";
import { parsePolicy } from "../../identity/policy.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type Bucket, bucketArn } from "./buckets.ts";

const kinds = { sns: "topic", sqs: "queue" } as const;
const actions = { sns: "sns:Publish", sqs: "sqs:SendMessage" } as const;

/** What is wrong with a destination, in AWS's words. */
export class Undeliverable extends Error {}

/** Sends what has happened in a bucket to a destination. Throws `Undeliverable` where it is not there, or does not let S3 send. */
export async function send(cloud: Cloud, bucket: Bucket, arn: string, message: object): Promise<void> {
  const service = arn.split(":")[2] as keyof typeof kinds;
  const s3 = servicePrincipal(cloud.account, "s3.amazonaws.com");
  const call = cloud.as(s3, bucket.region);
  const text = JSON.stringify(message);
  const name = arn.split(":").slice(5).join(":");
  try {
    if (service === "sns") {
      const { Attributes } = await call("sns", "GetTopicAttributes", { TopicArn: arn });
      checkLetsIn(cloud, bucket, arn, Attributes?.["Policy"]);
      await call("sns", "Publish", { TopicArn: arn, Subject: "Amazon S3 Notification", Message: text });
    } else {
      const { QueueUrl } = await call("sqs", "GetQueueUrl", { QueueName: name });
      const { Attributes } = await call("sqs", "GetQueueAttributes", { QueueUrl: QueueUrl!, AttributeNames: ["Policy"] });
      checkLetsIn(cloud, bucket, arn, Attributes?.["Policy"]);
      await call("sqs", "SendMessage", { QueueUrl: QueueUrl!, MessageBody: text });
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new Undeliverable(`The destination ${kinds[service]} does not exist`);
  }
}

/** The policy decides alone: S3 is of no account, so nothing else allows it. */
function checkLetsIn(cloud: Cloud, bucket: Bucket, arn: string, policy: string | undefined): void {
  const service = arn.split(":")[2] as keyof typeof kinds;
  const principal = servicePrincipal(cloud.account, "s3.amazonaws.com");
  const place = { cloud, region: bucket.region, account: cloud.account };
  const more = { "aws:SourceArn": bucketArn(bucket.name), "aws:SourceAccount": cloud.account };
  const decision =
    policy !== undefined &&
    evaluate(
      { identity: [] },
      { action: actions[service], resource: arn, keys: conditionKeys(place, principal, more) },
      { policy: { name: "resource policy", type: "resource", policy: parsePolicy(policy) }, principal },
    );
  if (decision === false || decision.outcome !== "allowed") {
    throw new Undeliverable(`Permissions on the destination ${kinds[service]} do not allow S3 to publish notifications from this bucket`);
  }
}
