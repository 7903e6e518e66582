/** How many messages of a queue may be received and not deleted at the same time. */
import type { Cloud } from "../../cloud.ts";
import type { Queue } from "./queue.ts";

/** Of standard and of FIFO queues. Source: Amazon SQS Developer Guide, "Quotas". */
export const mostInFlight = 120_000;

const memory = Symbol("sqs in flight");

/** By queue: no more than so many can be in flight. Counted again only when that reaches the limit. */
const bounds = (cloud: Cloud) => cloud.memory(memory, () => new Map<number, number>());

/** How many more may be received now. */
export function roomInFlight(cloud: Cloud, queue: Queue): number {
  const known = bounds(cloud).get(queue.id);
  if (known !== undefined && known < mostInFlight - 10) return mostInFlight - known;
  const { count } = cloud.store
    .statement("state", "select count(*) as count from sqs_message where queue = ? and visible_ms > ? and received > 0")
    .get(queue.id, cloud.world.clock.nowMs()) as { count: number };
  bounds(cloud).set(queue.id, count);
  return Math.max(0, mostInFlight - count);
}

export function noteReceived(cloud: Cloud, queue: Queue, count: number): void {
  bounds(cloud).set(queue.id, (bounds(cloud).get(queue.id) ?? 0) + count);
}
