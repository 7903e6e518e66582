/** A message that is to be sent: checked before it is taken. */
import { createHash } from "node:crypto";
import { AwsError } from "../../aws-error.ts";
import { invalidParameter, invalidValue, missingParameter } from "./errors.ts";
import {
  attributeBytes,
  attributesMd5,
  type Attributes,
  checkMessageAttributes,
  traceHeaderOf,
  writeAttributes,
} from "./message-attributes.ts";
import type { Queue } from "./queue.ts";

export interface Draft {
  MessageBody?: string | undefined;
  DelaySeconds?: number | undefined;
  MessageAttributes?: Attributes | undefined;
  MessageSystemAttributes?: Attributes | undefined;
  MessageDeduplicationId?: string | undefined;
  MessageGroupId?: string | undefined;
}

/** A draft that may go on the queue. */
export interface Checked {
  body: string;
  bodyMd5: string;
  delayMs: number;
  attributes: string | undefined;
  attributesMd5: string | undefined;
  trace: string | undefined;
  systemMd5: string | undefined;
  groupId: string | undefined;
  deduplicationId: string | undefined;
  sizeBytes: number;
}

/** Characters that XML 1.0 does not know, which SQS refuses in every protocol. */
// oxlint-disable-next-line no-control-regex -- they are the subject
const invalidCharacters = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

export function draftBytes({ MessageBody = "", MessageAttributes = {} }: Draft): number {
  return Buffer.byteLength(MessageBody) + attributeBytes(MessageAttributes);
}

/** `callTrace` is the X-Ray header of the call itself: a message without one of its own carries that. */
export function checkDraft(draft: Draft, { settings }: Queue, callTrace?: string): Checked {
  const { MessageBody: body = "", MessageAttributes = {}, MessageSystemAttributes = {}, DelaySeconds } = draft;
  if (body === "") throw missingParameter("MessageBody");
  if (invalidCharacters.test(body)) {
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  checkMessageAttributes(MessageAttributes);
  const sizeBytes = draftBytes(draft);
  if (sizeBytes > settings.maximumBytes) {
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumBytes} bytes.`);
  }
  if (DelaySeconds !== undefined && (DelaySeconds < 0 || DelaySeconds > 900)) {
    throw invalidParameter(DelaySeconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  return {
    body,
    bodyMd5: createHash("md5").update(body).digest("hex"),
    delayMs: settings.fifo || DelaySeconds === undefined ? settings.delayMs : DelaySeconds * 1000,
    attributes: writeAttributes(MessageAttributes),
    attributesMd5: attributesMd5(MessageAttributes),
    trace: traceHeaderOf(MessageSystemAttributes) ?? callTrace,
    systemMd5: attributesMd5(MessageSystemAttributes),
    ...(settings.fifo ? orderOf(draft, settings.contentBasedDeduplication) : groupOf(draft)),
    sizeBytes,
  };
}

const idPattern = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/u;

function checkId(value: string, parameter: string): void {
  if (!idPattern.test(value)) {
    throw invalidParameter(value, parameter, `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`);
  }
}

/** What every message of a FIFO queue names: its group, and what tells it from one that was sent before. */
export function checkOrder({ MessageGroupId, MessageDeduplicationId }: Draft, byContent: boolean, missing = missingParameter): void {
  if (!MessageGroupId) throw missing("MessageGroupId");
  if (MessageDeduplicationId === undefined && !byContent) {
    throw invalidValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
}

function orderOf(draft: Draft, byContent: boolean) {
  checkOrder(draft, byContent);
  const { MessageGroupId, MessageDeduplicationId, DelaySeconds, MessageBody } = draft;
  checkId(MessageGroupId!, "MessageGroupId");
  if (DelaySeconds) throw notForThisQueue(DelaySeconds, "DelaySeconds");
  if (MessageDeduplicationId !== undefined) checkId(MessageDeduplicationId, "MessageDeduplicationId");
  return {
    groupId: MessageGroupId!,
    deduplicationId: MessageDeduplicationId ?? createHash("sha256").update(MessageBody!).digest("hex"),
  };
}

/** Of a standard queue, where a group is a tenant whose share is to stay fair. */
function groupOf({ MessageGroupId, MessageDeduplicationId }: Draft) {
  if (MessageDeduplicationId !== undefined) throw notForThisQueue(MessageDeduplicationId, "MessageDeduplicationId");
  if (MessageGroupId !== undefined) checkId(MessageGroupId, "MessageGroupId");
  return { groupId: MessageGroupId, deduplicationId: undefined };
}

const notForThisQueue = (value: unknown, parameter: string) =>
  invalidParameter(value, parameter, "The request include parameter that is not valid for this queue type.");
