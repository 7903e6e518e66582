/** The message groups of a FIFO queue: while a message of one is in flight or delayed, the others behind it wait. */
import type { Cloud } from "../../cloud.ts";

/** Notes the message as the head of its group, unless there are others before it. */
export function joinGroup(cloud: Cloud, queue: number, groupId: string, seq: number, availableMs: number): void {
  cloud.store
    .statement("state", "insert into sqs_group (queue, group_id, head_seq, available_ms) values (?, ?, ?, ?) on conflict do nothing")
    .run(queue, groupId, seq, availableMs);
}

/** After its messages were received. */
export function lockGroup(cloud: Cloud, queue: number, groupId: string, untilMs: number): void {
  cloud.store.statement("state", "update sqs_group set available_ms = ? where queue = ? and group_id = ?").run(untilMs, queue, groupId);
}

/** After messages of it were deleted, moved or made visible: finds its head, and from when on it may be received. */
export function refreshGroup(cloud: Cloud, queue: number, groupId: string): void {
  const head = cloud.store
    .statement("state", "select seq, visible_ms from sqs_message where queue = ? and group_id = ? order by seq limit 1")
    .get(queue, groupId) as { seq: number; visible_ms: number } | undefined;
  if (!head) {
    cloud.store.statement("state", "delete from sqs_group where queue = ? and group_id = ?").run(queue, groupId);
    return;
  }
  const { locked } = cloud.store
    .statement("state", "select max(visible_ms) as locked from sqs_message where queue = ? and group_id = ? and received > 0")
    .get(queue, groupId) as { locked: number | null };
  cloud.store
    .statement("state", "insert or replace into sqs_group (queue, group_id, head_seq, available_ms) values (?, ?, ?, ?)")
    .run(queue, groupId, head.seq, Math.max(head.visible_ms, locked ?? 0));
}

export function refreshAllGroups(cloud: Cloud, queue: number): void {
  const all = cloud.store.statement("state", "select group_id from sqs_group where queue = ?").all(queue);
  for (const { group_id } of all) refreshGroup(cloud, queue, group_id as string);
}

/** Those that may be received now, the one with the oldest message first. */
export function availableGroups(cloud: Cloud, queue: number, nowMs: number, limit: number): string[] {
  return cloud.store
    .statement("state", "select group_id from sqs_group where queue = ? and available_ms <= ? order by head_seq limit ?")
    .all(queue, nowMs, limit)
    .map(({ group_id }) => group_id as string);
}
