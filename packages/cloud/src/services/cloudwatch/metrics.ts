/** Metrics on disk: which there are, and what was put into each. */
import type { Cloud } from "../../cloud.ts";

export interface MetricKey {
  namespace: string;
  name: string;
  dimensions: readonly Dimension[];
}

export interface Dimension {
  Name: string;
  Value: string;
}

/** Of one time and unit: one value so many times (then all values are equal), or a set of statistics. */
export interface Datum {
  /** Milliseconds, at a full minute, or at a full second where the resolution is high. */
  time: number;
  unit: string;
  count: number;
  sum: number;
  min: number;
  max: number;
}

export const schema = `
  create table if not exists metric (
    id integer primary key,
    region text not null,
    namespace text not null,
    name text not null,
    dimensions text not null,
    last_time integer not null,
    unique (region, namespace, name, dimensions));
  create table if not exists metric_datum (
    metric_id integer not null,
    time integer not null,
    unit text not null,
    count real not null,
    sum real not null,
    min real not null,
    max real not null);
  create index if not exists metric_datum_by_time on metric_datum (metric_id, time);
  create table if not exists alarm_history (
    id integer primary key,
    region text not null,
    alarm text not null,
    alarm_type text not null,
    time integer not null,
    type text not null,
    summary text not null,
    data text not null);
  create index if not exists alarm_history_by_time on alarm_history (region, time);
`;

/** Their order does not matter: the same set is the same metric. */
function dimensionsText(dimensions: readonly Dimension[]): string {
  const pairs = dimensions.map(({ Name, Value }): [string, string] => [Name, Value]);
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function putData(cloud: Cloud, region: string, entries: readonly { metric: MetricKey; data: readonly Datum[] }[]): void {
  const { store } = cloud;
  const nowMs = cloud.world.clock.nowMs();
  const insert = store.statement(
    "telemetry",
    "insert into metric_datum (metric_id, time, unit, count, sum, min, max) values (?, ?, ?, ?, ?, ?, ?)",
  );
  store.telemetry.exec("begin immediate");
  try {
    for (const { metric, data } of entries) {
      const { id } = store
        .statement(
          "telemetry",
          `insert into metric (region, namespace, name, dimensions, last_time) values (?, ?, ?, ?, ?)
            on conflict do update set last_time = excluded.last_time returning id`,
        )
        .get(region, metric.namespace, metric.name, dimensionsText(metric.dimensions), nowMs) as { id: number };
      for (const { time, unit, count, sum, min, max } of data) insert.run(id, time, unit, count, sum, min, max);
    }
    store.telemetry.exec("commit");
  } catch (error) {
    store.telemetry.exec("rollback");
    throw error;
  }
}

/** A metric's data from `startMs` (inclusive) to `endMs` (exclusive), in order of time; of one unit where that is given. */
export function dataOf(cloud: Cloud, region: string, metric: MetricKey, startMs: number, endMs: number, unit?: string): Datum[] {
  const rows = cloud.store
    .statement(
      "telemetry",
      `select time, unit, count, sum, min, max from metric_datum
        where metric_id = (select id from metric where region = ? and namespace = ? and name = ? and dimensions = ?) and time >= ? and time < ? order by time`,
    )
    .all(region, metric.namespace, metric.name, dimensionsText(metric.dimensions), startMs, endMs) as unknown as Datum[];
  return unit === undefined ? rows : rows.filter((row) => row.unit === unit);
}

export interface ListedMetric extends MetricKey {
  id: number;
  /** When data last came for it. */
  lastTimeMs: number;
}

export function listMetrics(cloud: Cloud, region: string, namespace?: string, name?: string): ListedMetric[] {
  const rows = cloud.store
    .statement(
      "telemetry",
      `select * from metric where region = ?1 and (?2 is null or namespace = ?2) and (?3 is null or name = ?3) order by id`,
    )
    .all(region, namespace ?? null, name ?? null) as {
    id: number;
    namespace: string;
    name: string;
    dimensions: string;
    last_time: number;
  }[];
  return rows.map((row) => ({
    id: row.id,
    namespace: row.namespace,
    name: row.name,
    dimensions: (JSON.parse(row.dimensions) as [string, string][]).map(([Name, Value]) => ({ Name, Value })),
    lastTimeMs: row.last_time,
  }));
}

const dayMs = 86_400_000;

/**
 * AWS keeps points of a minute for 15 days, of five minutes for 63, of an hour for 455. What grows older is put together here, and
 * then has no percentiles any more.
 */
export function rollUp(cloud: Cloud): void {
  const nowMs = cloud.world.clock.nowMs();
  const { telemetry } = cloud.store;
  telemetry.exec("begin immediate");
  try {
    for (const [olderThanMs, periodMs] of [
      [15 * dayMs, 300_000],
      [63 * dayMs, 3_600_000],
    ] as const) {
      const before = Math.floor((nowMs - olderThanMs) / periodMs) * periodMs;
      const old = telemetry
        .prepare(
          `select metric_id, time - time % ?1 as start, unit, sum(count) as count, sum(sum) as sum, min(min) as min, max(max) as max
          from metric_datum where time < ?2 and time % ?1 <> 0 group by 1, 2, 3`,
        )
        .all(periodMs, before) as {
        metric_id: number;
        start: number;
        unit: string;
        count: number;
        sum: number;
        min: number;
        max: number;
      }[];
      telemetry.prepare("delete from metric_datum where time < ?2 and time % ?1 <> 0").run(periodMs, before);
      const insert = telemetry.prepare(
        "insert into metric_datum (metric_id, time, unit, count, sum, min, max) values (?, ?, ?, ?, ?, ?, ?)",
      );
      for (const row of old) insert.run(row.metric_id, row.start, row.unit, row.count, row.sum, row.min, row.max);
    }
    telemetry.prepare("delete from metric_datum where time < ?").run(nowMs - 455 * dayMs);
    telemetry.prepare("delete from metric where last_time < ?").run(nowMs - 455 * dayMs);
    telemetry.prepare("delete from alarm_history where time < ?").run(nowMs - 30 * dayMs);
    telemetry.exec("commit");
  } catch (error) {
    telemetry.exec("rollback");
    throw error;
  }
}
