/** Log events on disk: written in batches, read in order of time, then of arrival. */
import type { Cloud } from "../../cloud.ts";
import type { LogGroup } from "./groups.ts";
import type { LogStream } from "./streams.ts";
import { inTelemetry, takeNumbers } from "./tables.ts";

/** AWS counts so many bytes for an event beside its message. */
export const eventOverheadBytes = 26;

export interface NewEvent {
  timestamp: number;
  message: string;
}

export interface StoredEvent {
  time: number;
  id: number;
  stream_id: number;
  ingestion_time: number;
  message: string;
}

/** A place between events: after the event of that time and id, or before it, by the direction of reading. */
export interface Position {
  time: number;
  id: number;
}

export const beforeAll: Position = { time: -1, id: -1 };
export const afterAll: Position = { time: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };

/** Appends events, which are in order of time, in one transaction. Gives the id of the first; the others follow by one. */
export function appendEvents(cloud: Cloud, group: LogGroup, stream: LogStream, events: readonly NewEvent[]): number {
  const nowMs = cloud.world.clock.nowMs();
  const insert = cloud.store.statement(
    "telemetry",
    "insert into log_event (group_id, time, id, stream_id, ingestion_time, size, message) values (?, ?, ?, ?, ?, ?, ?)",
  );
  return inTelemetry(cloud, () => {
    const first = takeNumbers(cloud, "event", events.length);
    let id = first;
    let bytes = 0;
    for (const { timestamp, message } of events) {
      const size = Buffer.byteLength(message) + eventOverheadBytes;
      bytes += size;
      insert.run(group.id, timestamp, id++, stream.id, nowMs, size, message);
    }
    cloud.store
      .statement(
        "telemetry",
        `update log_stream set first_event = min(coalesce(first_event, ?2), ?2), last_event = max(coalesce(last_event, ?3), ?3),
          last_ingestion = ?4 where id = ?1`,
      )
      .run(stream.id, events[0]!.timestamp, events.at(-1)!.timestamp, nowMs);
    cloud.store
      .statement(
        "telemetry",
        "insert into log_group_size (group_id, bytes) values (?1, ?2) on conflict (group_id) do update set bytes = bytes + ?2",
      )
      .run(group.id, bytes);
    return first;
  });
}

export interface EventRange {
  /** Inclusive. */
  startMs: number;
  /** Exclusive. */
  endMs: number;
  /** Exclusive: events beyond this place in the direction of reading. */
  from: Position;
  limit: number;
}

/** A stream's events from a place forward, oldest first. */
export function readForward(cloud: Cloud, stream: LogStream, range: EventRange): StoredEvent[] {
  return select(cloud, "stream_id", ">", "asc", stream.id, range);
}

/** A stream's events from a place backward, newest first. */
export function readBackward(cloud: Cloud, stream: LogStream, range: EventRange): StoredEvent[] {
  return select(cloud, "stream_id", "<", "desc", stream.id, range);
}

/** A group's events over all its streams, oldest first. */
export function readGroup(cloud: Cloud, group: LogGroup, range: EventRange): StoredEvent[] {
  return select(cloud, "group_id", ">", "asc", group.id, range);
}

export function storedBytes(cloud: Cloud, groupId: number): number {
  const row = cloud.store.statement("telemetry", "select bytes from log_group_size where group_id = ?").get(groupId);
  return (row?.bytes as number | undefined) ?? 0;
}

/** Removes up to `limit` of a group's events that are older; whether some may be left. */
export function deleteOlder(cloud: Cloud, groupId: number, beforeMs: number, limit: number): boolean {
  return inTelemetry(cloud, () => {
    const removed = cloud.store
      .statement(
        "telemetry",
        `delete from log_event where (group_id, time, id) in
          (select group_id, time, id from log_event where group_id = ? and time < ? order by time, id limit ?) returning size`,
      )
      .all(groupId, beforeMs, limit) as { size: number }[];
    const bytes = removed.reduce((sum, { size }) => sum + size, 0);
    cloud.store.statement("telemetry", "update log_group_size set bytes = bytes - ? where group_id = ?").run(bytes, groupId);
    return removed.length === limit;
  });
}

function select(cloud: Cloud, by: "stream_id" | "group_id", beyond: "<" | ">", order: "asc" | "desc", key: number, range: EventRange) {
  const rows = cloud.store
    .statement(
      "telemetry",
      `select time, id, stream_id, ingestion_time, message from log_event
        where ${by} = ? and time >= ? and time < ? and (time, id) ${beyond} (?, ?) order by time ${order}, id ${order} limit ?`,
    )
    .all(key, range.startMs, range.endMs, range.from.time, range.from.id, range.limit);
  return rows as unknown as StoredEvent[];
}

/** An event's id as AWS shows it: 56 digits that sort as the events do. */
export function eventId({ time, id }: Position): string {
  return ((BigInt(Math.max(0, time)) << 144n) + BigInt(Math.max(0, id))).toString().padStart(56, "0");
}

/** The place that an event's id stands for, or `undefined` when it is no id. */
export function positionOf(text: string): Position | undefined {
  if (!/^\d{56}$/u.test(text)) return undefined;
  const value = BigInt(text);
  return { time: Number(value >> 144n), id: Number(value & ((1n << 144n) - 1n)) };
}
