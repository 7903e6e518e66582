/** How CloudWatch lays periods over time. */
import type { Datum } from "./metrics.ts";

/** The start of a question, as AWS rounds it down: to the minute, or to the period where that is shorter. */
export function alignedStartMs(startMs: number, periodSeconds: number): number {
  const stepMs = Math.min(60, periodSeconds) * 1000;
  return Math.floor(startMs / stepMs) * stepMs;
}

/** 1, 5, 10, 20, 30 or a multiple of 60. */
export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);
}

/** The data of each period that has some, in order of time; periods count from `startMs`. */
export function byPeriod(data: readonly Datum[], startMs: number, periodSeconds: number): { timeMs: number; data: Datum[] }[] {
  const periodMs = periodSeconds * 1000;
  const periods: { timeMs: number; data: Datum[] }[] = [];
  for (const datum of data) {
    const timeMs = startMs + Math.floor((datum.time - startMs) / periodMs) * periodMs;
    const last = periods.at(-1);
    if (last?.timeMs === timeMs) last.data.push(datum);
    else periods.push({ timeMs, data: [datum] });
  }
  return periods;
}
