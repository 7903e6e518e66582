/** ReceiveMessage. */
import type { Message, MessageSystemAttributeName } from "@aws-sdk/client-sqs";
import { operation } from "../../../service.ts";
import { countReceived } from "../activity.ts";
import { checkReceiver } from "../encryption.ts";
import { invalidParameter, unknownAttribute } from "../errors.ts";
import { attributesMd5, readAttributes, wantedAttributes } from "../message-attributes.ts";
import { findQueue, type Queue } from "../queue.ts";
import { writeReceipt } from "../receipt.ts";
import { sequenceNumber } from "../sending.ts";
import type { MessageRow } from "../tables.ts";
import { receive } from "../waiting.ts";

export const receiveMessage = operation("sqs", "ReceiveMessage", async (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const { MaxNumberOfMessages: count = 1, VisibilityTimeout, WaitTimeSeconds, ReceiveRequestAttemptId: attempt } = input;
  if (count < 1 || count > 10) throw invalidParameter(count, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
  if (VisibilityTimeout !== undefined && (VisibilityTimeout < 0 || VisibilityTimeout > 43_200)) {
    throw invalidParameter(VisibilityTimeout, "VisibilityTimeout", "Must be between 0 and 43200, if provided.");
  }
  if (WaitTimeSeconds !== undefined && (WaitTimeSeconds < 0 || WaitTimeSeconds > 20)) {
    throw invalidParameter(WaitTimeSeconds, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
  }
  if (attempt !== undefined) checkAttempt(attempt, queue);
  const names = systemNames(input);
  checkReceiver(context, queue);
  const rows = await receive(
    context,
    queue,
    { count, visibilityMs: VisibilityTimeout === undefined ? queue.settings.visibilityMs : VisibilityTimeout * 1000, attempt },
    WaitTimeSeconds === undefined ? queue.settings.waitMs : WaitTimeSeconds * 1000,
  );
  countReceived(context.cloud, queue, rows.length);
  if (rows.length === 0) return {};
  return { Messages: rows.map((row) => described(row, queue, names, input.MessageAttributeNames ?? [])) };
});

function checkAttempt(attempt: string, { settings }: Queue): void {
  if (!settings.fifo) {
    throw invalidParameter(attempt, "ReceiveRequestAttemptId", "The request include parameter that is not valid for this queue type.");
  }
  if (!/^[\x21-\x7e]{1,128}$/u.test(attempt)) {
    throw invalidParameter(
      attempt,
      "ReceiveRequestAttemptId",
      "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    );
  }
}

const allNames = [
  "SenderId",
  "SentTimestamp",
  "ApproximateReceiveCount",
  "ApproximateFirstReceiveTimestamp",
  "SequenceNumber",
  "MessageDeduplicationId",
  "MessageGroupId",
  "AWSTraceHeader",
  "DeadLetterQueueSourceArn",
] as const satisfies MessageSystemAttributeName[];

type Name = (typeof allNames)[number];

/** The two lists say the same; the older one is deprecated. */
function systemNames(input: {
  AttributeNames?: string[] | undefined;
  MessageSystemAttributeNames?: string[] | undefined;
}): readonly Name[] {
  const given = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  if (given.includes("All")) return allNames;
  const unknown = given.find((name) => !(allNames as readonly string[]).includes(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  return given as Name[];
}

function described(row: MessageRow, { id, settings }: Queue, names: readonly Name[], attributeNames: readonly string[]): Message {
  const receipt = { queue: id, seq: row.seq, received: row.received, messageId: row.id };
  const message: Message = { MessageId: row.id, ReceiptHandle: writeReceipt(receipt), MD5OfBody: row.body_md5, Body: row.body };
  if (names.length > 0) {
    const values: Record<Name, string | number | null> = {
      SenderId: row.sender,
      SentTimestamp: row.sent_ms,
      ApproximateReceiveCount: row.received,
      ApproximateFirstReceiveTimestamp: row.first_received_ms,
      SequenceNumber: settings.fifo ? sequenceNumber(row.sequence) : null,
      MessageDeduplicationId: row.deduplication_id,
      MessageGroupId: row.group_id,
      AWSTraceHeader: row.trace,
      DeadLetterQueueSourceArn: row.source_arn,
    };
    const present = names.filter((name) => values[name] !== null).map((name) => [name, String(values[name])]);
    if (present.length > 0) message.Attributes = Object.fromEntries(present) as Message["Attributes"];
  }
  if (row.attributes !== null && attributeNames.length > 0) {
    const attributes = wantedAttributes(readAttributes(row.attributes), attributeNames);
    const md5 = attributesMd5(attributes);
    if (md5 !== undefined) {
      message.MD5OfMessageAttributes = md5;
      message.MessageAttributes = attributes;
    }
  }
  return message;
}
