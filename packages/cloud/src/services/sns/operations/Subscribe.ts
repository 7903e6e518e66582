/** Subscribe: keeps a subscription as pending and asks its endpoint to confirm. */
import { operation } from "../../../service.ts";
import { askToConfirm } from "../deliveries.ts";
import { invalidParameter, refused } from "../errors.ts";
import { checkSubscriptionAttributes, type Protocol, type Subscription, subscriptions, subscriptionsOf } from "../subscriptions.ts";
import { findTopic, isFifo } from "../topics.ts";

const elsewhere: Readonly<Record<string, string>> = {
  sqs: "subscriptions of SQS queues",
  lambda: "subscriptions of Lambda functions",
  firehose: "subscriptions of Firehose streams",
  application: "subscriptions of mobile applications",
  sms: "subscriptions by SMS",
};

export const subscribe = operation("sns", "Subscribe", async (input, context) => {
  const { cloud, region, principal } = context;
  const { Endpoint: endpoint = "", Attributes: attributes = {} } = input;
  const topic = findTopic(context, input.TopicArn);
  const protocol = checkEndpoint(input.Protocol, endpoint);
  if (isFifo(topic)) throw invalidParameter(`Invalid protocol type: ${protocol}`);
  checkSubscriptionAttributes(attributes as Record<string, string>, protocol, "Attributes Reason: ");
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
    pending: true,
    token: cloud.world.random.hex(240),
    authenticateOnUnsubscribe: false,
    attributes: attributes as Record<string, string>,
  };
  subscriptions(cloud).put(region, id, subscription);
  await askToConfirm(cloud, region, subscription);
  return answer(subscription);
});

function checkEndpoint(protocol: string, endpoint: string): Protocol {
  switch (protocol) {
    case "http":
    case "https":
      if (!endpoint.startsWith(`${protocol}://`) || !URL.canParse(endpoint))
        throw invalidParameter("Endpoint must match the specified protocol");
      return protocol;
    case "email":
    case "email-json":
      if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(endpoint)) throw invalidParameter("Email address");
      return protocol;
    default: {
      const what = elsewhere[protocol];
      if (what !== undefined) throw refused(what);
      throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
    }
  }
}
