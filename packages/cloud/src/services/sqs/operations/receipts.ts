/** What is done with a message's receipt handle: DeleteMessage, ChangeMessageVisibility and their batches. */
import type { Cloud } from "../../../cloud.ts";
import { operation } from "../../../service.ts";
import { countDeleted } from "../activity.ts";
import { checkEntries, forEachEntry, shown } from "../batch.ts";
import { commit } from "../commits.ts";
import { expiredReceipt, invalidParameter, notInFlight } from "../errors.ts";
import { refreshGroup } from "../groups.ts";
import { remove } from "../messages.ts";
import { findQueue, type Queue } from "../queue.ts";
import { readReceipt } from "../receipt.ts";
import type { MessageRow } from "../tables.ts";
import { arrived } from "../waiting.ts";

export const deleteMessage = operation("sqs", "DeleteMessage", async (input, context) => {
  const { cloud } = context;
  const queue = findQueue(context, input.QueueUrl);
  await commit(cloud, () => deleteOne(cloud, queue, input.ReceiptHandle));
  countDeleted(cloud, queue, 1);
  return {};
});

export const deleteMessageBatch = operation("sqs", "DeleteMessageBatch", async (input, context) => {
  const { cloud } = context;
  const queue = findQueue(context, input.QueueUrl);
  const entries = input.Entries as readonly { Id: string; ReceiptHandle: string }[];
  checkEntries(entries, "DeleteMessageBatchRequestEntry");
  const answer = await commit(cloud, () =>
    forEachEntry(entries, ({ Id, ReceiptHandle }) => {
      deleteOne(cloud, queue, ReceiptHandle);
      return { Id };
    }),
  );
  countDeleted(cloud, queue, answer.Successful.length);
  return shown(answer);
});

/**
 * A message that is gone is no error. A standard queue takes any handle of the message, as AWS does in practice; a FIFO queue
 * only the newest, while the message is in flight.
 */
function deleteOne(cloud: Cloud, queue: Queue, handle: string): void {
  const receipt = readReceipt(handle, queue.id);
  const row = rowOf(cloud, queue, receipt);
  if (!row) return;
  if (queue.settings.fifo && (row.received !== receipt.received || row.visible_ms <= cloud.world.clock.nowMs())) {
    throw expiredReceipt(handle);
  }
  remove(cloud, row, queue);
  // The next of its group may be received.
  if (queue.settings.fifo) arrived(cloud, queue);
}

export const changeMessageVisibility = operation("sqs", "ChangeMessageVisibility", async (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  await commit(context.cloud, () => changeOne(context.cloud, queue, input.ReceiptHandle, input.VisibilityTimeout));
  return {};
});

export const changeMessageVisibilityBatch = operation("sqs", "ChangeMessageVisibilityBatch", async (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const entries = input.Entries as readonly { Id: string; ReceiptHandle: string; VisibilityTimeout?: number }[];
  checkEntries(entries, "ChangeMessageVisibilityBatchRequestEntry");
  const answer = await commit(context.cloud, () =>
    forEachEntry(entries, ({ Id, ReceiptHandle, VisibilityTimeout = 0 }) => {
      changeOne(context.cloud, queue, ReceiptHandle, VisibilityTimeout);
      return { Id };
    }),
  );
  return shown(answer);
});

/** From the reception on, all extensions together. Source: Amazon SQS Developer Guide, "Visibility timeout". */
const longestSeconds = 43_200;

function changeOne(cloud: Cloud, queue: Queue, handle: string, seconds: number): void {
  if (seconds < 0 || seconds > longestSeconds) {
    throw invalidParameter(seconds, "VisibilityTimeout", "Must be between 0 and 43200, if provided.");
  }
  const nowMs = cloud.world.clock.nowMs();
  const receipt = readReceipt(handle, queue.id);
  const row = rowOf(cloud, queue, receipt);
  if (!row) throw notInFlight(handle);
  if (queue.settings.fifo && (row.received !== receipt.received || row.visible_ms <= nowMs)) throw expiredReceipt(handle);
  // A message of a standard queue whose time is over: AWS answers well, whatever its documentation says, and nothing is left to change.
  if (row.visible_ms <= nowMs) return;
  const visibleMs = nowMs + seconds * 1000;
  if (visibleMs - row.last_received_ms! > longestSeconds * 1000) {
    const reason = `Total VisibilityTimeout for the message is beyond the limit [${longestSeconds} seconds]`;
    throw invalidParameter(seconds, "VisibilityTimeout", reason);
  }
  cloud.store.statement("state", "update sqs_message set visible_ms = ? where seq = ?").run(visibleMs, row.seq);
  if (queue.settings.fifo) refreshGroup(cloud, queue.id, row.group_id!);
  arrived(cloud, queue);
}

type Row = Pick<MessageRow, "seq" | "queue" | "id" | "received" | "visible_ms" | "last_received_ms" | "group_id">;

function rowOf(cloud: Cloud, queue: Queue, { seq, messageId }: { seq: number; messageId: string }): Row | undefined {
  const row = cloud.store
    .statement("state", "select seq, queue, id, received, visible_ms, last_received_ms, group_id from sqs_message where seq = ?")
    .get(seq) as Row | undefined;
  return row?.queue === queue.id && row.id === messageId ? row : undefined;
}
