/** The tables of messages. */
import type { Cloud } from "../../cloud.ts";

/**
 * A message that was never received and is not visible yet is delayed; one that was received and is not visible is in flight.
 * `sqs_group` has one row for each group of a FIFO queue that has messages: its oldest, and from when on the group may be received.
 */
export const schema = `
  create table if not exists sqs_message (
    seq integer primary key,
    queue integer not null,
    visible_ms integer not null,
    received integer not null,
    sent_ms integer not null,
    first_received_ms integer,
    last_received_ms integer,
    group_id text,
    deduplication_id text,
    sequence integer not null,
    id text not null,
    sender text not null,
    body_md5 text not null,
    trace text,
    source_arn text,
    attributes text,
    body text not null);
  create index if not exists sqs_message_by_visibility on sqs_message (queue, visible_ms, sent_ms, received);
  create index if not exists sqs_message_by_group on sqs_message (queue, group_id, seq) where group_id is not null;
  create index if not exists sqs_message_in_flight on sqs_message (queue, group_id, visible_ms) where group_id is not null and received > 0;
  create table if not exists sqs_group (
    queue integer not null,
    group_id text not null,
    head_seq integer not null,
    available_ms integer not null,
    primary key (queue, group_id)) without rowid;
  create index if not exists sqs_group_by_head on sqs_group (queue, head_seq, available_ms);
  create table if not exists sqs_deduplication (
    queue integer not null,
    key text not null,
    until_ms integer not null,
    id text not null,
    sequence integer not null,
    primary key (queue, key)) without rowid;
  create table if not exists sqs_attempt (
    queue integer not null,
    attempt text not null,
    until_ms integer not null,
    receipts text not null,
    primary key (queue, attempt)) without rowid;
`;

export interface MessageRow {
  seq: number;
  queue: number;
  visible_ms: number;
  /** How often. */
  received: number;
  sent_ms: number;
  first_received_ms: number | null;
  last_received_ms: number | null;
  group_id: string | null;
  deduplication_id: string | null;
  /** Where the message stands in its FIFO queue; kept when it goes to the dead-letter queue. */
  sequence: number;
  id: string;
  sender: string;
  body_md5: string;
  trace: string | null;
  /** The queue that it was moved from as a dead letter. */
  source_arn: string | null;
  /** JSON of message attributes. */
  attributes: string | null;
  body: string;
}

const memory = Symbol("sqs sequence");

/** Places per millisecond: more messages than can come in one. */
const places = 4096;

/**
 * The next place in the order of messages. It rises by the clock, so that none is given twice even when the newest message
 * was deleted before a restart.
 */
export function nextSeq(cloud: Cloud): number {
  const counter = cloud.memory(memory, () => ({
    last: (cloud.store.statement("state", "select max(seq) as last from sqs_message").get() as { last: number | null }).last ?? 0,
  }));
  counter.last = Math.max(counter.last + 1, cloud.world.clock.nowMs() * places);
  return counter.last;
}
