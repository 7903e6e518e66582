/** CreateTopic, DeleteTopic, ListTopics, GetTopicAttributes, SetTopicAttributes. */
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, refused } from "../errors.ts";
import { subscriptions, subscriptionsOf } from "../subscriptions.ts";
import { tagRecord } from "../tags.ts";
import { checkTopicAttribute, describedAttributes, findTopic, isFifo, type Topic, topics } from "../topics.ts";

const namePattern = /^[\w-]{1,256}$/u;

export const createTopic = operation("sns", "CreateTopic", (input, { cloud, region, account }) => {
  const { Name: name, Attributes: given = {} } = input;
  if (input.DataProtectionPolicy !== undefined) throw refused("data protection policies of topics");
  const tags = tagRecord(input.Tags);
  const fifo = given["FifoTopic"] === "true";
  if (given["FifoTopic"] !== undefined && given["FifoTopic"] !== "true" && given["FifoTopic"] !== "false")
    throw invalidParameter("FifoTopic");
  if (fifo && !(name.length <= 256 && /^[\w-]+\.fifo$/u.test(name))) {
    throw invalidParameter(
      "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
    );
  }
  if (!fifo && !namePattern.test(name)) throw invalidParameter("Topic Name");
  const { Policy, FifoTopic, ...rest } = given as Record<string, string>;
  for (const [key, value] of Object.entries(rest)) checkTopicAttribute(key, value, fifo);
  if (Policy !== undefined) checkTopicAttribute("Policy", Policy, fifo);
  const attributes = { ...rest, ...(FifoTopic === "true" && { FifoTopic }) };

  const arn = `arn:aws:sns:${region}:${account}:${name}`;
  const existing = topics(cloud).get(region, name);
  if (existing) {
    if (Object.entries(attributes).some(([key, value]) => existing.attributes[key] !== value) || isFifo(existing) !== fifo) {
      throw invalidParameter("Attributes Reason: Topic already exists with different attributes");
    }
    if (Object.entries(tags).some(([key, value]) => existing.tags[key] !== value)) {
      throw invalidParameter("Tags Reason: Topic already exists with different tags");
    }
    return { TopicArn: arn };
  }
  const topic: Topic = { name, arn, attributes, tags, deletedSubscriptions: 0, sequence: 0, ...(Policy ? { policy: Policy } : {}) };
  topics(cloud).put(region, name, topic);
  return { TopicArn: arn };
});

/** Also of a topic that is not there: it is gone either way. */
export const deleteTopic = operation("sns", "DeleteTopic", (input, { cloud, region, account }) => {
  const parts = input.TopicArn.split(":");
  if (parts.length < 6) throw invalidParameter(`TopicArn Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  if (parts[3] !== region || parts[4] !== account) throw invalidParameter("TopicArn");
  cloud.store.transaction(() => {
    for (const { id } of subscriptionsOf(cloud, region, input.TopicArn)) subscriptions(cloud).delete(region, id);
    topics(cloud).delete(region, parts[5]!);
  });
  return {};
});

export const listTopics = operation("sns", "ListTopics", (input, { cloud, region }) => {
  const page = pageOf(topics(cloud).list(region), {
    size: 100,
    token: input.NextToken,
    keyOf: ({ name }) => name,
    query: "ListTopics",
    invalid: () => invalidParameter("NextToken"),
  });
  return {
    Topics: page.items.map(({ arn }) => ({ TopicArn: arn })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

export const getTopicAttributes = operation("sns", "GetTopicAttributes", (input, context) => {
  const topic = findTopic(context, input.TopicArn);
  const its = subscriptionsOf(context.cloud, context.region, topic.arn);
  const pending = its.filter((subscription) => subscription.pending).length;
  return {
    Attributes: {
      ...describedAttributes(topic, context.account),
      SubscriptionsConfirmed: String(its.length - pending),
      SubscriptionsPending: String(pending),
    },
  };
});

export const setTopicAttributes = operation("sns", "SetTopicAttributes", (input, context) => {
  const topic = findTopic(context, input.TopicArn);
  const { AttributeName: name, AttributeValue: value = "" } = input;
  checkTopicAttribute(name, value, isFifo(topic));
  const { policy, ...rest } = topic;
  const next: Topic =
    name === "Policy"
      ? { ...rest, ...(value !== "" && { policy: value }) }
      : { ...rest, ...(policy !== undefined && { policy }), attributes: { ...topic.attributes, [name]: value } };
  if (name !== "Policy" && name !== "DisplayName" && value === "") delete next.attributes[name];
  topics(context.cloud).put(context.region, topic.name, next);
  return {};
});
