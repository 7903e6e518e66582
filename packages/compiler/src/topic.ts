/** A topic on SNS, its subscriptions, and who may publish to it beside programs. */
import { deleted, type Compilation, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { notificationsOf } from "./bucket-notification.ts";
import { bucketsMay, type BuiltQueue } from "./queue.ts";
import { encryptedTopic } from "./stage-key.ts";
import { subscriptionsOf } from "./topic-subscription.ts";
import type { Made } from "./value.ts";

export interface BuiltTopic extends Target {
  readonly named: Named<"topic">;
  readonly topic: Made;
  /** What must stand before another service of AWS publishes to it. */
  readonly policy: Made | undefined;
}

export function buildTopic(compilation: Compilation, named: Named<"topic">): BuiltTopic {
  const { draft, stem, inventory } = compilation;
  const { id, kebab, declared } = named;
  const { options } = declared;
  const origin = compilation.origin(named);
  const topic = draft.add("messaging", id, { ...origin, part: "Topic" }, (here) => ({
    Type: "AWS::SNS::Topic",
    ...deleted,
    Properties: {
      TopicName: `${options.name ?? `${stem}-${kebab}`}${options.fifo ? ".fifo" : ""}`,
      DisplayName: stem,
      ...encryptedTopic(here, compilation.key),
      ...(options.fifo && { FifoTopic: true, ContentBasedDeduplication: false }),
    },
  }));
  const buckets = inventory.of("bucket").filter((other) => notificationsOf(other.declared).some(({ to }) => to === declared));
  const policy =
    buckets.length === 0
      ? undefined
      : draft.add("messaging", `${id}Policy`, origin, (here) => ({
          Type: "AWS::SNS::TopicPolicy",
          Properties: {
            Topics: [here.take(topic.ref())],
            PolicyDocument: { Version: "2012-10-17", Statement: [bucketsMay("sns:Publish", here.take(topic.ref()))] } as never,
          },
        }));
  return {
    named,
    topic,
    policy,
    inject: () => ({ kind: "open", value: (here) => here.take(topic.ref()) }),
    grants: () => [{ actions: ["sns:Publish"], resources: (here) => [here.take(topic.ref())], key: compilation.key }],
  };
}

/** Subscribes whom the app names; queues stand by then, with the permission to send to them. */
export function subscribe(compilation: Compilation, { named, topic }: BuiltTopic, queues: readonly BuiltQueue[]): void {
  const { draft } = compilation;
  const { id, declared } = named;
  const origin = compilation.origin(named);
  subscriptionsOf(declared).forEach((one, i) => {
    const number = i === 0 ? "" : String(i + 1);
    if (one.email !== undefined) {
      draft.add("messaging", `${id}Email${number}`, origin, (here) => ({
        Type: "AWS::SNS::Subscription",
        Properties: { TopicArn: here.take(topic.ref()), Protocol: "email", Endpoint: one.email },
      }));
      return;
    }
    const built = queues.find((other) => other.named.declared === one.queue);
    if (!built) return;
    draft.add("messaging", `${id}To${built.named.id}`, origin, (here) => ({
      Type: "AWS::SNS::Subscription",
      ...dependsOn(built.policy ? here.after([built.policy]) : []),
      Properties: {
        TopicArn: here.take(topic.ref()),
        Protocol: "sqs",
        Endpoint: here.take(built.queue.attribute("Arn")),
        RawMessageDelivery: one.raw,
        ...(one.filter && { FilterPolicy: one.filter as never }),
      },
    }));
  });
}

function dependsOn(ids: string[]): { DependsOn?: string[] } {
  return ids.length > 0 ? { DependsOn: ids } : {};
}
