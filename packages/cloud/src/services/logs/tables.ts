/** The telemetry tables of CloudWatch Logs: streams and events, indexed by group and by stream in order of time. */
import type { Cloud } from "../../cloud.ts";

/** Made at the start of the cloud. A stream's figures and its events change in one transaction. */
export const schema = `
  create table if not exists log_stream (
    id integer primary key,
    group_id integer not null,
    name text not null,
    creation_time integer not null,
    first_event integer,
    last_event integer,
    last_ingestion integer,
    unique (group_id, name));
  create table if not exists log_event (
    group_id integer not null,
    time integer not null,
    id integer not null,
    stream_id integer not null,
    ingestion_time integer not null,
    size integer not null,
    message text not null,
    primary key (group_id, time, id)) without rowid;
  create index if not exists log_event_by_stream on log_event (stream_id, time, id);
  create table if not exists log_group_size (group_id integer primary key, bytes integer not null);
  create table if not exists log_counter (name text primary key, next integer not null) without rowid;
`;

/** Takes `count` numbers of a sequence that never repeats, and gives the first. Inside a transaction where one is open. */
export function takeNumbers(cloud: Cloud, sequence: "event" | "group", count: number): number {
  const row = cloud.store
    .statement(
      "telemetry",
      "insert into log_counter (name, next) values (?1, 1 + ?2) on conflict (name) do update set next = next + ?2 returning next - ?2 as first",
    )
    .get(sequence, count) as { first: number };
  return row.first;
}

/** All or nothing, on the telemetry database. `run` is synchronous and does not nest. */
export function inTelemetry<R>(cloud: Cloud, run: () => R): R {
  const { telemetry } = cloud.store;
  telemetry.exec("begin immediate");
  try {
    const result = run();
    telemetry.exec("commit");
    return result;
  } catch (error) {
    telemetry.exec("rollback");
    throw error;
  }
}
