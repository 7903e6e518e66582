/** SendMessage and SendMessageBatch. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { checkEntries, forEachEntry, shown } from "../batch.ts";
import { commit } from "../commits.ts";
import { type Checked, checkDraft, checkOrder, type Draft, draftBytes } from "../draft.ts";
import { checkSender } from "../encryption.ts";
import { missingInEntry } from "../errors.ts";
import type { Accepted } from "../messages.ts";
import { findQueue, type Queue } from "../queue.ts";
import { send, senderOf, sequenceNumber } from "../sending.ts";

export const sendMessage = operation("sqs", "SendMessage", async (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const draft = checkDraft(input as Draft, queue, context.trace);
  checkSender(context, queue);
  const accepted = await commit(context.cloud, () => send(context.cloud, queue, draft, senderOf(context.principal)));
  return answer(queue, draft, accepted);
});

/** Of all entries together. Source: Amazon SQS API Reference, SendMessageBatch. */
const maximumBatchBytes = 1_048_576;

export const sendMessageBatch = operation("sqs", "SendMessageBatch", async (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const entries = input.Entries as readonly (Draft & { Id: string })[];
  checkEntries(entries, "SendMessageBatchRequestEntry");
  const sizeBytes = entries.reduce((sum, entry) => sum + draftBytes(entry), 0);
  if (sizeBytes > maximumBatchBytes) {
    throw new AwsError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${maximumBatchBytes} bytes. You have sent ${sizeBytes} bytes.`,
    );
  }
  checkSender(context, queue);
  // What a FIFO queue cannot do without, the whole batch is refused for.
  if (queue.settings.fifo) for (const entry of entries) checkOrder(entry, queue.settings.contentBasedDeduplication, missingInEntry);
  const checked = forEachEntry(entries, (entry) => ({ Id: entry.Id, draft: checkDraft(entry, queue, context.trace) }));
  const sent = await commit(context.cloud, () =>
    checked.Successful.map(({ Id, draft }) => {
      const accepted = send(context.cloud, queue, draft, senderOf(context.principal));
      return { Id, ...answer(queue, draft, accepted) };
    }),
  );
  return shown({ Successful: sent, Failed: checked.Failed });
});

function answer({ settings }: Queue, draft: Checked, { id, sequence }: Accepted) {
  return {
    MessageId: id,
    MD5OfMessageBody: draft.bodyMd5,
    ...(draft.attributesMd5 !== undefined && { MD5OfMessageAttributes: draft.attributesMd5 }),
    ...(draft.systemMd5 !== undefined && { MD5OfMessageSystemAttributes: draft.systemMd5 }),
    ...(settings.fifo && { SequenceNumber: sequenceNumber(sequence) }),
  };
}
