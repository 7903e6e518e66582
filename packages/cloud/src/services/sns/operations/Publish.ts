/** Publish and PublishBatch. */
import { createHash } from "node:crypto";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { deliver, push } from "../deliveries.ts";
import { checkPublisher } from "../encryption.ts";
import { invalidParameter } from "../errors.ts";
import { bodiesOf, type Draft, draftBytes } from "../messages.ts";
import { endpoints } from "../platforms.ts";
import { checkNumber, checkText, deliverText } from "../sms.ts";
import { findTopic, isFifo, type Topic, topics } from "../topics.ts";

export const publish = operation("sns", "Publish", async (input, context) => {
  if (input.PhoneNumber !== undefined) return toPhone(context, input.PhoneNumber, input);
  const targets = [input.TopicArn, input.TargetArn].filter((arn) => arn !== undefined);
  if (targets.length === 0) throw invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
  if (targets.length === 2) throw invalidParameter("Only one of TopicArn and TargetArn can be specified");
  if (targets[0]!.includes(":endpoint/")) return toDevice(context, targets[0]!, input);
  return await accept(context, findTopic(context, targets[0], input.TopicArn === undefined ? "TargetArn" : "TopicArn"), input);
});

function toPhone({ cloud, region }: OperationContext, number: string, draft: Draft): Accepted {
  checkNumber(number, "PhoneNumber");
  const text = bodiesOf(draft);
  checkText(text["sms"] ?? text["default"]!);
  deliverText(cloud, region, number, text["sms"] ?? text["default"]!, "");
  return { MessageId: cloud.world.random.uuid() };
}

function toDevice(context: OperationContext, arn: string, draft: Draft): Accepted {
  const { cloud, region } = context;
  const endpoint = endpoints(cloud).get(region, arn);
  if (!endpoint) throw invalidParameter("TargetArn Reason: No endpoint found for the target arn specified");
  const bodies = bodiesOf(draft);
  if (endpoint.attributes["Enabled"]?.toLowerCase() === "false") throw new AwsError("EndpointDisabled", "Endpoint is disabled", 400);
  const id = cloud.world.random.uuid();
  const subject = draft.Subject !== undefined && { subject: draft.Subject };
  push(cloud, region, arn, { id, topicArn: "", ...subject, bodies, attributes: {}, timeMs: cloud.world.clock.nowMs() });
  return { MessageId: id };
}

const maximumBatchBytes = 262_144;

export const publishBatch = operation("sns", "PublishBatch", async (input, context) => {
  const entries = input.PublishBatchRequestEntries;
  if (entries.length === 0) throw new AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
  if (entries.length > 10) throw new AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
  }
  if (entries.some(({ Id }) => !/^[\w-]{1,80}$/u.test(Id!))) {
    throw new AwsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  if (entries.reduce((total, entry) => total + draftBytes(entry), 0) > maximumBatchBytes) {
    throw new AwsError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.");
  }
  const topic = findTopic(context, input.TopicArn);
  // What cannot be published at all refuses the batch as a whole, as AWS does.
  for (const entry of entries) {
    bodiesOf(entry);
    if (isFifo(topic)) deduplicationIdOf(topic, entry);
    else checkUnordered(entry);
  }
  const Successful = [];
  const Failed = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...(await accept(context, topic, entry)) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
});

interface Accepted {
  MessageId: string;
  SequenceNumber?: string;
}

type FifoDraft = Draft & { MessageDeduplicationId?: string | undefined; MessageGroupId?: string | undefined };

async function accept(context: OperationContext, topic: Topic, draft: FifoDraft): Promise<Accepted> {
  const { cloud, region } = context;
  const bodies = bodiesOf(draft);
  checkPublisher(context, topic);
  const place = isFifo(topic) ? placeInOrder(context, topic, draft) : undefined;
  if (!place) checkUnordered(draft);
  if (place?.before) return place.before;
  const id = cloud.world.random.uuid();
  const order = place
    ? { groupId: draft.MessageGroupId!, deduplicationId: place.deduplicationId, sequenceNumber: place.sequenceNumber }
    : draft.MessageGroupId !== undefined && { groupId: draft.MessageGroupId };
  await deliver(cloud, region, {
    id,
    topicArn: topic.arn,
    ...(draft.Subject !== undefined && { subject: draft.Subject }),
    bodies,
    attributes: draft.MessageAttributes ?? {},
    timeMs: cloud.world.clock.nowMs(),
    ...(order && { order }),
    ...(context.trace !== undefined && { trace: context.trace }),
  });
  if (!place) return { MessageId: id };
  const accepted = { MessageId: id, SequenceNumber: place.sequenceNumber };
  // Only now: who was killed before it was on the queues has to be able to publish it again; the queues know what came twice.
  seen(cloud).put(region, place.key, { ...accepted, untilMs: cloud.world.clock.nowMs() + deduplicationMs });
  return accepted;
}

function checkUnordered(draft: FifoDraft): void {
  if (draft.MessageDeduplicationId !== undefined) {
    throw invalidParameter(
      "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
    );
  }
}

const deduplicationMs = 300_000;
const seen = (cloud: Cloud) => cloud.store.collection<Accepted & { untilMs: number }>("sns.deduplication");

interface Place {
  /** The answer to the first with the same deduplication id, within five minutes. */
  before: Accepted | undefined;
  key: string;
  deduplicationId: string;
  sequenceNumber: string;
}

/** What tells a FIFO message from others, checked with its group. */
function deduplicationIdOf(topic: Topic, draft: FifoDraft): string {
  if (!draft.MessageGroupId) throw invalidParameter("The MessageGroupId parameter is required for FIFO topics");
  const contentBased = topic.attributes["ContentBasedDeduplication"] === "true";
  const deduplicationId =
    draft.MessageDeduplicationId ?? (contentBased ? createHash("sha256").update(draft.Message!).digest("hex") : undefined);
  if (deduplicationId === undefined) {
    throw invalidParameter("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
  return deduplicationId;
}

/** A FIFO message's number, or what was answered to the message that it repeats. */
function placeInOrder({ cloud, region }: OperationContext, topic: Topic, draft: FifoDraft): Place {
  const deduplicationId = deduplicationIdOf(topic, draft);
  return cloud.store.transaction(() => {
    const nowMs = cloud.world.clock.nowMs();
    for (const { key, value } of seen(cloud).entries(region, `${topic.name}:`)) {
      if (value.untilMs <= nowMs) seen(cloud).delete(region, key);
    }
    const group = topic.attributes["FifoThroughputScope"] === "MessageGroup" ? `${draft.MessageGroupId}:` : "";
    const key = `${topic.name}:${group}${deduplicationId}`;
    const first = seen(cloud).get(region, key);
    if (first) {
      const before = { MessageId: first.MessageId, SequenceNumber: first.SequenceNumber! };
      return { before, key, deduplicationId, sequenceNumber: before.SequenceNumber };
    }
    const sequence = (topics(cloud).get(region, topic.name)?.sequence ?? topic.sequence) + 1;
    topics(cloud).put(region, topic.name, { ...topic, sequence });
    return { before: undefined, key, deduplicationId, sequenceNumber: (10_000_000_000_000_000_000n + BigInt(sequence)).toString() };
  });
}
