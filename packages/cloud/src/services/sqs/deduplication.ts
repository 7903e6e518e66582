/** A FIFO queue takes a message once in five minutes, also after the first was deleted. */
import type { Cloud } from "../../cloud.ts";
import type { Checked } from "./draft.ts";
import type { Accepted } from "./messages.ts";
import type { Queue } from "./queue.ts";

/** From the first of them; a repetition does not begin it anew. Source: Amazon SQS Developer Guide, "Exactly-once processing". */
export const deduplicationMs = 300_000;

const keyOf = ({ settings }: Queue, { groupId, deduplicationId }: Checked) =>
  settings.deduplicationScope === "messageGroup" ? `${groupId!.length}:${groupId}${deduplicationId}` : deduplicationId!;

/** What was answered to the first of them, if this one repeats it. */
export function acceptedBefore(cloud: Cloud, queue: Queue, draft: Checked): Accepted | undefined {
  const row = cloud.store
    .statement("state", "select id, sequence from sqs_deduplication where queue = ? and key = ? and until_ms > ?")
    .get(queue.id, keyOf(queue, draft), cloud.world.clock.nowMs());
  return row as Accepted | undefined;
}

export function noteAccepted(cloud: Cloud, queue: Queue, draft: Checked, { id, sequence }: Accepted): void {
  cloud.store
    .statement("state", "insert or replace into sqs_deduplication (queue, key, until_ms, id, sequence) values (?, ?, ?, ?, ?)")
    .run(queue.id, keyOf(queue, draft), cloud.world.clock.nowMs() + deduplicationMs, id, sequence);
}

/** Forgets what is past, and all of queues that are gone. */
export function forgetOld(cloud: Cloud): void {
  const nowMs = cloud.world.clock.nowMs();
  cloud.store.statement("state", "delete from sqs_deduplication where until_ms <= ?").run(nowMs);
  cloud.store.statement("state", "delete from sqs_attempt where until_ms <= ?").run(nowMs);
}
