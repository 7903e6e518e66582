/** Messages to functions, as events of SNS. The function's policy has to let the topic call it. Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications". */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type Message, notification } from "./messages.ts";
import { envelope, sendDeadLetter } from "./queues.ts";
import { signed } from "./signing.ts";
import type { Subscription } from "./subscriptions.ts";

export async function callFunction(
  cloud: Cloud,
  region: string,
  subscription: Subscription,
  message: Message,
  links: { unsubscribeUrl: string; signatureVersion: "1" | "2" },
): Promise<void> {
  const { SigningCertURL, UnsubscribeURL, ...told } = await signed(
    cloud,
    notification(message, "lambda", links.unsubscribeUrl),
    links.signatureVersion,
  );
  const Sns = { Subject: null, MessageAttributes: {}, ...told, SigningCertUrl: SigningCertURL, UnsubscribeUrl: UnsubscribeURL };
  const record = { EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: subscription.arn, Sns };
  const call = cloud.as(servicePrincipal(cloud.account, "sns.amazonaws.com", subscription.topicArn), region);
  try {
    const Payload = Buffer.from(JSON.stringify({ Records: [record] }));
    await call("lambda", "Invoke", { FunctionName: subscription.endpoint, InvocationType: "Event", Payload });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // On a queue it lies as one for a queue would: in its envelope.
    const body = await envelope(cloud, message, links, "lambda");
    await sendDeadLetter(cloud, subscription, { body, attributes: {}, trace: message.trace });
  }
}
