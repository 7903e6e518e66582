/** TagQueue, UntagQueue, ListQueueTags. */
import { operation } from "../../../service.ts";
import { invalidValue, missingParameter } from "../errors.ts";
import { findQueue, putQueue } from "../queue.ts";
import { checkTags } from "../tags.ts";

export const tagQueue = operation("sqs", "TagQueue", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const given = input.Tags as Record<string, string>;
  if (Object.keys(given).length === 0) throw missingParameter("Tags");
  checkTags(given, queue.name);
  const own = Object.entries({ ...queue.tags, ...given }).filter(([key]) => !key.startsWith("aws:"));
  checkTags(Object.fromEntries(own), queue.name);
  putQueue(context.cloud, { ...queue, tags: { ...queue.tags, ...given } });
  return {};
});

export const untagQueue = operation("sqs", "UntagQueue", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const keys = input.TagKeys;
  if (keys.length === 0 || keys.some((key) => key.length < 1 || key.length > 128)) {
    throw invalidValue("Tag keys must be between 1 and 128 characters in length.");
  }
  putQueue(context.cloud, { ...queue, tags: Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key))) });
  return {};
});

export const listQueueTags = operation("sqs", "ListQueueTags", (input, context) => {
  const { tags } = findQueue(context, input.QueueUrl);
  return Object.keys(tags).length > 0 ? { Tags: { ...tags } } : {};
});
