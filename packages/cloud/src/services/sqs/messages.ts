/** Messages on queues: put there, moved, counted and removed. All within a change of `commits.ts`, or in a transaction. */
import type { Cloud } from "../../cloud.ts";
import type { Checked } from "./draft.ts";
import { joinGroup, refreshGroup } from "./groups.ts";
import type { Queue } from "./queue.ts";
import { type MessageRow, nextSeq } from "./tables.ts";

const columns = [
  "seq",
  "queue",
  "visible_ms",
  "received",
  "sent_ms",
  "first_received_ms",
  "last_received_ms",
  "group_id",
  "deduplication_id",
  "sequence",
  "id",
  "sender",
  "body_md5",
  "trace",
  "source_arn",
  "attributes",
  "body",
] as const satisfies (keyof MessageRow)[];

const insertion = `insert into sqs_message (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`;

function insert(cloud: Cloud, row: MessageRow, fifo: boolean): void {
  cloud.store.statement("state", insertion).run(...columns.map((column) => row[column]));
  if (fifo) joinGroup(cloud, row.queue, row.group_id!, row.seq, row.visible_ms);
}

export interface Accepted {
  id: string;
  /** In the order of all messages. */
  sequence: number;
}

/** Puts a new message at the end of the queue. */
export function append(cloud: Cloud, queue: Queue, draft: Checked, id: string, sender: string): Accepted {
  const nowMs = cloud.world.clock.nowMs();
  const seq = nextSeq(cloud);
  const row: MessageRow = {
    seq,
    queue: queue.id,
    visible_ms: nowMs + draft.delayMs,
    received: 0,
    sent_ms: nowMs,
    first_received_ms: null,
    last_received_ms: null,
    group_id: draft.groupId ?? null,
    deduplication_id: draft.deduplicationId ?? null,
    sequence: seq,
    id,
    sender,
    body_md5: draft.bodyMd5,
    trace: draft.trace ?? null,
    source_arn: null,
    attributes: draft.attributes ?? null,
    body: draft.body,
  };
  insert(cloud, row, queue.settings.fifo);
  return { id, sequence: seq };
}

/** To the end of another queue, with `changes` of it. Its place in the old queue is free. */
export function move(cloud: Cloud, row: MessageRow, from: Queue, to: Queue, changes: Partial<MessageRow>): void {
  remove(cloud, row, from);
  insert(cloud, { ...row, seq: nextSeq(cloud), queue: to.id, visible_ms: cloud.world.clock.nowMs(), ...changes }, to.settings.fifo);
}

export function remove(cloud: Cloud, { seq, group_id }: Pick<MessageRow, "seq" | "group_id">, queue: Queue): void {
  cloud.store.statement("state", "delete from sqs_message where seq = ?").run(seq);
  if (queue.settings.fifo) refreshGroup(cloud, queue.id, group_id!);
}

export function removeAll(cloud: Cloud, queue: number): void {
  cloud.store.transaction(() => {
    cloud.store.statement("state", "delete from sqs_message where queue = ?").run(queue);
    cloud.store.statement("state", "delete from sqs_group where queue = ?").run(queue);
    cloud.store.statement("state", "delete from sqs_attempt where queue = ?").run(queue);
  });
}

export function messageAt(cloud: Cloud, seq: number): MessageRow | undefined {
  return cloud.store.statement("state", "select * from sqs_message where seq = ?").get(seq) as MessageRow | undefined;
}

export interface Counts {
  visible: number;
  inFlight: number;
  delayed: number;
  /** When the oldest was sent. */
  oldestMs: number | undefined;
}

/** Those older than the queue keeps them are gone already, whether removed or not. */
export function countMessages(cloud: Cloud, { id, settings }: Queue): Counts {
  const nowMs = cloud.world.clock.nowMs();
  const row = cloud.store
    .statement(
      "state",
      `select count(case when visible_ms <= ?2 then 1 end) as visible,
        count(case when visible_ms > ?2 and received > 0 then 1 end) as inFlight,
        count(case when visible_ms > ?2 and received = 0 then 1 end) as delayed,
        min(sent_ms) as oldestMs
      from sqs_message where queue = ?1 and sent_ms > ?3`,
    )
    .get(id, nowMs, nowMs - settings.retentionMs) as unknown as Omit<Counts, "oldestMs"> & { oldestMs: number | null };
  return { ...row, oldestMs: row.oldestMs ?? undefined };
}

/** When the next message becomes visible that is not now, by time alone. */
export function nextVisibleMs(cloud: Cloud, { id, settings }: Queue): number | undefined {
  const sql = settings.fifo
    ? "select min(available_ms) as next from sqs_group where queue = ? and available_ms > ?"
    : "select min(visible_ms) as next from sqs_message where queue = ? and visible_ms > ?";
  const { next } = cloud.store.statement("state", sql).get(id, cloud.world.clock.nowMs()) as { next: number | null };
  return next ?? undefined;
}

/** Brings a dead letter back, as AWS does: a new message with an id, an age and a count of its own. */
export function redrive(cloud: Cloud, row: MessageRow, from: Queue, to: Queue): void {
  const nowMs = cloud.world.clock.nowMs();
  const seq = nextSeq(cloud);
  remove(cloud, row, from);
  const renewed = { received: 0, sent_ms: nowMs, first_received_ms: null, last_received_ms: null, source_arn: null };
  const id = cloud.world.random.uuid();
  insert(cloud, { ...row, ...renewed, id, seq, sequence: seq, queue: to.id, visible_ms: nowMs + to.settings.delayMs }, to.settings.fifo);
}
