/** The subscriptions of a topic: queues of the app, and addresses. */
import type { Compilation } from "./compilation.ts";
import type { BuiltQueue } from "./queue.ts";
import type { BuiltTopic } from "./topic.ts";
import { subscriptionsOf } from "./topic-subscription.ts";

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
