/** Dead letters: messages that were received as often as their queue allows go to another queue at the next attempt. */
import type { Cloud } from "../../cloud.ts";
import { move } from "./messages.ts";
import { type Queue, allQueues, queueByArn } from "./queue.ts";
import { mayRedriveTo } from "./redrive-policy.ts";
import type { MessageRow } from "./tables.ts";

/** Where this message has to go instead of to another receiver, if its time has come and the other queue takes it. */
export function deadLetterQueueFor(cloud: Cloud, queue: Queue, row: MessageRow): Queue | undefined {
  const { redrive } = queue.settings;
  if (!redrive || row.received < redrive.maxReceiveCount) return undefined;
  const target = queueByArn(cloud, redrive.targetArn);
  return target && mayRedriveTo(target, queue.arn) ? target : undefined;
}

/**
 * It stays the same message. On a standard queue its age goes on, so that the dead-letter queue's retention counts from when it
 * was first sent; on a FIFO queue it begins anew. Source: Amazon SQS Developer Guide, "Dead-letter queues".
 */
export function moveToDeadLetters(cloud: Cloud, row: MessageRow, queue: Queue, target: Queue): void {
  const renewed = queue.settings.fifo && { sent_ms: cloud.world.clock.nowMs() };
  move(cloud, row, queue, target, { source_arn: queue.arn, ...renewed });
}

/** The queues whose dead letters come to this one, by name. */
export function sourcesOf(cloud: Cloud, target: Queue): Queue[] {
  return [...allQueues(cloud)]
    .filter(({ settings }) => settings.redrive?.targetArn === target.arn)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
