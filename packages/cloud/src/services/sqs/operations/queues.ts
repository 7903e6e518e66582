/** CreateQueue, DeleteQueue, PurgeQueue, GetQueueUrl and the lists of queues. */
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { forgetActivity } from "../activity.ts";
import { withAttributes } from "../attribute-rules.ts";
import { sourcesOf } from "../dead-letters.ts";
import { deletedRecently, invalidParameter, invalidValue, purgeInProgress, queueExists, queueNotFound } from "../errors.ts";
import { removeAll } from "../messages.ts";
import { checkQueueName, queueArn, queueUrl } from "../queue-address.ts";
import { findQueue, putQueue, type Queue, queueByName, queuesOf, removeQueue, wasDeletedRecently } from "../queue.ts";
import { describedSettings } from "../settings.ts";
import { checkTags } from "../tags.ts";
import { dismiss } from "../waiting.ts";

export const createQueue = operation("sqs", "CreateQueue", (input, { cloud, region, account }) => {
  const { QueueName: name } = input;
  const given = (input.Attributes ?? {}) as Record<string, string>;
  const fifo = given["FifoQueue"]?.toLowerCase() === "true";
  checkQueueName(name, fifo);
  const attributes = withAttributes({}, given, { cloud, region, arn: queueArn(region, account, name), fifo });
  const answer = { QueueUrl: queueUrl(cloud, name) };
  const existing = queueByName(cloud, region, name);
  if (existing) {
    const present = describedSettings(existing.attributes);
    const different = Object.keys(given).find((attribute) => attributes[attribute] !== present[attribute]);
    if (different !== undefined) throw queueExists(different);
    return answer;
  }
  if (wasDeletedRecently(cloud, region, name)) throw deletedRecently();
  const tags = { ...input.tags, ...systemTagsOf(input) };
  checkTags(input.tags ?? {}, name);
  const nowMs = cloud.world.clock.nowMs();
  const id = Buffer.from(cloud.world.random.bytes(6)).readUIntBE(0, 6);
  putQueue(cloud, { id, name, region, createdMs: nowMs, modifiedMs: nowMs, attributes, tags });
  return answer;
});

export const deleteQueue = operation("sqs", "DeleteQueue", (input, context) => {
  const { cloud } = context;
  const queue = findQueue(context, input.QueueUrl);
  cloud.store.transaction(() => {
    removeAll(cloud, queue.id);
    cloud.store.statement("state", "delete from sqs_deduplication where queue = ?").run(queue.id);
    removeQueue(cloud, queue);
  });
  dismiss(cloud, queue.id);
  forgetActivity(cloud, queue.id);
  return {};
});

const purgePauseMs = 60_000;

export const purgeQueue = operation("sqs", "PurgeQueue", (input, context) => {
  const { cloud } = context;
  const queue = findQueue(context, input.QueueUrl);
  const nowMs = cloud.world.clock.nowMs();
  if (queue.purgedMs !== undefined && nowMs - queue.purgedMs < purgePauseMs) throw purgeInProgress(queue.name);
  cloud.store.transaction(() => {
    removeAll(cloud, queue.id);
    putQueue(cloud, { ...queue, purgedMs: nowMs });
  });
  return {};
});

export const getQueueUrl = operation("sqs", "GetQueueUrl", (input, { cloud, region, account }) => {
  const own = (input.QueueOwnerAWSAccountId ?? account) === account;
  if (!own || !queueByName(cloud, region, input.QueueName)) throw queueNotFound();
  return { QueueUrl: queueUrl(cloud, input.QueueName) };
});

const mostListed = 1000;

export const listQueues = operation("sqs", "ListQueues", (input, { cloud, region }) => {
  const prefix = input.QueueNamePrefix ?? "";
  const found = queuesOf(cloud, region).filter(({ name }) => name.startsWith(prefix));
  const { items, nextToken } = page(found, input, `ListQueues ${region} ${prefix}`);
  return {
    ...(items.length > 0 && { QueueUrls: items.map(({ name }) => queueUrl(cloud, name)) }),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});

export const listDeadLetterSourceQueues = operation("sqs", "ListDeadLetterSourceQueues", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const { items, nextToken } = page(sourcesOf(context.cloud, queue), input, `ListDeadLetterSourceQueues ${queue.arn}`);
  return {
    queueUrls: items.map(({ name }) => queueUrl(context.cloud, name)),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});

/** Without MaxResults AWS gives the first thousand and no token. */
function page(
  queues: Queue[],
  { MaxResults, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
  query: string,
) {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > mostListed)) {
    throw invalidParameter(MaxResults, "MaxResults", "Must be between 1 and 1000, if provided.");
  }
  const { items, nextToken } = pageOf(queues, {
    size: MaxResults ?? mostListed,
    token: NextToken,
    keyOf: ({ name }) => name,
    query,
    invalid: () => invalidValue("Invalid or expired next token."),
  });
  return { items, nextToken: MaxResults === undefined ? undefined : nextToken };
}
