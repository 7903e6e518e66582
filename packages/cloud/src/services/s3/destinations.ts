/** Where events go: a topic, a queue or a function of this account, whose own policy has to let S3 in, as on AWS. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { evaluate } from "../../identity/evaluate.ts";
import { policyOf } from "../../identity/policy.ts";
import { type Principal, servicePrincipal } from "../../identity/principal.ts";
import { type Bucket, bucketArn } from "./buckets.ts";

/** What is wrong with a destination, in AWS's words. */
export class Undeliverable extends Error {}

const absent = (kind: string) => new Undeliverable(`The destination ${kind} does not exist`);
const closed = (kind: string) =>
  new Undeliverable(`Permissions on the destination ${kind} do not allow S3 to publish notifications from this bucket`);

/** Sends what has happened in a bucket to a destination. Throws `Undeliverable` where it is not there, or does not let S3 send. */
export async function send(cloud: Cloud, bucket: Bucket, arn: string, message: object): Promise<void> {
  const s3 = servicePrincipal(cloud.account, "s3.amazonaws.com", bucketArn(bucket.name));
  const [, , service, , account, ...name] = arn.split(":");
  const text = JSON.stringify(message);
  const kind = service === "sns" ? "topic" : service === "lambda" ? "function" : "queue";
  try {
    if (service === "sns") await publish(cloud, bucket.region, s3, arn, text);
    else if (service === "lambda") {
      // A function asks its policy itself.
      await cloud.as(s3, bucket.region)("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload: Buffer.from(text) });
    } else {
      const QueueUrl = `${cloud.endpoint}/${account}/${name.join(":")}`;
      // A queue asks its policy itself.
      await cloud.as(s3, bucket.region)("sqs", "SendMessage", { QueueUrl, MessageBody: text });
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw /AccessDenied|AuthorizationError/u.test(error.code) ? closed(kind) : absent(kind);
  }
}

/** Sends a first message; a function is only asked whether it would let itself be called. Throws as `send` does. */
export async function tryOut(cloud: Cloud, bucket: Bucket, arn: string, message: object): Promise<void> {
  if (!arn.includes(":lambda:")) return send(cloud, bucket, arn, message);
  const s3 = servicePrincipal(cloud.account, "s3.amazonaws.com", bucketArn(bucket.name));
  try {
    await cloud.as(s3, bucket.region)("lambda", "Invoke", { FunctionName: arn, InvocationType: "DryRun" });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new Undeliverable(`Not authorized to invoke function [${arn}]`);
  }
}

/** A topic's policy decides alone: S3 is of no account, so nothing else allows it. */
async function publish(cloud: Cloud, region: string, s3: Principal, TopicArn: string, Message: string): Promise<void> {
  const call = cloud.as(s3, region);
  const { Attributes } = await call("sns", "GetTopicAttributes", { TopicArn });
  const policy = policyOf(cloud, Attributes?.["Policy"] ?? '{"Statement":[]}');
  const keys = conditionKeys({ cloud, region, account: cloud.account }, s3);
  const asked = { action: "sns:Publish", resource: TopicArn, keys };
  const decision = evaluate({ identity: [] }, asked, { policy: { name: "resource policy", type: "resource", policy }, principal: s3 });
  if (decision.outcome !== "allowed") throw closed("topic");
  await call("sns", "Publish", { TopicArn, Subject: "Amazon S3 Notification", Message });
}
