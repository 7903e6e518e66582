/** Each minute, CloudWatch is told of every queue that is in use (namespace AWS/SQS), and what is too old is removed. */
import type { Input } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { takeActivity } from "./activity.ts";
import { commit } from "./commits.ts";
import { forgetOld } from "./deduplication.ts";
import { countMessages } from "./messages.ts";
import { allQueues, type Queue } from "./queue.ts";
import { removeExpired } from "./receiving.ts";

const periodMs = 60_000;
/** An empty queue that nobody called for so long has no metrics. Source: Amazon SQS Developer Guide, "Available CloudWatch metrics". */
const activeMs = 6 * 3_600_000;
const mostExpired = 5_000;
const dataPerCall = 100;

const memory = Symbol("sqs metrics");
const state = (cloud: Cloud) => cloud.memory(memory, () => ({ sinceMs: cloud.world.clock.nowMs() }));

export const metrics = round("sqs: metrics", periodMs, look);

async function look(cloud: Cloud): Promise<void> {
  const queues = [...allQueues(cloud)];
  if (queues.length === 0) return;
  await commit(cloud, () => {
    forgetOld(cloud);
    for (const queue of queues) removeExpired(cloud, queue, mostExpired);
  });
  for (const region of new Set(queues.map((queue) => queue.region))) {
    const call = cloud.as(servicePrincipal(cloud.account, "sqs.amazonaws.com"), region);
    const data = queues.filter((queue) => queue.region === region).flatMap((queue) => metricsOf(cloud, queue));
    for (let at = 0; at < data.length; at += dataPerCall) {
      await call("cloudwatch", "PutMetricData", { Namespace: "AWS/SQS", MetricData: data.slice(at, at + dataPerCall) });
    }
  }
}

type Datum = NonNullable<Input<"cloudwatch", "PutMetricData">["MetricData"]>[number];

function metricsOf(cloud: Cloud, queue: Queue): Datum[] {
  const nowMs = cloud.world.clock.nowMs();
  const { activity, lastMs = Math.max(state(cloud).sinceMs, queue.createdMs) } = takeActivity(cloud, queue);
  const { visible, inFlight, delayed, oldestMs } = countMessages(cloud, queue);
  if (visible + inFlight + delayed === 0 && nowMs - lastMs > activeMs) return [];
  const { sent } = activity;
  const common = { Dimensions: [{ Name: "QueueName", Value: queue.name }], Timestamp: new Date(nowMs) };
  const values: [name: string, value: number, unit: "Count" | "Seconds"][] = [
    ["ApproximateNumberOfMessagesVisible", visible, "Count"],
    ["ApproximateNumberOfMessagesNotVisible", inFlight, "Count"],
    ["ApproximateNumberOfMessagesDelayed", delayed, "Count"],
    ["ApproximateAgeOfOldestMessage", oldestMs === undefined ? 0 : Math.floor((nowMs - oldestMs) / 1000), "Seconds"],
    ["NumberOfMessagesSent", sent.count, "Count"],
    ["NumberOfMessagesReceived", activity.received, "Count"],
    ["NumberOfMessagesDeleted", activity.deleted, "Count"],
    ["NumberOfEmptyReceives", activity.emptyReceives, "Count"],
  ];
  const data: Datum[] = values.map(([MetricName, Value, Unit]) => ({ ...common, MetricName, Value, Unit }));
  if (sent.count > 0) {
    const StatisticValues = { SampleCount: sent.count, Sum: sent.sum, Minimum: sent.min, Maximum: sent.max };
    data.push({ ...common, MetricName: "SentMessageSize", StatisticValues, Unit: "Bytes" });
  }
  return data;
}
