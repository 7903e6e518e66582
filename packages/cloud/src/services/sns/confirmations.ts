/** Asks subscribers: to confirm a subscription, in the way of its protocol, or to take back that it was ended by its link. */
import type { Cloud } from "../../cloud.ts";
import { confirmUrl } from "./addresses.ts";
import { enqueue, signatureVersion } from "./deliveries.ts";
import { deliverMail } from "./mailbox.ts";
import { signed } from "./signing.ts";
import type { Subscription } from "./subscriptions.ts";

export async function askToConfirm(cloud: Cloud, region: string, subscription: Subscription): Promise<void> {
  const { topicArn, token, endpoint, protocol } = subscription;
  const url = confirmUrl(cloud, topicArn, token);
  const subject = "AWS Notification - Subscription Confirmation";
  if (protocol === "email") {
    const text = `You have chosen to subscribe to the topic:\n${topicArn}\n\nTo confirm this subscription, open:\n${url}\n`;
    deliverMail(cloud, { to: endpoint, subject, text, topicArn, confirmUrl: url });
    return;
  }
  const { body, headers } = await question(
    cloud,
    region,
    subscription,
    "SubscriptionConfirmation",
    `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
  );
  if (protocol === "email-json") deliverMail(cloud, { to: endpoint, subject, text: body, topicArn, confirmUrl: url });
  else enqueue(cloud, region, subscription, body, headers);
}

/** Tells an HTTP endpoint that somebody opened the link that ends its subscription. */
export async function tellDeactivated(cloud: Cloud, region: string, subscription: Subscription): Promise<void> {
  if (!subscription.protocol.startsWith("http")) return;
  const { body, headers } = await question(
    cloud,
    region,
    subscription,
    "UnsubscribeConfirmation",
    `You have chosen to deactivate subscription ${subscription.arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
  );
  enqueue(cloud, region, subscription, body, headers);
}

async function question(cloud: Cloud, region: string, { topicArn, token }: Subscription, Type: string, Message: string) {
  const MessageId = cloud.world.random.uuid();
  const message = {
    Type,
    MessageId,
    Token: token,
    TopicArn: topicArn,
    Message,
    SubscribeURL: confirmUrl(cloud, topicArn, token),
    Timestamp: new Date(cloud.world.clock.nowMs()).toISOString(),
  };
  const body = JSON.stringify(await signed(cloud, message, signatureVersion(cloud, region, topicArn)));
  return { body, headers: { "x-amz-sns-message-type": Type, "x-amz-sns-message-id": MessageId } };
}
