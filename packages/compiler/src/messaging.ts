/** Topics, queues and buckets, in the order in which each lets the other in: topics, queues, subscriptions, buckets. */
import { logsRequests, type BuiltAccessLogs } from "./access-logs.ts";
import { declaredOf } from "@plinth/language/reading";
import { buildBucket, type BuiltBucket } from "./bucket.ts";
import type { Compilation } from "./compilation.ts";
import { buildQueue, type BuiltQueue } from "./queue.ts";
import { subscribe } from "./subscribe.ts";
import { buildTopic, type BuiltTopic } from "./topic.ts";

export function buildMessaging(
  compilation: Compilation,
  accessLogs: BuiltAccessLogs | undefined,
): { topics: BuiltTopic[]; queues: BuiltQueue[]; buckets: BuiltBucket[] } {
  const { inventory } = compilation;
  const topics = inventory.of("topic").map((named) => buildTopic(compilation, named));
  const queues = inventory.of("queue").map((named) => buildQueue(compilation, named, topics));
  for (const topic of topics) subscribe(compilation, topic, queues);
  const buckets = inventory.of("bucket").map((named) =>
    buildBucket(compilation, named, {
      accessLogs: logsRequests(compilation, named) ? accessLogs : undefined,
      targetOf(of) {
        const queue = queues.find((one) => one.named.declared === of);
        if (queue) return { arn: queue.queue.attribute("Arn"), policy: queue.policy };
        const topic = topics.find((one) => one.named.declared === of);
        return topic && { arn: topic.topic.ref(), policy: topic.policy };
      },
      logsOf: inventory
        .of("loadBalancer")
        .filter(({ declared }) => declaredOf(declared.options.accessLogs || undefined) === named.declared)
        .map(({ kebab }) => kebab),
    }),
  );
  return { topics, queues, buckets };
}
