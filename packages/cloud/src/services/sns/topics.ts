/** Topics: what is kept of each, its attributes and policy. */
import type { Cloud } from "../../cloud.ts";
import { effectiveTopicPolicy, topicPolicy } from "./delivery-policy.ts";
import { invalidParameter, refused, topicNotFound } from "./errors.ts";

export interface Topic {
  name: string;
  arn: string;
  /** Those that were given; the others have defaults. */
  attributes: Record<string, string>;
  /** JSON; absent: the default policy. */
  policy?: string;
  tags: Record<string, string>;
  deletedSubscriptions: number;
  /** Of a FIFO topic: messages so far. */
  sequence: number;
}

export function topics(cloud: Cloud) {
  return cloud.store.collection<Topic>("sns.topic");
}

export const isFifo = (topic: Topic) => topic.attributes["FifoTopic"] === "true";

/** The topic of an ARN in this account and region. */
export function findTopic(context: { cloud: Cloud; region: string; account: string }, arn: string | undefined, member = "TopicArn"): Topic {
  const parts = (arn ?? "").split(":");
  if (parts.length < 6) throw invalidParameter(`${member} Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  const [, , service, region, account, name] = parts as [string, string, string, string, string, string];
  if (service !== "sns") throw invalidParameter(member);
  if (region !== context.region) throw invalidParameter(member);
  const topic = account === context.account ? topics(context.cloud).get(region, name) : undefined;
  if (!topic) throw topicNotFound();
  return topic;
}

/** Recorded ones have no effect in the embedded cloud; the README says so. */
const settable =
  /^(DisplayName|Policy|DeliveryPolicy|KmsMasterKeyId|SignatureVersion|TracingConfig|ContentBasedDeduplication|FifoThroughputScope|(HTTP|Firehose|Lambda|Application|SQS)(Success|Failure)Feedback(RoleArn|SampleRate))$/u;

/** Throws where AWS would not take this value. */
export function checkTopicAttribute(name: string, value: string, fifo: boolean): void {
  if (name === "ArchivePolicy") throw refused("message archiving (ArchivePolicy)");
  if (!settable.test(name)) throw invalidParameter("AttributeName");
  if (name === "Policy" && value !== "") checkPolicy(value);
  if (name === "DisplayName" && value.length > 100) throw invalidParameter("DisplayName");
  if (name === "SignatureVersion" && value !== "1" && value !== "2") throw invalidParameter("SignatureVersion");
  if (name === "TracingConfig" && value !== "PassThrough" && value !== "Active") throw invalidParameter("TracingConfig");
  if (name === "ContentBasedDeduplication" || name === "FifoThroughputScope") {
    if (!fifo) throw invalidParameter(`${name} Reason: Attribute is only valid for FIFO topics`);
    const allowed = name === "FifoThroughputScope" ? ["Topic", "MessageGroup"] : ["true", "false"];
    if (!allowed.includes(value)) throw invalidParameter(`${name} Reason: Invalid value [${value}]`);
  }
  if (name === "DeliveryPolicy" && value !== "") parseJson(value, "DeliveryPolicy");
}

function checkPolicy(text: string): void {
  const policy = parseJson(text, "Policy");
  if (typeof policy !== "object" || policy === null || !("Statement" in policy)) throw invalidParameter("Policy Error: null");
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(`${name}: failed to parse JSON.`);
  }
}

/** What a topic answers for itself; the counts of its subscriptions are added by the caller. */
export function describedAttributes(topic: Topic, account: string): Record<string, string> {
  return {
    DisplayName: "",
    EffectiveDeliveryPolicy: effectiveTopicPolicy(topic.attributes["DeliveryPolicy"]),
    Owner: account,
    ...(isFifo(topic) && { ContentBasedDeduplication: "false", FifoThroughputScope: "Topic" }),
    ...topic.attributes,
    ...(topic.attributes["DeliveryPolicy"] && { DeliveryPolicy: topicPolicy(topic.attributes["DeliveryPolicy"]) }),
    Policy: policyOf(topic, account),
    SubscriptionsDeleted: String(topic.deletedSubscriptions),
    TopicArn: topic.arn,
  };
}

export const topicActions = [
  "GetTopicAttributes",
  "SetTopicAttributes",
  "AddPermission",
  "RemovePermission",
  "DeleteTopic",
  "Subscribe",
  "ListSubscriptionsByTopic",
  "Publish",
];

/** The policy as JSON text: the one that was set, or AWS's default, which lets the account itself do everything. */
export function policyOf(topic: Topic, account: string): string {
  if (topic.policy !== undefined) return topic.policy;
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: topicActions.map((action) => `SNS:${action}`),
        Resource: topic.arn,
        Condition: { StringEquals: { "AWS:SourceOwner": account } },
      },
    ],
  });
}
