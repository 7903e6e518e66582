/**
 * Event notifications: what happens to objects is told to the SNS topics that a bucket's configuration names, in AWS's JSON (Amazon S3
 * User Guide, "Event message structure"). Queues, functions and EventBridge are kept and answered; nothing is sent to them.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";
import { type Bucket, bucketArn, ownerOf } from "./buckets.ts";
import { invalidArgument } from "./errors.ts";
import type { ObjectVersion } from "./objects.ts";

interface Target {
  Id?: string;
  Events?: string[];
  Filter?: { Key?: { FilterRules?: { Name?: string; Value?: string }[] } };
  TopicArn?: string;
  QueueArn?: string;
  LambdaFunctionArn?: string;
}

export interface Notifications {
  TopicConfigurations?: Target[];
  QueueConfigurations?: Target[];
  LambdaFunctionConfigurations?: Target[];
  EventBridgeConfiguration?: object;
}

const lists = [
  ["TopicConfigurations", "TopicArn", "sns"],
  ["QueueConfigurations", "QueueArn", "sqs"],
  ["LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda"],
] as const;

const supported = (
  "IntelligentTiering LifecycleExpiration:* LifecycleExpiration:Delete LifecycleExpiration:DeleteMarkerCreated LifecycleTransition ObjectAcl:Put " +
  "ObjectCreated:* ObjectCreated:CompleteMultipartUpload ObjectCreated:Copy ObjectCreated:Post ObjectCreated:Put ObjectRemoved:* ObjectRemoved:Delete " +
  "ObjectRemoved:DeleteMarkerCreated ObjectRestore:* ObjectRestore:Completed ObjectRestore:Delete ObjectRestore:Post ObjectTagging:* " +
  "ObjectTagging:Delete ObjectTagging:Put ReducedRedundancyLostObject Replication:* Replication:OperationFailedReplication " +
  "Replication:OperationMissedThreshold Replication:OperationNotTracked Replication:OperationReplicatedAfterThreshold"
)
  .split(" ")
  .map((name) => `s3:${name}`);

/** Checks a configuration as it is put; targets get ids where they have none. */
export async function checkNotifications(
  given: Notifications,
  bucket: Bucket,
  { cloud, account }: OperationContext,
): Promise<Notifications> {
  const result: Notifications = { ...(given.EventBridgeConfiguration && { EventBridgeConfiguration: {} }) };
  for (const [list, arnName, service] of lists) {
    const targets = given[list] ?? [];
    if (targets.length === 0) continue;
    result[list] = [];
    for (const target of targets) {
      const arn = target[arnName] ?? "";
      const [, , owner, region, inAccount] = arn.split(":");
      if (!/^arn:[\w-]+:(sns|sqs|lambda):[\w-]+:\d{12}:.+$/u.test(arn) || owner !== service)
        throw invalidArgument("The ARN is not well formed", arnName, arn);
      const unknown = (target.Events ?? []).find((event) => !supported.includes(event));
      if (unknown !== undefined) {
        const message = `The event '${unknown}' is not supported for notifications. Supported events are as follows: [${supported.map((event) => `'${event}'`).join(", ")}]`;
        throw invalidArgument(message, "Event", unknown);
      }
      if (region !== bucket.region) {
        throw invalidArgument("The notification destination service region is not valid for the bucket location constraint", arnName, arn);
      }
      for (const { Name } of target.Filter?.Key?.FilterRules ?? []) {
        if (!/^(prefix|suffix)$/iu.test(Name ?? ""))
          throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", Name);
      }
      if (service === "sns" && inAccount === account) await sendTest(cloud, bucket, arn);
      result[list].push({ ...target, Id: target.Id ?? cloud.world.random.uuid() });
    }
  }
  return result;
}

/** AWS sees by a first message whether a topic is there. */
async function sendTest(cloud: Cloud, bucket: Bucket, arn: string): Promise<void> {
  const message = {
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(cloud.world.clock.nowMs()).toISOString(),
    Bucket: bucket.name,
    RequestId: cloud.world.random.hex(16).toUpperCase(),
    HostId: cloud.world.random.hex(32),
  };
  try {
    await publish(cloud, bucket, arn, message);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError("InvalidArgument", "Unable to validate the following destination configurations", 400, {
      ArgumentName1: arn,
      ArgumentValue1: "The destination topic does not exist",
    });
  }
}

/** Tells an event, as `ObjectCreated:Put`. What cannot be delivered is lost, as in AWS: the call that caused it succeeded. */
export async function notify(context: OperationContext, bucket: Bucket, event: string, object: ObjectVersion): Promise<void> {
  const { TopicConfigurations = [] } = (bucket.configurations["Notification"] ?? {}) as Notifications;
  for (const target of TopicConfigurations) {
    if (!target.Events?.some((wanted) => covers(wanted, event)) || !fits(target, object.key)) continue;
    try {
      await publish(context.cloud, bucket, target.TopicArn!, { Records: [recordOf(context, bucket, event, object, target.Id!)] });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }
}

const covers = (wanted: string, event: string) =>
  wanted.endsWith("*") ? `s3:${event}`.startsWith(wanted.slice(0, -1)) : wanted === `s3:${event}`;

function fits({ Filter }: Target, key: string): boolean {
  return (Filter?.Key?.FilterRules ?? []).every(({ Name = "", Value = "" }) =>
    Name.toLowerCase() === "prefix" ? key.startsWith(Value) : key.endsWith(Value),
  );
}

async function publish(cloud: Cloud, bucket: Bucket, TopicArn: string, message: object): Promise<void> {
  const call = cloud.as(servicePrincipal(cloud.account, "s3.amazonaws.com"), bucket.region);
  await call("sns", "Publish", { TopicArn, Subject: "Amazon S3 Notification", Message: JSON.stringify(message) });
}

function recordOf(
  { cloud, principal, requestId, account }: OperationContext,
  bucket: Bucket,
  event: string,
  object: ObjectVersion,
  id: string,
) {
  const { key, content, version, sequence } = object;
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: bucket.region,
    eventTime: new Date(cloud.world.clock.nowMs()).toISOString(),
    eventName: event,
    userIdentity: { principalId: principal.kind === "service" ? principal.service : principal.userId },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": requestId, "x-amz-id-2": Buffer.from(`plinth/${requestId}`).toString("base64") },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: id,
      bucket: { name: bucket.name, ownerIdentity: { principalId: ownerOf(account).ID }, arn: bucketArn(bucket.name) },
      object: {
        key: encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
        ...(!event.startsWith("ObjectRemoved") && { size: content.sizeBytes, eTag: content.etag }),
        ...(bucket.versioning !== undefined && { versionId: version }),
        sequencer: sequence.toString(16).toUpperCase().padStart(18, "0"),
      },
    },
  };
}
