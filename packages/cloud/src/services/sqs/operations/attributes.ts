/** GetQueueAttributes and SetQueueAttributes. */
import type { Cloud } from "../../../cloud.ts";
import { operation } from "../../../service.ts";
import { withAttributes } from "../attribute-rules.ts";
import { commit } from "../commits.ts";
import { missingParameter, unknownAttribute } from "../errors.ts";
import { refreshAllGroups } from "../groups.ts";
import { countMessages } from "../messages.ts";
import { findQueue, putQueue, type Queue } from "../queue.ts";
import { describedSettings } from "../settings.ts";
import { arrived } from "../waiting.ts";

/** All that AWS knows; a queue that has one not answers without it. */
const known = new Set([
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "ContentBasedDeduplication",
  "CreatedTimestamp",
  "DeduplicationScope",
  "DelaySeconds",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "LastModifiedTimestamp",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "Policy",
  "QueueArn",
  "ReceiveMessageWaitTimeSeconds",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "SqsManagedSseEnabled",
  "VisibilityTimeout",
]);

export const getQueueAttributes = operation("sqs", "GetQueueAttributes", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const names = (input.AttributeNames ?? []) as string[];
  const unknown = names.find((name) => name !== "All" && !known.has(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const all = described(context.cloud, queue, names);
  const wanted = Object.entries(all).filter(([name]) => names.includes("All") || names.includes(name));
  return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {};
});

function described(cloud: Cloud, queue: Queue, names: readonly string[]): Record<string, string> {
  // Counting takes time that grows with the queue.
  const counted = names.some((name) => name === "All" || name.startsWith("Approximate"));
  const { visible, inFlight, delayed } = counted ? countMessages(cloud, queue) : { visible: 0, inFlight: 0, delayed: 0 };
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1000)),
    ...describedSettings(queue.attributes),
  };
}

export const setQueueAttributes = operation("sqs", "SetQueueAttributes", async (input, context) => {
  const { cloud, region } = context;
  const queue = findQueue(context, input.QueueUrl);
  const given = input.Attributes as Record<string, string>;
  if (Object.keys(given).length === 0) throw missingParameter("Attribute.Name");
  // What a queue is, it stays.
  const attributes = withAttributes(queue.attributes, given, { cloud, region, arn: queue.arn, fifo: queue.settings.fifo });
  const after = putQueue(cloud, { ...queue, attributes, modifiedMs: cloud.world.clock.nowMs() });
  if (after.settings.fifo && after.settings.delayMs !== queue.settings.delayMs) await delayAnew(cloud, after);
  return {};
});

/** The delay of a FIFO queue holds for what is on it already. Source: Amazon SQS Developer Guide, "Delay queues". */
function delayAnew(cloud: Cloud, queue: Queue): Promise<void> {
  return commit(cloud, () => {
    cloud.store
      .statement("state", "update sqs_message set visible_ms = sent_ms + ? where queue = ? and received = 0")
      .run(queue.settings.delayMs, queue.id);
    refreshAllGroups(cloud, queue.id);
    arrived(cloud, queue);
  });
}
