/** Subscriptions: what is kept of each, and their attributes. */
import type { Cloud } from "../../cloud.ts";
import { invalidParameter, refused, subscriptionNotFound } from "./errors.ts";
import { checkFilterPolicy, type FilterScope } from "./filter-policy.ts";
import { parseQueueArn } from "./queue-arn.ts";

export interface Subscription {
  /** The last part of its ARN. */
  id: string;
  arn: string;
  topicArn: string;
  protocol: Protocol;
  endpoint: string;
  /** Who subscribed: a user or role. */
  principalArn: string;
  pending: boolean;
  /** Confirms it, while it is pending. */
  token: string;
  authenticateOnUnsubscribe: boolean;
  attributes: Record<string, string>;
}

export type Protocol = "email" | "email-json" | "http" | "https" | "sms" | "application" | "lambda" | "sqs";

export function subscriptions(cloud: Cloud) {
  return cloud.store.collection<Subscription>("sns.subscription");
}

/** How long a token holds. */
const tokenMs = 3 * 86_400_000;

/** Subscriptions of HTTP endpoints that were ended by their link, which the endpoint may take back. */
export const deactivated = (cloud: Cloud) => cloud.store.collection<Subscription & { atMs: number }>("sns.deactivated");

/** Ends what can no longer be taken back, and finds what can. */
export function deactivatedBy(cloud: Cloud, token: string): Subscription | undefined {
  const oldestMs = cloud.world.clock.nowMs() - tokenMs;
  const all = deactivated(cloud).all();
  for (const { scope, key, value } of all) if (value.atMs < oldestMs) deactivated(cloud).delete(scope, key);
  const found = all.find(({ value }) => value.token === token && value.atMs >= oldestMs);
  if (!found) return undefined;
  const { atMs: _atMs, ...subscription } = found.value;
  return subscription;
}

export function subscriptionsOf(cloud: Cloud, region: string, topicArn: string): Subscription[] {
  return subscriptions(cloud)
    .list(region)
    .filter((subscription) => subscription.topicArn === topicArn);
}

export function findSubscription({ cloud, region }: { cloud: Cloud; region: string }, arn: string): Subscription {
  checkSubscriptionArn(arn);
  const subscription = subscriptions(cloud).get(region, arn.slice(arn.lastIndexOf(":") + 1));
  if (subscription?.arn !== arn) throw subscriptionNotFound();
  return subscription;
}

export function checkSubscriptionArn(arn: string): void {
  const count = arn.split(":").length;
  if (count < 6) throw invalidParameter(`SubscriptionArn Reason: An ARN must have at least 6 elements, not ${count}`);
}

/** As they are kept: truth values in small letters. */
export function keptAttributes(given: Readonly<Record<string, string>>): Record<string, string> {
  const { RawMessageDelivery: raw, ...others } = given;
  return { ...others, ...(raw !== undefined && { RawMessageDelivery: raw.toLowerCase() }) };
}

/** Throws where AWS would not take these; `prefix` is how the call that brings them names them. */
export function checkSubscriptionAttributes(attributes: Readonly<Record<string, string>>, protocol: Protocol, prefix = ""): void {
  const fail = (message: string) => invalidParameter(`${prefix}${message}`);
  for (const [name, value] of Object.entries(attributes)) {
    switch (name) {
      case "RawMessageDelivery":
        if (!/^(?:true|false)$/iu.test(value)) throw fail(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
        if (value.toLowerCase() === "true" && !protocol.startsWith("http") && protocol !== "sqs") {
          throw fail(`RawMessageDelivery: Delivery protocol [${protocol}] does not support raw message delivery.`);
        }
        break;
      case "FilterPolicyScope":
        if (value !== "MessageAttributes" && value !== "MessageBody") {
          throw fail(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
        }
        break;
      case "FilterPolicy":
        if (value !== "") checkFilterPolicy(value, scopeOf(attributes), fail);
        break;
      case "DeliveryPolicy":
        try {
          if (value !== "") JSON.parse(value);
        } catch {
          throw fail("DeliveryPolicy: failed to parse JSON.");
        }
        break;
      case "RedrivePolicy":
        if (value !== "") checkRedrivePolicy(value, fail);
        break;
      case "ReplayPolicy":
        throw refused("message replay (ReplayPolicy)");
      case "SubscriptionRoleArn":
        throw refused("SubscriptionRoleArn: there is no Firehose");
      default:
        throw fail(prefix === "" ? "AttributeName" : `Unknown attribute ${name}`);
    }
  }
}

function checkRedrivePolicy(text: string, fail: (message: string) => Error): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw fail("RedrivePolicy: failed to parse JSON.");
  }
  const target = (policy as { deadLetterTargetArn?: unknown } | null)?.deadLetterTargetArn;
  if (target === undefined) {
    if (text.trim() === "{}") return;
    throw fail("RedrivePolicy: deadLetterTargetArn is missing");
  }
  if (typeof target !== "string" || !parseQueueArn(target)) throw fail("RedrivePolicy: deadLetterTargetArn is an invalid arn");
}

/** Of a FIFO queue at a FIFO topic. */
export function checkDeadLetterKind(redrivePolicy: string | undefined, prefix = ""): void {
  const { deadLetterTargetArn: target } = JSON.parse(redrivePolicy || "{}") as { deadLetterTargetArn?: string };
  if (target === undefined || target.endsWith(".fifo")) return;
  throw invalidParameter(`${prefix}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.`);
}

/** A device, a phone and a queue of the account are not asked. */
const unasked: ReadonlySet<Protocol> = new Set<Protocol>(["application", "lambda", "sms", "sqs"]);
export const hasToConfirm = (protocol: Protocol): boolean => !unasked.has(protocol);

export function scopeOf(attributes: Readonly<Record<string, string>>): FilterScope {
  return attributes["FilterPolicyScope"] === "MessageBody" ? "MessageBody" : "MessageAttributes";
}
