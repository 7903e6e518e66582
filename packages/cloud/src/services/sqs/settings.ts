/** A queue's attributes as they act, with AWS's defaults. Source: Amazon SQS API Reference, SetQueueAttributes. */

export interface Settings {
  fifo: boolean;
  delayMs: number;
  /** Of a message's body and attributes together. */
  maximumBytes: number;
  retentionMs: number;
  waitMs: number;
  visibilityMs: number;
  contentBasedDeduplication: boolean;
  deduplicationScope: "queue" | "messageGroup";
  redrive: { targetArn: string; maxReceiveCount: number } | undefined;
  policy: string | undefined;
}

/** Of the attributes with a number: the range, and the default. */
export const numbers: Readonly<Record<string, { range: readonly [min: number, max: number]; default: number }>> = {
  DelaySeconds: { range: [0, 900], default: 0 },
  // 1 MiB since August 2025.
  MaximumMessageSize: { range: [1024, 1_048_576], default: 1_048_576 },
  MessageRetentionPeriod: { range: [60, 1_209_600], default: 345_600 },
  ReceiveMessageWaitTimeSeconds: { range: [0, 20], default: 0 },
  VisibilityTimeout: { range: [0, 43_200], default: 30 },
  KmsDataKeyReusePeriodSeconds: { range: [60, 86_400], default: 300 },
};

export function settingsOf(attributes: Readonly<Record<string, string>>): Settings {
  const number = (name: string) => Number(attributes[name] ?? numbers[name]!.default);
  const redrive = attributes["RedrivePolicy"] && (JSON.parse(attributes["RedrivePolicy"]) as Record<string, string | number>);
  return {
    fifo: attributes["FifoQueue"] === "true",
    delayMs: number("DelaySeconds") * 1000,
    maximumBytes: number("MaximumMessageSize"),
    retentionMs: number("MessageRetentionPeriod") * 1000,
    waitMs: number("ReceiveMessageWaitTimeSeconds") * 1000,
    visibilityMs: number("VisibilityTimeout") * 1000,
    contentBasedDeduplication: attributes["ContentBasedDeduplication"] === "true",
    deduplicationScope: attributes["DeduplicationScope"] === "messageGroup" ? "messageGroup" : "queue",
    redrive: redrive
      ? { targetArn: String(redrive["deadLetterTargetArn"]), maxReceiveCount: Number(redrive["maxReceiveCount"]) }
      : undefined,
    policy: attributes["Policy"],
  };
}

/** All attributes that AWS answers with for this queue, but for the counts of messages and what only the queue knows of itself. */
export function describedSettings(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const { KmsDataKeyReusePeriodSeconds: _, ...plain } = numbers;
  const managed = attributes["KmsMasterKeyId"] === undefined;
  return {
    ...Object.fromEntries(Object.entries(plain).map(([name, { default: value }]) => [name, String(value)])),
    SqsManagedSseEnabled: String(managed),
    ...(!managed && { KmsDataKeyReusePeriodSeconds: String(numbers["KmsDataKeyReusePeriodSeconds"]!.default) }),
    ...(attributes["FifoQueue"] === "true" && {
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    }),
    ...attributes,
  };
}
