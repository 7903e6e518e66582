/** A queue on SQS, its dead-letter queue, and who may send to it. Source: aws-recipes §8, Amazon SQS Developer Guide. */
import { durationSeconds } from "@plinth/language/reading";
import { deleted, type Compilation, type Grant, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { notificationsOf } from "./bucket-notification.ts";
import { bucketsMay } from "./buckets-may.ts";
import { encryptedQueue } from "./stage-key.ts";
import type { BuiltTopic } from "./topic.ts";
import { subscriptionsOf } from "./topic-subscription.ts";
import type { Here, Made } from "./value.ts";

export interface BuiltQueue extends Target {
  readonly named: Named<"queue">;
  readonly queue: Made;
  /** Where messages go whose attempts are used up; none where the app says so. */
  readonly dead: Made | undefined;
  /** What must stand before another service of AWS sends to it. */
  readonly policy: Made | undefined;
}

export const defaultAttempts = 3;

/** What SQS calls it, without `.fifo`. */
export function queueStem({ stem }: Pick<Compilation, "stem">, named: Named<"queue">): string {
  return named.declared.options.name ?? `${stem}-${named.kebab}`;
}

/** @param topics what stands already: some may send to it. */
export function buildQueue(compilation: Compilation, named: Named<"queue">, topics: readonly BuiltTopic[]): BuiltQueue {
  const { draft } = compilation;
  const { id } = named;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const suffix = options.fifo ? ".fifo" : "";
  const stem = queueStem(compilation, named);
  const fifo = options.fifo
    ? {
        FifoQueue: true,
        ContentBasedDeduplication: options.deduplicate === "by-content",
        ...(options.throughput === "high" && { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" }),
      }
    : {};
  const seconds = (duration: string | undefined, otherwise: number): number => durationSeconds(duration ?? "") ?? otherwise;

  const dead =
    options.deadLetter === false
      ? undefined
      : draft.add("messaging", `${id}Dead`, { ...origin, part: "DeadLetterQueue" }, (here) => ({
          Type: "AWS::SQS::Queue",
          ...deleted,
          Properties: {
            QueueName: `${stem}-dead${suffix}`,
            ...fifo,
            MessageRetentionPeriod: seconds(options.deadLetter === false ? undefined : options.deadLetter?.retain, 1_209_600),
            ...encryptedQueue(here, compilation.key),
          },
        }));
  const queue = draft.add("messaging", id, { ...origin, part: "Queue" }, (here) => ({
    Type: "AWS::SQS::Queue",
    ...deleted,
    Properties: {
      QueueName: `${stem}${suffix}`,
      ...fifo,
      VisibilityTimeout: seconds(options.visibilityTimeout, 30),
      MessageRetentionPeriod: seconds(options.retain, 345_600),
      DelaySeconds: seconds(options.delay, 0),
      ReceiveMessageWaitTimeSeconds: seconds(options.wait, 20),
      ...encryptedQueue(here, compilation.key),
      ...(dead && {
        RedrivePolicy: {
          deadLetterTargetArn: here.take(dead.attribute("Arn")),
          maxReceiveCount: options.attempts ?? defaultAttempts,
        } as never,
      }),
    },
  }));
  return {
    named,
    queue,
    dead,
    policy: buildSenders(compilation, named, queue, topics),
    inject: (_, detail) => ({ kind: "open", value: (here) => here.take((detail === "dead" ? dead! : queue).ref()) }),
    grants: (facet, detail) => queueGrants(detail === "dead" ? dead! : queue, facet, compilation.key),
  };
}

/** Topics that it subscribes to, and buckets that tell it of changes, may send to it. */
function buildSenders(compilation: Compilation, named: Named<"queue">, queue: Made, all: readonly BuiltTopic[]): Made | undefined {
  const { draft, inventory } = compilation;
  const topics = all.filter((topic) => subscriptionsOf(topic.named.declared).some((one) => one.queue === named.declared));
  const buckets = inventory.of("bucket").filter(({ declared }) => notificationsOf(declared).some(({ to }) => to === named.declared));
  if (topics.length + buckets.length === 0) return undefined;
  return draft.add("messaging", `${named.id}Policy`, compilation.origin(named), (here) => ({
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [here.take(queue.ref())],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          ...topics.map(({ topic }) => ({
            Effect: "Allow",
            Principal: { Service: "sns.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: here.take(queue.attribute("Arn")),
            Condition: { ArnEquals: { "aws:SourceArn": here.take(topic.ref()) } },
          })),
          ...(buckets.length > 0 ? [bucketsMay("sqs:SendMessage", here.take(queue.attribute("Arn")))] : []),
        ],
      } as never,
    },
  }));
}

function queueGrants(queue: Made, use: string | undefined, key: Made | undefined): Grant[] {
  const sends = use === "send" || use === "sendAndConsume";
  const consumes = use === "consume" || use === "sendAndConsume";
  return [
    {
      actions: [
        ...(sends ? ["sqs:SendMessage"] : []),
        ...(consumes ? ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"] : []),
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
      ],
      resources: (here: Here) => [here.take(queue.attribute("Arn"))],
      key,
    },
  ];
}
