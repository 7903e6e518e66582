/**
 * Brings messages to subscribers. Mails lie in the mailbox before Publish answers. Requests to HTTP endpoints are kept until they are
 * done, tried again as the delivery policies say, also over a restart. Only endpoints on this machine are called.
 */
import type { Cloud } from "../../cloud.ts";
import { callFunction } from "./functions.ts";
import { passes } from "./filter-policy.ts";
import { policyFor, type RetryPolicy, retryDelayMs } from "./delivery-policy.ts";
import { unsubscribeUrl } from "./addresses.ts";
import { deliverMail } from "./mailbox.ts";
import { endpoints } from "./platforms.ts";
import { deliverText } from "./sms.ts";
import { bodyFor, type Message, notification } from "./messages.ts";
import { sendDeadLetter, sendToQueue } from "./queues.ts";
import { signed } from "./signing.ts";
import { scopeOf, type Subscription, subscriptions, subscriptionsOf } from "./subscriptions.ts";
import { topics } from "./topics.ts";

interface Delivery {
  id: string;
  region: string;
  subscriptionArn: string;
  endpoint: string;
  headers: Record<string, string>;
  body: string;
  attempt: number;
  /** Absent: AWS's default. */
  retry?: RetryPolicy;
  dueMs: number;
}

const timeoutMs = 15_000;

const deliveries = (cloud: Cloud) => cloud.store.collection<Delivery>("sns.delivery");
const running = Symbol("sns.deliveries");
type Running = Map<string, () => void>;

export async function deliver(cloud: Cloud, region: string, message: Message): Promise<void> {
  for (const subscription of subscriptionsOf(cloud, region, message.topicArn)) {
    if (subscription.pending) continue;
    const text = bodyFor(message, subscription.protocol);
    const { FilterPolicy } = subscription.attributes;
    if (!passes(FilterPolicy, scopeOf(subscription.attributes), { body: text, attributes: message.attributes })) continue;
    if (subscription.protocol === "email" || subscription.protocol === "email-json") await mail(cloud, region, subscription, message);
    else if (subscription.protocol === "sms") deliverText(cloud, region, subscription.endpoint, text, message.topicArn);
    else if (subscription.protocol === "application") push(cloud, region, subscription.endpoint, message);
    else if (subscription.protocol === "sqs") await toQueue(cloud, region, subscription, message);
    else if (subscription.protocol === "lambda")
      await callFunction(cloud, region, subscription, message, linksOf(cloud, region, subscription, message));
    else await post(cloud, region, subscription, message);
  }
}

/** What a device would show. One that is off gets nothing. */
export function push(cloud: Cloud, region: string, endpointArn: string, message: Message): void {
  const endpoint = endpoints(cloud).get(region, endpointArn);
  if (endpoint?.attributes["Enabled"]?.toLowerCase() !== "true") return;
  const platform = endpointArn.split("/")[1]!;
  const text = message.bodies[platform] ?? message.bodies["default"]!;
  deliverMail(cloud, { to: endpointArn, subject: message.subject ?? "Push notification", text, topicArn: message.topicArn });
}

async function mail(cloud: Cloud, region: string, subscription: Subscription, message: Message): Promise<void> {
  const unsubscribe = unsubscribeUrl(cloud, subscription.arn);
  const json = subscription.protocol === "email-json" && notification(message, subscription.protocol, unsubscribe);
  deliverMail(cloud, {
    to: subscription.endpoint,
    subject: message.subject ?? "AWS Notification Message",
    text: json
      ? JSON.stringify(await signed(cloud, json, signatureVersion(cloud, region, message.topicArn)))
      : `${bodyFor(message, "email")}\n\n--\nTo receive no more mail from this topic, open:\n${unsubscribe}\n`,
    topicArn: message.topicArn,
  });
}

async function toQueue(cloud: Cloud, region: string, subscription: Subscription, message: Message): Promise<void> {
  await sendToQueue(cloud, subscription, message, linksOf(cloud, region, subscription, message));
}

const linksOf = (cloud: Cloud, region: string, { arn }: Subscription, { topicArn }: Message) => ({
  unsubscribeUrl: unsubscribeUrl(cloud, arn),
  signatureVersion: signatureVersion(cloud, region, topicArn),
});

async function post(cloud: Cloud, region: string, subscription: Subscription, message: Message): Promise<void> {
  const raw = subscription.attributes["RawMessageDelivery"] === "true";
  const body = raw
    ? bodyFor(message, subscription.protocol)
    : JSON.stringify(
        await signed(
          cloud,
          notification(message, subscription.protocol, unsubscribeUrl(cloud, subscription.arn)),
          signatureVersion(cloud, region, message.topicArn),
        ),
      );
  const { requestPolicy, healthyRetryPolicy } = policyFor(
    subscription.attributes["DeliveryPolicy"],
    topicOf(cloud, region, message.topicArn)?.attributes["DeliveryPolicy"],
  );
  const headers = {
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": message.id,
    "x-amz-sns-subscription-arn": subscription.arn,
    ...(raw && { "x-amz-sns-rawdelivery": "true" }),
    "content-type": requestPolicy.headerContentType,
  };
  enqueue(cloud, region, subscription, body, headers, healthyRetryPolicy);
}

/** Whether the cloud calls this endpoint: it never leaves the machine. */
export function isLocal(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname ?? "";
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/u.test(host);
}

/** Keeps a request to an endpoint on this machine until it is done. */
export function enqueue(
  cloud: Cloud,
  region: string,
  { arn, endpoint, topicArn }: Subscription,
  body: string,
  headers: Record<string, string>,
  retry?: RetryPolicy,
): void {
  if (!isLocal(endpoint)) return;
  const delivery: Delivery = {
    id: cloud.world.random.uuid(),
    region,
    subscriptionArn: arn,
    endpoint,
    body,
    headers: {
      "content-type": "text/plain; charset=UTF-8",
      ...headers,
      "x-amz-sns-topic-arn": topicArn,
      "user-agent": "Amazon Simple Notification Service Agent",
    },
    attempt: 0,
    ...(retry && { retry }),
    dueMs: cloud.world.clock.nowMs(),
  };
  deliveries(cloud).put(region, delivery.id, delivery);
  schedule(cloud, delivery);
}

export function resumeDeliveries(cloud: Cloud): void {
  for (const { value } of deliveries(cloud).all()) schedule(cloud, value);
}

export function stopDeliveries(cloud: Cloud): void {
  const all = cloud.memory<Running>(running, () => new Map());
  for (const cancel of all.values()) cancel();
  all.clear();
}

function schedule(cloud: Cloud, delivery: Delivery): void {
  const all = cloud.memory<Running>(running, () => new Map());
  const delayMs = Math.max(0, delivery.dueMs - cloud.world.clock.nowMs());
  const cancel = cloud.world.clock.after(delayMs, () => {
    const stop = new AbortController();
    all.set(delivery.id, () => stop.abort());
    // Where its outcome cannot be written (a full disk), the delivery stays and goes out again at the next start.
    cloud.inBackground(
      "sns: a delivery",
      attempt(cloud, delivery, stop.signal).catch(() => all.delete(delivery.id)),
    );
  });
  all.set(delivery.id, cancel);
}

async function attempt(cloud: Cloud, delivery: Delivery, stopped: AbortSignal): Promise<void> {
  const outcome = await fetch(delivery.endpoint, {
    method: "POST",
    body: delivery.body,
    headers: delivery.headers,
    redirect: "manual",
    signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
  }).then(
    async (response) => {
      await response.body?.cancel();
      if (response.status < 400) return "delivered";
      // AWS does not try again what the endpoint refuses for good.
      return response.status < 500 && response.status !== 429 ? "refused" : "failed";
    },
    () => "failed",
  );
  if (stopped.aborted) return;
  cloud.memory<Running>(running, () => new Map()).delete(delivery.id);
  const delayMs = retryDelayMs(delivery.attempt, delivery.retry);
  if (outcome !== "failed" || delayMs === undefined) {
    if (outcome !== "delivered") await giveUp(cloud, delivery);
    deliveries(cloud).delete(delivery.region, delivery.id);
    return;
  }
  const next = { ...delivery, attempt: delivery.attempt + 1, dueMs: cloud.world.clock.nowMs() + delayMs };
  deliveries(cloud).put(delivery.region, delivery.id, next);
  schedule(cloud, next);
}

/** A message that the endpoint never took goes to the subscription's dead-letter queue. */
async function giveUp(cloud: Cloud, { region, subscriptionArn, headers, body }: Delivery): Promise<void> {
  const subscription = subscriptions(cloud).get(region, subscriptionArn.slice(subscriptionArn.lastIndexOf(":") + 1));
  if (!subscription || headers["x-amz-sns-message-type"] !== "Notification") return;
  await sendDeadLetter(cloud, subscription, { body, attributes: {} });
}

const topicOf = (cloud: Cloud, region: string, topicArn: string) =>
  topics(cloud).get(region, topicArn.slice(topicArn.lastIndexOf(":") + 1));

export const signatureVersion = (cloud: Cloud, region: string, topicArn: string): "1" | "2" =>
  topicOf(cloud, region, topicArn)?.attributes["SignatureVersion"] === "2" ? "2" : "1";
