/** A topic on SNS, its subscriptions, and who may publish to it beside programs. */
import { deleted, type Compilation, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { notificationsOf } from "./bucket-notification.ts";
import { bucketsMay } from "./buckets-may.ts";
import { encryptedTopic } from "./stage-key.ts";
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
