/** TagResource, UntagResource, ListTagsForResource of topics. */
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { resourceNotFound } from "../errors.ts";
import { checkTagCount, tagRecord } from "../tags.ts";
import { findTopic, type Topic, topics } from "../topics.ts";

export const tagResource = operation("sns", "TagResource", (input, context) => {
  const topic = find(context, input.ResourceArn);
  const tags = { ...topic.tags, ...tagRecord(input.Tags) };
  checkTagCount(tags);
  topics(context.cloud).put(context.region, topic.name, { ...topic, tags });
  return {};
});

export const untagResource = operation("sns", "UntagResource", (input, context) => {
  const topic = find(context, input.ResourceArn);
  const tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !input.TagKeys.includes(key)));
  topics(context.cloud).put(context.region, topic.name, { ...topic, tags });
  return {};
});

export const listTagsForResource = operation("sns", "ListTagsForResource", (input, context) => ({
  Tags: Object.entries(find(context, input.ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
}));

/** Here AWS has another error for a topic that is not there. */
function find(context: OperationContext, arn: string): Topic {
  try {
    return findTopic(context, arn, "ResourceArn");
  } catch (error) {
    if (error instanceof AwsError && error.code === "NotFound") throw resourceNotFound();
    throw error;
  }
}
