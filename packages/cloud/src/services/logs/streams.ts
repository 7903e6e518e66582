/** Log streams, kept beside their events. */
import type { Cloud } from "../../cloud.ts";
import { checkConstraints } from "../../constraints.ts";
import { streamNotFound } from "./errors.ts";
import type { LogGroup } from "./groups.ts";
import { inTelemetry } from "./tables.ts";

export interface LogStream {
  id: number;
  group_id: number;
  name: string;
  /** Milliseconds, as all times here. */
  creation_time: number;
  first_event: number | null;
  last_event: number | null;
  last_ingestion: number | null;
}

export function checkStreamName(name: string, member = "logStreamName"): void {
  checkConstraints("InvalidParameterException", { [member]: [name, { length: [1, 512], pattern: "[^:*]*" }] });
}

export function createStream(cloud: Cloud, group: LogGroup, name: string): boolean {
  const { changes } = cloud.store
    .statement("telemetry", "insert or ignore into log_stream (group_id, name, creation_time) values (?, ?, ?)")
    .run(group.id, name, cloud.world.clock.nowMs());
  return changes > 0;
}

export function findStream(cloud: Cloud, group: LogGroup, name: string): LogStream {
  checkStreamName(name);
  const row = cloud.store.statement("telemetry", "select * from log_stream where group_id = ? and name = ?").get(group.id, name);
  if (!row) throw streamNotFound();
  return row as unknown as LogStream;
}

/** In the order of names. */
export function streamsOf(cloud: Cloud, group: LogGroup): LogStream[] {
  const rows = cloud.store.statement("telemetry", "select * from log_stream where group_id = ? order by name").all(group.id);
  return rows as unknown as LogStream[];
}

export function deleteStream(cloud: Cloud, stream: LogStream): void {
  const run = (sql: string) => cloud.store.statement("telemetry", sql).run(stream.id);
  inTelemetry(cloud, () => {
    run(`update log_group_size set bytes = bytes - (select coalesce(sum(size), 0) from log_event where stream_id = ?1)
      where group_id = (select group_id from log_stream where id = ?1)`);
    run("delete from log_event where (group_id, time, id) in (select group_id, time, id from log_event where stream_id = ?)");
    run("delete from log_stream where id = ?");
  });
}

/** Removes all that a group holds. */
export function deleteContents(cloud: Cloud, groupId: number): void {
  inTelemetry(cloud, () => {
    for (const table of ["log_event", "log_stream", "log_group_size"]) {
      cloud.store.statement("telemetry", `delete from ${table} where group_id = ?`).run(groupId);
    }
  });
}
