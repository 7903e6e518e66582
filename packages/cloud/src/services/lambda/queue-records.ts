/** A batch of messages as a function is given it, and what it answers of them. */
import type { Message } from "@aws-sdk/client-sqs";

/** Source: AWS Lambda Developer Guide, "Example Amazon SQS message event". */
export function recordsOf(queueArn: string, messages: readonly Message[]): object[] {
  const [, , , region] = queueArn.split(":");
  return messages.map((message) => ({
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          ...(StringValue !== undefined && { stringValue: StringValue }),
          ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  }));
}

/**
 * The ids in `batchItemFailures`. All have failed where the answer is no such list, or names what was not given (Developer Guide,
 * "Success and failure conditions"); none where it is empty or null.
 */
export function failedIds(payload: string, batch: readonly Message[]): string[] | "all" {
  const answer = parsed(payload);
  if (answer === null || answer === undefined || answer === "") return [];
  if (typeof answer !== "object") return "all";
  const { batchItemFailures } = answer as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return "all";
  const ids = batchItemFailures.map((item: { itemIdentifier?: unknown } | null) => item?.itemIdentifier);
  const known = batch.map(({ MessageId }) => MessageId);
  return ids.every((id): id is string => typeof id === "string" && known.includes(id)) ? ids : "all";
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return false;
  }
}
