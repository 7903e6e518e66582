/** Which messages a receiver gets: the oldest visible ones; of a FIFO queue, in order within each group, and of no group that is in somebody's hands. */
import type { Cloud } from "../../cloud.ts";
import { noteAttempt, repeatAttempt } from "./attempts.ts";
import { deadLetterQueueFor, moveToDeadLetters } from "./dead-letters.ts";
import { availableGroups, lockGroup } from "./groups.ts";
import { noteReceived, roomInFlight } from "./in-flight.ts";
import { remove } from "./messages.ts";
import type { Queue } from "./queue.ts";
import type { MessageRow } from "./tables.ts";

export interface Wanted {
  /** At most. */
  count: number;
  visibilityMs: number;
  /** ReceiveRequestAttemptId, of FIFO queues. */
  attempt: string | undefined;
}

/** One call clears away so many messages that are too old or dead letters; the next goes on. */
const mostCleared = 1000;

interface Taking {
  readonly cloud: Cloud;
  readonly queue: Queue;
  readonly wanted: Wanted;
  readonly nowMs: number;
  /** Told of a queue that got a dead letter. */
  readonly arrived: (queue: Queue) => void;
  readonly taken: MessageRow[];
  left: number;
  cleared: number;
}

/** Takes messages into flight, within a change. They come as they are after it. */
export function take(cloud: Cloud, queue: Queue, wanted: Wanted, arrived: (queue: Queue) => void): MessageRow[] {
  const { fifo } = queue.settings;
  const attempt = fifo ? wanted.attempt : undefined;
  const before = attempt === undefined ? undefined : repeatAttempt(cloud, queue, attempt, wanted.visibilityMs);
  if (before) return before;
  const left = Math.min(wanted.count, roomInFlight(cloud, queue));
  const taking: Taking = { cloud, queue, wanted, nowMs: cloud.world.clock.nowMs(), arrived, taken: [], left, cleared: 0 };
  if (fifo) takeInOrder(taking);
  else takeOldest(taking);
  const { taken } = taking;
  noteReceived(cloud, queue, taken.length);
  if (attempt !== undefined && taken.length > 0) noteAttempt(cloud, queue, attempt, taken);
  return taken;
}

function takeOldest(taking: Taking): void {
  const { cloud, queue, nowMs } = taking;
  const select = cloud.store.statement(
    "state",
    "select * from sqs_message where queue = ? and visible_ms <= ? order by visible_ms, sent_ms limit ?",
  );
  // Received with a visibility timeout of 0, a message is visible at once; still one call gets it once.
  const seen = new Set<number>();
  while (taking.left > 0 && taking.cleared < mostCleared) {
    const asked = taking.left + seen.size;
    const rows = select.all(queue.id, nowMs, asked) as unknown as MessageRow[];
    for (const row of rows) {
      if (seen.has(row.seq)) continue;
      if (clear(taking, row)) continue;
      receive(taking, row);
      if (row.visible_ms <= nowMs) seen.add(row.seq);
    }
    if (rows.length < asked) return;
  }
}

function takeInOrder(taking: Taking): void {
  const { cloud, queue, nowMs, taken } = taking;
  const done = new Set<string>();
  while (taking.left > 0 && taking.cleared < mostCleared) {
    const groups = availableGroups(cloud, queue.id, nowMs, taking.left + done.size).filter((group) => !done.has(group));
    if (groups.length === 0) return;
    for (const group of groups) {
      done.add(group);
      const before = taken.length;
      takeOfGroup(taking, group);
      if (taken.length > before) lockGroup(cloud, queue.id, group, nowMs + taking.wanted.visibilityMs);
    }
  }
}

/** As many as there is room for, up to the first that is delayed. */
function takeOfGroup(taking: Taking, group: string): void {
  const { cloud, queue, nowMs } = taking;
  const select = cloud.store.statement(
    "state",
    "select * from sqs_message where queue = ? and group_id = ? and seq > ? order by seq limit ?",
  );
  let after = 0;
  while (taking.left > 0 && taking.cleared < mostCleared) {
    const rows = select.all(queue.id, group, after, taking.left) as unknown as MessageRow[];
    if (rows.length === 0) return;
    for (const row of rows) {
      if (row.visible_ms > nowMs) return;
      after = row.seq;
      if (!clear(taking, row)) receive(taking, row);
    }
  }
}

/** Whether the message is none to receive any more: then it is gone, or moved to the dead letters. */
function clear(taking: Taking, row: MessageRow): boolean {
  const { cloud, queue, nowMs } = taking;
  if (row.sent_ms <= nowMs - queue.settings.retentionMs) {
    remove(cloud, row, queue);
  } else {
    const target = deadLetterQueueFor(cloud, queue, row);
    if (!target) return false;
    moveToDeadLetters(cloud, row, queue, target);
    taking.arrived(target);
  }
  taking.cleared++;
  return true;
}

function receive(taking: Taking, row: MessageRow): void {
  const { cloud, nowMs, wanted, taken } = taking;
  row.received++;
  row.first_received_ms ??= nowMs;
  row.last_received_ms = nowMs;
  row.visible_ms = nowMs + wanted.visibilityMs;
  cloud.store
    .statement("state", "update sqs_message set visible_ms = ?, received = ?, first_received_ms = ?, last_received_ms = ? where seq = ?")
    .run(row.visible_ms, row.received, row.first_received_ms, nowMs, row.seq);
  taken.push(row);
  taking.left--;
}

/** Removes up to `limit` messages that are older than the queue keeps them. */
export function removeExpired(cloud: Cloud, queue: Queue, limit: number): void {
  const rows = cloud.store
    .statement("state", "select seq, group_id from sqs_message where queue = ? and sent_ms <= ? limit ?")
    .all(queue.id, cloud.world.clock.nowMs() - queue.settings.retentionMs, limit) as unknown as Pick<MessageRow, "seq" | "group_id">[];
  for (const row of rows) remove(cloud, row, queue);
}
