/** ReceiveRequestAttemptId of FIFO queues: who asks again after a lost answer gets the same messages with the same handles. */
import type { Cloud } from "../../cloud.ts";
import { deduplicationMs } from "./deduplication.ts";
import { lockGroup } from "./groups.ts";
import { messageAt } from "./messages.ts";
import type { Queue } from "./queue.ts";
import type { MessageRow } from "./tables.ts";

type Noted = [seq: number, received: number];

/** The messages of the first attempt, invisible for `visibilityMs` anew; `undefined` when one of them is not in flight any more. */
export function repeatAttempt(cloud: Cloud, queue: Queue, attempt: string, visibilityMs: number): MessageRow[] | undefined {
  const nowMs = cloud.world.clock.nowMs();
  const found = cloud.store
    .statement("state", "select receipts from sqs_attempt where queue = ? and attempt = ? and until_ms > ?")
    .get(queue.id, attempt, nowMs);
  if (!found) return undefined;
  const noted = JSON.parse(found["receipts"] as string) as Noted[];
  const rows = noted.map(([seq, received]) => {
    const row = messageAt(cloud, seq);
    return row?.received === received && row.queue === queue.id && row.visible_ms > nowMs ? row : undefined;
  });
  if (!rows.every((row) => row !== undefined)) return undefined;
  for (const row of rows) {
    row.visible_ms = nowMs + visibilityMs;
    cloud.store.statement("state", "update sqs_message set visible_ms = ? where seq = ?").run(row.visible_ms, row.seq);
    lockGroup(cloud, queue.id, row.group_id!, row.visible_ms);
  }
  return rows;
}

export function noteAttempt(cloud: Cloud, queue: Queue, attempt: string, rows: readonly MessageRow[]): void {
  const noted: Noted[] = rows.map(({ seq, received }) => [seq, received]);
  cloud.store
    .statement("state", "insert or replace into sqs_attempt (queue, attempt, until_ms, receipts) values (?, ?, ?, ?)")
    .run(queue.id, attempt, cloud.world.clock.nowMs() + deduplicationMs, JSON.stringify(noted));
}
