/**
 * Event notifications: what happens to objects is told to the topics, queues and functions that a bucket's configuration names, in AWS's
 * JSON (Amazon S3 User Guide, "Event message structure"), and to EventBridge in its own.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { type Bucket, bucketArn, ownerOf } from "./buckets.ts";
import { send, tryOut, Undeliverable } from "./destinations.ts";
import { invalidArgument, malformedXml } from "./errors.ts";
import type { ObjectVersion } from "./objects.ts";
import { sequencerOf, tell } from "./told-events.ts";

interface FilterRule {
  Name?: string;
  Value?: string;
}

interface Target {
  Id?: string;
  Events?: string[];
  Filter?: { Key?: { FilterRules?: FilterRule[] } };
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

/** By list: the member with the ARN, its service, and what the XML, and so each error, calls the ARN. */
const lists = [
  ["TopicConfigurations", "TopicArn", "sns", "Topic"],
  ["QueueConfigurations", "QueueArn", "sqs", "Queue"],
  ["LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", "CloudFunction"],
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
  skipDestinations: boolean,
): Promise<Notifications> {
  const result: Notifications = { ...(given.EventBridgeConfiguration && { EventBridgeConfiguration: {} }) };
  const destinations: string[] = [];
  for (const [list, arnName, service, argument] of lists) {
    const targets = given[list] ?? [];
    if (targets.length === 0) continue;
    result[list] = [];
    for (const target of targets) {
      const arn = target[arnName] ?? "";
      const [, , owner, region, inAccount] = arn.split(":");
      if (!/^arn:[\w-]+:(sns|sqs|lambda):[\w-]+:\d{12}:.+$/u.test(arn)) throw invalidArgument("The ARN could not be parsed", argument, arn);
      if (owner !== service) throw invalidArgument("The ARN is not well formed", argument, arn);
      if (target.Events === undefined) throw malformedXml();
      const unknown = target.Events.find((event) => !supported.includes(event));
      if (unknown !== undefined) {
        const message = `The event '${unknown}' is not supported for notifications. Supported events are as follows: [${supported.map((event) => `'${event}'`).join(", ")}]`;
        throw invalidArgument(message, "Event", unknown);
      }
      if (region !== bucket.region) {
        throw invalidArgument("The notification destination service region is not valid for the bucket location constraint", argument, arn);
      }
      const rules = checkRules(target.Filter?.Key?.FilterRules ?? []);
      if (inAccount === account) destinations.push(arn);
      const Id = target.Id ?? cloud.world.random.uuid();
      result[list].push({ ...target, Id, ...(target.Filter && { Filter: { ...target.Filter, Key: { FilterRules: rules } } }) });
    }
  }
  const all = lists.flatMap(([list]) => result[list] ?? []);
  if (all.some((one, at) => all.slice(at + 1).some((other) => overlap(one, other)))) {
    throw new AwsError(
      "InvalidArgument",
      "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
      400,
    );
  }
  if (!skipDestinations) await sendTests(cloud, bucket, destinations);
  return result;
}

/** The rules of a filter, whose names come in any case and are answered in this. */
function checkRules(given: readonly FilterRule[]): FilterRule[] {
  const rules = given.map((rule) => {
    const Name = { prefix: "Prefix", suffix: "Suffix" }[(rule.Name ?? "").toLowerCase()];
    if (Name === undefined) throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", rule.Name ?? "");
    return { ...rule, Name };
  });
  const [first, second] = rules;
  if (first && first.Name === second?.Name)
    throw invalidArgument(`Cannot specify more than one ${first.Name.toLowerCase()} rule in a filter.`, "FilterRule.Name", first.Name);
  return rules;
}

/** Whether an event of one key would be told to both. */
function overlap(one: Target, other: Target): boolean {
  const shared = one.Events!.some((a) => other.Events!.some((b) => covers(a, b.slice("s3:".length)) || covers(b, a.slice("s3:".length))));
  const [a, b] = [filterOf(one), filterOf(other)];
  return (
    shared &&
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

function filterOf({ Filter }: Target): { prefix: string; suffix: string } {
  const value = (wanted: string) => Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === wanted)?.Value ?? "";
  return { prefix: value("prefix"), suffix: value("suffix") };
}

/** AWS sees by a first message whether a destination is there and lets it in; a function gets none, and is asked as with a dry run. */
async function sendTests(cloud: Cloud, bucket: Bucket, destinations: readonly string[]): Promise<void> {
  const failed: [arn: string, why: string][] = [];
  for (const arn of destinations) {
    try {
      await tryOut(cloud, bucket, arn, {
        Service: "Amazon S3",
        Event: "s3:TestEvent",
        Time: new Date(cloud.world.clock.nowMs()).toISOString(),
        Bucket: bucket.name,
        RequestId: cloud.world.random.hex(16).toUpperCase(),
        HostId: cloud.world.random.hex(32),
      });
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error;
      // A function's own name comes with that of the alias, which it has not.
      failed.push([arn.includes(":lambda:") ? `${arn}, null` : arn, error.message]);
    }
  }
  if (failed.length === 0) return;
  throw new AwsError(
    "InvalidArgument",
    "Unable to validate the following destination configurations",
    400,
    Object.fromEntries(
      failed.flatMap(([arn, why], at) => [
        [`ArgumentName${at + 1}`, arn],
        [`ArgumentValue${at + 1}`, why],
      ]),
    ),
  );
}

/** Of whoever did it, all that an event tells. */
export type Doer = Pick<OperationContext, "cloud" | "principal" | "requestId">;

/** Tells an event, as `ObjectCreated:Put`. What cannot be delivered is lost, as in AWS: the call that caused it succeeded. */
export async function notify(doer: Doer, bucket: Bucket, event: string, object: ObjectVersion): Promise<void> {
  const configured = (bucket.configurations["Notification"] ?? {}) as Notifications;
  if (configured.EventBridgeConfiguration) tell(doer, bucket, event, object);
  for (const target of lists.flatMap(([list]) => configured[list] ?? [])) {
    if (!target.Events?.some((wanted) => covers(wanted, event)) || !fits(target, object.key)) continue;
    try {
      await send(doer.cloud, bucket, (target.TopicArn ?? target.QueueArn ?? target.LambdaFunctionArn)!, {
        Records: [recordOf(doer, bucket, event, object, target.Id!)],
      });
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error;
    }
  }
}

const covers = (wanted: string, event: string) =>
  wanted.endsWith("*") ? `s3:${event}`.startsWith(wanted.slice(0, -1)) : wanted === `s3:${event}`;

function fits(target: Target, key: string): boolean {
  const { prefix, suffix } = filterOf(target);
  return key.startsWith(prefix) && key.endsWith(suffix);
}

/** What came to S3's events after the first ones carries a later version of their form. */
const later = /^(ObjectTagging|ObjectAcl|Lifecycle|IntelligentTiering|ObjectRestore:Delete)/u;

const principalOf = (principal: Doer["principal"]) => (principal.kind === "service" ? principal.service : `AWS:${principal.userId}`);

function recordOf({ cloud, principal, requestId }: Doer, bucket: Bucket, event: string, object: ObjectVersion, id: string) {
  const { key, content, version, sequence, marker } = object;
  const gone = event === "ObjectRemoved:Delete" || event === "LifecycleExpiration:Delete";
  const changes = /^Object(?:Created|Removed|Restore)/u.test(event) || event.startsWith("LifecycleExpiration");
  const owner = ownerOf(cloud.account).ID;
  // S3 does this by itself, in the owner's name.
  const completed = event === "ObjectRestore:Completed";
  return {
    eventVersion: later.test(event) ? "2.3" : "2.1",
    eventSource: "aws:s3",
    awsRegion: bucket.region,
    eventTime: new Date(cloud.world.clock.nowMs()).toISOString(),
    eventName: event,
    userIdentity: { principalId: completed ? `AmazonCustomer:${owner}` : principalOf(principal) },
    requestParameters: { sourceIPAddress: principal.kind === "service" ? principal.service : "127.0.0.1" },
    responseElements: { "x-amz-request-id": requestId, "x-amz-id-2": Buffer.from(`plinth/${requestId}`).toString("base64") },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: id,
      bucket: { name: bucket.name, ownerIdentity: { principalId: owner }, arn: bucketArn(bucket.name) },
      object: {
        key: encodeURIComponent(key)
          .replaceAll(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
          .replaceAll("%20", "+")
          .replaceAll("%2F", "/"),
        ...(!gone && changes && !marker && { size: content.sizeBytes }),
        ...(!gone && { eTag: marker ? emptyTag : content.etag }),
        ...(bucket.versioning !== undefined && { versionId: version }),
        ...(changes && { sequencer: sequencerOf(sequence, gone) }),
      },
    },
    ...(completed && {
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: new Date(content.restoredUntilMs ?? 0).toISOString(),
          lifecycleRestoreStorageClass: content.storageClass,
        },
      },
    }),
  };
}

/** The MD5 of nothing. */
const emptyTag = "d41d8cd98f00b204e9800998ecf8427e";
