/** ConfirmSubscription, Unsubscribe, the lists of subscriptions, and their attributes. */
import type { Cloud } from "../../../cloud.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { AwsError } from "../../../aws-error.ts";
import { invalidParameter } from "../errors.ts";
import {
  checkDeadLetterKind,
  checkSubscriptionArn,
  checkSubscriptionAttributes,
  deactivated,
  deactivatedBy,
  findSubscription,
  hasToConfirm,
  keptAttributes,
  type Subscription,
  subscriptions,
  subscriptionsOf,
} from "../subscriptions.ts";
import { effectivePolicy, ownPolicy } from "../delivery-policy.ts";
import { findTopic, topics } from "../topics.ts";

export const confirmSubscription = operation("sns", "ConfirmSubscription", (input, context) => {
  const { cloud, region } = context;
  const { Token: token, TopicArn } = input;
  if (!/^[0-9a-f]+$/u.test(token)) throw new AwsError("InvalidParameter", "Invalid token");
  const left = deactivatedBy(cloud, token);
  if (left) return restore(context, TopicArn, left);
  const known = subscriptions(cloud)
    .all()
    .find(({ value }) => value.token === token)?.value;
  if (!known) throw invalidParameter("Token");
  const subscription = subscriptionsOf(cloud, region, TopicArn).find(({ id }) => id === known.id);
  if (!subscription) throw invalidParameter("Topic");
  const authenticateOnUnsubscribe = input.AuthenticateOnUnsubscribe === "true";
  if (subscription.pending)
    subscriptions(cloud).put(region, subscription.id, { ...subscription, pending: false, authenticateOnUnsubscribe });
  return { SubscriptionArn: subscription.arn };
});

/** What was ended by its link, and is taken back. */
function restore(context: OperationContext, topicArn: string, left: Subscription) {
  const { cloud, region } = context;
  if (left.topicArn !== topicArn) throw invalidParameter("Topic");
  findTopic(context, topicArn);
  const again = subscriptionsOf(cloud, region, topicArn).find((one) => one.protocol === left.protocol && one.endpoint === left.endpoint);
  cloud.store.transaction(() => {
    deactivated(cloud).delete(region, left.id);
    if (!again) subscriptions(cloud).put(region, left.id, left);
  });
  return { SubscriptionArn: (again ?? left).arn };
}

/** Also of a subscription that is not there. */
export const unsubscribe = operation("sns", "Unsubscribe", (input, { cloud, region }) => {
  checkSubscriptionArn(input.SubscriptionArn);
  if (input.SubscriptionArn.split(":").length < 7) throw invalidParameter("SubscriptionId");
  const id = input.SubscriptionArn.slice(input.SubscriptionArn.lastIndexOf(":") + 1);
  const subscription = subscriptions(cloud).get(region, id);
  if (subscription?.arn !== input.SubscriptionArn) return {};
  cloud.store.transaction(() => {
    subscriptions(cloud).delete(region, id);
    const topic = topicOf({ cloud, region }, subscription);
    if (topic) topics(cloud).put(region, topic.name, { ...topic, deletedSubscriptions: topic.deletedSubscriptions + 1 });
  });
  return {};
});

export const listSubscriptions = operation("sns", "ListSubscriptions", (input, { cloud, region, account }) =>
  listed(subscriptions(cloud).list(region), input.NextToken, account, "ListSubscriptions"),
);

export const listSubscriptionsByTopic = operation("sns", "ListSubscriptionsByTopic", (input, context) => {
  const topic = findTopic(context, input.TopicArn);
  return listed(subscriptionsOf(context.cloud, context.region, topic.arn), input.NextToken, context.account, topic.arn);
});

function listed(all: readonly Subscription[], token: string | undefined, account: string, query: string) {
  const page = pageOf(all, { size: 100, token, keyOf: ({ id }) => id, query, invalid: () => invalidParameter("NextToken") });
  return {
    Subscriptions: page.items.map(({ arn, pending, protocol, endpoint, topicArn }) => ({
      SubscriptionArn: pending ? "PendingConfirmation" : arn,
      Owner: account,
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: topicArn,
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
}

const topicOf = ({ cloud, region }: { cloud: Cloud; region: string }, { topicArn }: Subscription) =>
  topics(cloud).get(region, topicArn.slice(topicArn.lastIndexOf(":") + 1));

export const getSubscriptionAttributes = operation("sns", "GetSubscriptionAttributes", (input, context) => {
  const subscription = findSubscription(context, input.SubscriptionArn);
  const { FilterPolicy, FilterPolicyScope, ...attributes } = subscription.attributes;
  return {
    Attributes: {
      ConfirmationWasAuthenticated: String(!hasToConfirm(subscription.protocol) || subscription.authenticateOnUnsubscribe),
      Endpoint: subscription.endpoint,
      Owner: context.account,
      PendingConfirmation: String(subscription.pending),
      Protocol: subscription.protocol,
      RawMessageDelivery: "false",
      ...attributes,
      // As in AWS: the scope is told only with a policy.
      ...(FilterPolicy && { FilterPolicy, FilterPolicyScope: FilterPolicyScope ?? "MessageAttributes" }),
      ...(attributes["DeliveryPolicy"] && { DeliveryPolicy: ownPolicy(attributes["DeliveryPolicy"]) }),
      ...(subscription.protocol.startsWith("http") && {
        EffectiveDeliveryPolicy: effectivePolicy(
          attributes["DeliveryPolicy"],
          topicOf(context, subscription)?.attributes["DeliveryPolicy"],
        ),
      }),
      SubscriptionArn: subscription.arn,
      SubscriptionPrincipal: subscription.principalArn,
      TopicArn: subscription.topicArn,
    },
  };
});

export const setSubscriptionAttributes = operation("sns", "SetSubscriptionAttributes", (input, context) => {
  const subscription = findSubscription(context, input.SubscriptionArn);
  const { AttributeName: name, AttributeValue: value = "" } = input;
  const scope = subscription.attributes["FilterPolicyScope"];
  checkSubscriptionAttributes(
    { ...(name === "FilterPolicy" && scope !== undefined && { FilterPolicyScope: scope }), [name]: value },
    subscription.protocol,
  );
  if (name === "RedrivePolicy" && subscription.endpoint.endsWith(".fifo")) checkDeadLetterKind(value);
  const attributes = keptAttributes({ ...subscription.attributes, [name]: value });
  if (value === "" || (name === "FilterPolicy" && value === "{}")) delete attributes[name];
  subscriptions(context.cloud).put(context.region, subscription.id, { ...subscription, attributes });
  return {};
});
