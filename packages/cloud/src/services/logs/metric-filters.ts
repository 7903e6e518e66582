/** Metric filters: what is kept of each, and the metrics that arriving events make through them. */
import type { MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";
import type { NewEvent } from "./events.ts";
import { parseFilterPattern } from "./filter-pattern/index.ts";
import type { Extracted, FilterPattern } from "./filter-pattern/match.ts";

export interface MetricFilter {
  filterName: string;
  filterPattern: string;
  logGroupName: string;
  creationTimeMs: number;
  transformation: MetricTransformation;
  applyOnTransformedLogs: boolean;
}

export function metricFilters(cloud: Cloud) {
  return cloud.store.collection<MetricFilter>("logs.metricFilter");
}

/** In the order of their names. */
export function filtersOf(cloud: Cloud, region: string, groupName: string): MetricFilter[] {
  return metricFilters(cloud).list(region, `${groupName}:`);
}

const minuteMs = 60_000;
const compiled = Symbol("logs.metricFilter.compiled");
const silent = Symbol("logs.metricFilter.silentMinute");

/** Gives each filter of the group the events that have just come in, and CloudWatch the values that they make. */
export async function feedMetricFilters(context: OperationContext, groupName: string, events: readonly NewEvent[]): Promise<void> {
  const { cloud, region, account } = context;
  for (const filter of filtersOf(cloud, region, groupName)) {
    const { metricName, metricNamespace, unit, dimensions } = filter.transformation;
    const match = patternOf(cloud, filter);
    const matched = new Set<number>();
    const data = events.flatMap(({ timestamp, message }) => {
      const extracted = match(message);
      if (!extracted) return [];
      matched.add(Math.floor(timestamp / minuteMs));
      const value = valueOf(filter.transformation.metricValue!, extracted);
      const chosen = Object.entries(dimensions ?? {}).map(([Name, selector]) => ({ Name, Value: extracted.get(selector) }));
      if (value === undefined || chosen.some(({ Value }) => Value === undefined || Value === "")) return [];
      return [{ timestamp, value, dimensions: chosen as { Name: string; Value: string }[] }];
    });
    for (const timestamp of silentMinutes(cloud, `${region}/${groupName}/${filter.filterName}`, filter, events, matched)) {
      data.push({ timestamp, value: filter.transformation.defaultValue!, dimensions: [] });
    }
    if (data.length === 0) continue;
    const call = cloud.as(servicePrincipal(account, "logs.amazonaws.com"), region);
    for (let start = 0; start < data.length; start += 1000) {
      await call("cloudwatch", "PutMetricData", {
        Namespace: metricNamespace!,
        MetricData: data.slice(start, start + 1000).map((datum) => ({
          MetricName: metricName!,
          Timestamp: new Date(datum.timestamp),
          Value: datum.value,
          Unit: unit ?? "None",
          ...(datum.dimensions.length > 0 && { Dimensions: datum.dimensions }),
        })),
      });
    }
  }
}

/** The selectors of a transformation, as `$.latency` or `$bytes`. */
export function selectorsOf({ metricValue, dimensions }: MetricTransformation): string[] {
  return [metricValue, ...Object.values(dimensions ?? {})].filter((each): each is string => each?.startsWith("$") === true);
}

/** `1`, or what a selector found, where that is a number. */
function valueOf(metricValue: string, extracted: Extracted): number | undefined {
  const text = metricValue.startsWith("$") ? extracted.get(metricValue) : metricValue;
  const value = text === undefined || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * The minutes of this batch for which the default value is due: events came, none matched. Once a minute, as AWS reports it.
 */
function silentMinutes(
  cloud: Cloud,
  key: string,
  filter: MetricFilter,
  events: readonly NewEvent[],
  matched: ReadonlySet<number>,
): number[] {
  if (filter.transformation.defaultValue === undefined) return [];
  const told = cloud.memory(silent, () => new Map<string, number>());
  const minutes = new Set(events.map(({ timestamp }) => Math.floor(timestamp / minuteMs)));
  const newest = told.get(key) ?? -1;
  const due = [...minutes].filter((minute) => !matched.has(minute) && minute > newest);
  told.set(key, Math.max(newest, ...minutes));
  return due.map((minute) => minute * minuteMs);
}

function patternOf(cloud: Cloud, filter: MetricFilter): FilterPattern {
  const patterns = cloud.memory(compiled, () => new Map<string, FilterPattern>());
  const selectors = selectorsOf(filter.transformation).filter((selector) => selector.startsWith("$."));
  const key = JSON.stringify([filter.filterPattern, selectors]);
  let pattern = patterns.get(key);
  if (!pattern) patterns.set(key, (pattern = parseFilterPattern(filter.filterPattern, selectors)));
  return pattern;
}
