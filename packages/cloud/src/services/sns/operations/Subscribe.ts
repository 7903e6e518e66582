/** Subscribe: keeps a subscription as pending and asks its endpoint to confirm. */
import { operation, type OperationContext } from "../../../service.ts";
import { askToConfirm } from "../confirmations.ts";
import { invalidParameter, refused } from "../errors.ts";
import { findEndpoint } from "../platforms.ts";
import { parseQueueArn } from "../queue-arn.ts";
import { numberOf } from "../sms.ts";
import {
  checkDeadLetterKind,
  checkSubscriptionAttributes,
  hasToConfirm,
  keptAttributes,
  type Protocol,
  type Subscription,
  subscriptions,
  subscriptionsOf,
} from "../subscriptions.ts";
import { findTopic, isFifo } from "../topics.ts";

const elsewhere: Readonly<Record<string, string>> = {
  firehose: "subscriptions of Firehose streams",
};

export const subscribe = operation("sns", "Subscribe", async (input, context) => {
  const { cloud, region, principal } = context;
  const { Endpoint: given = "" } = input;
  const attributes = keptAttributes((input.Attributes ?? {}) as Record<string, string>);
  const topic = findTopic(context, input.TopicArn);
  const { protocol, endpoint } = checkEndpoint(input.Protocol, given, context);
  if (isFifo(topic) && protocol !== "sqs") throw invalidParameter(`Invalid protocol type: ${protocol}`);
  if (!isFifo(topic) && protocol === "sqs" && endpoint.endsWith(".fifo")) {
    throw invalidParameter("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  }
  checkSubscriptionAttributes(attributes, protocol, "Attributes Reason: ");
  if (isFifo(topic) && endpoint.endsWith(".fifo")) checkDeadLetterKind(attributes["RedrivePolicy"], "Attributes Reason: ");
  const answer = ({ arn, pending }: Subscription) => ({
    SubscriptionArn: pending && !input.ReturnSubscriptionArn ? "pending confirmation" : arn,
  });

  const existing = subscriptionsOf(cloud, region, topic.arn).find((each) => each.protocol === protocol && each.endpoint === endpoint);
  if (existing) {
    if (Object.entries(attributes).some(([name, value]) => existing.attributes[name] !== value)) {
      throw invalidParameter("Attributes Reason: Subscription already exists with different attributes");
    }
    if (existing.pending) await askToConfirm(cloud, region, existing);
    return answer(existing);
  }
  const id = cloud.world.random.uuid();
  const subscription: Subscription = {
    id,
    arn: `${topic.arn}:${id}`,
    topicArn: topic.arn,
    protocol,
    endpoint,
    principalArn: principal.arn,
    pending: hasToConfirm(protocol),
    token: cloud.world.random.hex(240),
    authenticateOnUnsubscribe: false,
    attributes,
  };
  subscriptions(cloud).put(region, id, subscription);
  if (subscription.pending) await askToConfirm(cloud, region, subscription);
  return answer(subscription);
});

function checkEndpoint(protocol: string, endpoint: string, context: OperationContext): { protocol: Protocol; endpoint: string } {
  switch (protocol) {
    case "http":
    case "https":
      if (!endpoint.startsWith(`${protocol}://`) || !URL.canParse(endpoint))
        throw invalidParameter("Endpoint must match the specified protocol");
      return { protocol, endpoint };
    case "email":
    case "email-json":
      if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(endpoint)) throw invalidParameter("Email address");
      return { protocol, endpoint };
    case "sms":
      return { protocol, endpoint: numberOf(endpoint) };
    case "application":
      return { protocol, endpoint: findEndpoint(context, endpoint).arn };
    case "sqs":
      // In another account somebody would have to confirm.
      if (parseQueueArn(endpoint)?.account !== context.account) throw invalidParameter("SQS endpoint ARN");
      return { protocol, endpoint };
    case "lambda":
      if (!/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/u.test(endpoint)) throw invalidParameter("Lambda endpoint ARN");
      return { protocol, endpoint };
    default: {
      const what = elsewhere[protocol];
      if (what !== undefined) throw refused(what);
      throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
    }
  }
}
