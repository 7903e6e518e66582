/** A message on its way: what may be published, and what a subscriber gets to read. */
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import { invalidParameter } from "./errors.ts";
import { checkMessageAttributes } from "./message-attributes.ts";
import type { Protocol } from "./subscriptions.ts";

/** Where a message stands; of a FIFO topic all of it, of a standard one at most the group. */
export interface Order {
  groupId: string;
  deduplicationId?: string;
  /** 20 digits. */
  sequenceNumber?: string;
}

export interface Message {
  id: string;
  topicArn: string;
  subject?: string;
  /** By protocol, where it was given so (MessageStructure json); else only `default`. */
  bodies: Readonly<Record<string, string>>;
  attributes: Readonly<Record<string, MessageAttributeValue>>;
  timeMs: number;
  order?: Order;
  /** The X-Ray header of the call that published it. */
  trace?: string;
}

export interface Draft {
  Message?: string | undefined;
  Subject?: string | undefined;
  MessageStructure?: string | undefined;
  MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
}

/** AWS counts the message with its attributes. */
const maximumBytes = 262_144;

/** Checks a draft; gives its bodies. */
export function bodiesOf({ Message = "", Subject, MessageStructure, MessageAttributes = {} }: Draft): Record<string, string> {
  if (Message === "") throw invalidParameter("Empty message");
  if (Subject !== undefined && (Subject === "" || Subject.length > 100 || !/^[\p{L}\p{N}\p{P}\p{S}][^\p{Cc}]*$/u.test(Subject))) {
    throw invalidParameter("Subject");
  }
  if (draftBytes({ Message, MessageAttributes }) > maximumBytes) throw invalidParameter("Message too long");
  checkMessageAttributes(MessageAttributes);
  if (MessageStructure === undefined || MessageStructure === "") return { default: Message };
  if (MessageStructure !== "json") throw invalidParameter("MessageStructure");
  let parsed: unknown;
  try {
    parsed = JSON.parse(Message);
  } catch {
    throw invalidParameter("Message Structure - JSON message body failed to parse");
  }
  if (typeof parsed !== "object" || parsed === null || typeof (parsed as Record<string, unknown>)["default"] !== "string") {
    throw invalidParameter("Message Structure - No default entry in JSON message body");
  }
  return Object.fromEntries(Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

export function draftBytes({ Message = "", MessageAttributes = {} }: Draft): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType = "", StringValue = "", BinaryValue }]) =>
      Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue) + (BinaryValue?.byteLength ?? 0),
  );
  return attributes.reduce((total, each) => total + each, Buffer.byteLength(Message));
}

export function bodyFor(message: Message, protocol: Protocol): string {
  return message.bodies[protocol] ?? message.bodies["default"]!;
}

/** The JSON that subscribers get around a message; signed by the caller. */
export function notification(message: Message, protocol: Protocol, unsubscribeUrl: string) {
  const attributes = Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? Buffer.from(BinaryValue ?? []).toString("base64") },
  ]);
  return {
    Type: "Notification",
    MessageId: message.id,
    ...(message.order?.sequenceNumber !== undefined && { SequenceNumber: message.order.sequenceNumber }),
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: bodyFor(message, protocol),
    Timestamp: new Date(message.timeMs).toISOString(),
    UnsubscribeURL: unsubscribeUrl,
    ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) as Record<string, { Type?: string; Value: string }> }),
  };
}
