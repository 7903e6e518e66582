/** Why an alarm is in its state, in AWS's words and in its JSON. */
import type { AlarmState, Watch } from "./alarms.ts";
import type { Evaluation } from "./alarm-evaluation.ts";

export interface EvaluatedPoint {
  timeMs: number;
  /** Absent: missing. */
  value?: number;
  sampleCount?: number;
}

const comparisons: Readonly<Record<string, string>> = {
  GreaterThanThreshold: "greater than",
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

/** `Threshold Crossed: 1 out of the last 1 datapoints [90.0 (01/01/26 00:00:00)] was greater than the threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition).` */
export function reasonFor(state: AlarmState, watch: Watch, points: readonly EvaluatedPoint[], { filled }: Evaluation): string {
  const periods = watch.EvaluationPeriods!;
  const needed = watch.DatapointsToAlarm;
  if (state === "INSUFFICIENT_DATA") return `Insufficient Data: ${many(periods, "datapoint")} ${periods === 1 ? "was" : "were"} unknown.`;
  const missing = filled > 0 ? missingAs(watch.TreatMissingData, filled) : "";
  const given = points.filter(({ value }) => value !== undefined);
  if (given.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${many(periods, "period")}${missing}.`;
  }
  const alarming = state === "ALARM";
  const told = given.filter(({ value }) => needed === undefined || breaches(watch, value!) === alarming);
  const list = `[${told.map(({ value, timeMs }) => `${javaDouble(value!)} (${dayAndTime(timeMs)})`).join(", ")}]`;
  const verb = `${told.length === 1 ? "was" : "were"}${alarming ? "" : " not"} ${comparisons[watch.ComparisonOperator!]} the threshold (${javaDouble(watch.Threshold!)})`;
  if (needed === undefined) return `Threshold Crossed: ${many(told.length, "datapoint")} ${list} ${verb}${missing}.`;
  const minimum = alarming ? needed : periods - needed + 1;
  const transition = alarming ? "OK -> ALARM" : "ALARM -> OK";
  return `Threshold Crossed: ${told.length} out of the last ${periods} datapoints ${list} ${verb}${missing} (minimum ${many(minimum, "datapoint")} for ${transition} transition).`;
}

/** `points` the newest first, as evaluated. */
export function reasonDataFor(watch: Watch, points: readonly EvaluatedPoint[], nowMs: number): string {
  const given = points.filter(({ value }) => value !== undefined);
  return JSON.stringify({
    version: "1.0",
    queryDate: isoTime(nowMs),
    ...(given.length > 0 && { startDate: isoTime(given.at(-1)!.timeMs) }),
    ...(watch.Unit !== undefined && { unit: watch.Unit }),
    ...(watch.Metrics === undefined && { statistic: watch.Statistic ?? watch.ExtendedStatistic }),
    period: watch.Period ?? watch.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period,
    recentDatapoints: given.map(({ value }) => value).toReversed(),
    threshold: watch.Threshold,
    evaluatedDatapoints: points.map(({ timeMs, value, sampleCount }) => ({
      timestamp: isoTime(timeMs),
      ...(sampleCount !== undefined && { sampleCount }),
      ...(value !== undefined && { value }),
    })),
  });
}

export function breaches(watch: Watch, value: number): boolean {
  const threshold = watch.Threshold!;
  switch (watch.ComparisonOperator) {
    case "GreaterThanThreshold":
      return value > threshold;
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "LessThanThreshold":
      return value < threshold;
    default:
      return value <= threshold;
  }
}

/** `2026-01-01T00:00:00.000+0000`. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "+0000");
}

/** `01/02/26 03:04:05`, day first, in UTC. */
function dayAndTime(timeMs: number): string {
  const [date, time] = new Date(timeMs).toISOString().split("T") as [string, string];
  const [year, month, day] = date.split("-") as [string, string, string];
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

/** A number as AWS's answers write it: `1.0`, `21.5`, `1.0E7`. */
export function javaDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)) {
    const [digits, exponent] = value.toExponential().split("e") as [string, string];
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function missingAs(treat: string | undefined, filled: number): string {
  const as = treat === "breaching" ? "Breaching" : treat === "notBreaching" ? "NonBreaching" : undefined;
  return as ? ` and ${many(filled, "missing datapoint")} ${filled === 1 ? "was" : "were"} treated as [${as}]` : "";
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
