/** Messages to SQS queues: to subscribed ones, and what could not be delivered to the subscription's dead-letter queue. The queue's policy has to allow it. */
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { bodyFor, type Message, notification, type Order } from "./messages.ts";
import { parseQueueArn } from "./queue-arn.ts";
import { signed } from "./signing.ts";
import type { Subscription } from "./subscriptions.ts";

/** The dead-letter queue of a subscription. */
export function deadLetterTargetOf({ attributes }: Subscription): string | undefined {
  const text = attributes["RedrivePolicy"];
  return text ? (JSON.parse(text) as { deadLetterTargetArn?: string }).deadLetterTargetArn : undefined;
}

/** What goes onto a queue. */
interface Letter {
  body: string;
  attributes: Readonly<Record<string, MessageAttributeValue>>;
  /** Of FIFO topics; on standard ones the group alone. */
  order?: Order | undefined;
  trace?: string | undefined;
}

export async function sendToQueue(
  cloud: Cloud,
  subscription: Subscription,
  message: Message,
  links: { unsubscribeUrl: string; signatureVersion: "1" | "2" },
): Promise<void> {
  const raw = subscription.attributes["RawMessageDelivery"] === "true";
  const letter: Letter = {
    body: raw ? bodyFor(message, "sqs") : await envelope(cloud, message, links),
    attributes: raw ? message.attributes : {},
    order: message.order,
    trace: message.trace,
  };
  try {
    await put(cloud, subscription, subscription.endpoint, letter);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    await sendDeadLetter(cloud, subscription, letter);
  }
}

/** Messages of FIFO topics are not signed, as AWS's are not. */
export async function envelope(
  cloud: Cloud,
  message: Message,
  { unsubscribeUrl, signatureVersion }: { unsubscribeUrl: string; signatureVersion: "1" | "2" },
  protocol: "lambda" | "sqs" = "sqs",
): Promise<string> {
  const told = notification(message, protocol, unsubscribeUrl);
  return JSON.stringify(message.order?.sequenceNumber === undefined ? await signed(cloud, told, signatureVersion) : told);
}

/** As it was meant for the subscriber, nothing added. Without a dead-letter queue, or where that cannot be reached either, the message is lost, as on AWS. */
export async function sendDeadLetter(cloud: Cloud, subscription: Subscription, letter: Letter) {
  const target = deadLetterTargetOf(subscription);
  if (target === undefined) return;
  try {
    await put(cloud, subscription, target, letter);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

async function put(cloud: Cloud, { topicArn }: Subscription, queueArn: string, { body, attributes, order, trace }: Letter): Promise<void> {
  const { region, account, name } = parseQueueArn(queueArn)!;
  const call = cloud.as(servicePrincipal(cloud.account, "sns.amazonaws.com", topicArn), region);
  const fifo = name.endsWith(".fifo");
  await call("sqs", "SendMessage", {
    QueueUrl: `${cloud.endpoint}/${account}/${name}`,
    MessageBody: body,
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([key, { DataType = "", ...value }]) => [key, { DataType: queueType(DataType), ...value }]),
      ),
    }),
    ...(trace !== undefined && { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } } }),
    ...(order && { MessageGroupId: order.groupId }),
    ...(fifo && order?.deduplicationId !== undefined && { MessageDeduplicationId: order.deduplicationId }),
  });
}

/** SNS has a type more than SQS. */
const queueType = (type: string) => (type === "String.Array" ? "String" : type);
