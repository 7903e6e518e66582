/** Schedules of AWS: `at(2027-01-31T08:00:00)`, `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, in a time zone. */
import { type Cron, dayMatches, parseCron } from "./cron.ts";
import { fromLocal, toLocal } from "./time-zone.ts";

export type Schedule = { kind: "at"; local: string } | { kind: "rate"; everyMs: number } | { kind: "cron"; cron: Cron };

const unitsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const dayMs = unitsMs.day;
/** A schedule without a day in so many days has none: 29 February comes at least every eight years. */
const horizonDays = 366 * 9;

/** `undefined` when it is none. */
export function parseSchedule(text: string): Schedule | undefined {
  const [, kind, inner] = /^(at|rate|cron)\((.*)\)$/u.exec(text.trim()) ?? [];
  if (kind === "at") {
    const valid = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/u.test(inner!) && !Number.isNaN(Date.parse(`${inner}Z`));
    return valid ? { kind, local: inner! } : undefined;
  }
  if (kind === "rate") {
    const [, count, unit, plural] = /^(\d+) (minute|hour|day)(s?)$/u.exec(inner!) ?? [];
    if (unit === undefined || Number(count) < 1 || (Number(count) === 1) !== (plural === "")) return undefined;
    return { kind, everyMs: Number(count) * unitsMs[unit as keyof typeof unitsMs] };
  }
  const cron = kind === "cron" ? parseCron(inner!) : undefined;
  return cron && { kind: "cron", cron };
}

/** The first time after `afterMs`; a rate counts from `anchorMs`. `undefined` when there is none any more. */
export function nextRunMs(schedule: Schedule, zone: string, afterMs: number, anchorMs: number): number | undefined {
  if (schedule.kind === "at") {
    const atMs = fromLocal(Date.parse(`${schedule.local}Z`), zone);
    return atMs !== undefined && atMs > afterMs ? atMs : undefined;
  }
  if (schedule.kind === "rate") {
    const passed = Math.max(0, Math.floor((afterMs - anchorMs) / schedule.everyMs));
    return anchorMs + (afterMs < anchorMs ? 0 : (passed + 1) * schedule.everyMs);
  }
  const { cron } = schedule;
  for (const day of daysOf(cron, Math.floor(toLocal(afterMs, zone) / dayMs))) {
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        // A time that the clocks skip is none.
        const atMs = fromLocal(day * dayMs + hour * unitsMs.hour + minute * unitsMs.minute, zone);
        if (atMs !== undefined && atMs > afterMs) return atMs;
      }
    }
  }
  return undefined;
}

/** Its days from `firstDay` on (days since 1970), the first one first. */
function* daysOf(cron: Cron, firstDay: number): Generator<number> {
  const years = cron.years && [...cron.years].toSorted((a, b) => a - b);
  const spans = years
    ? years.map((year) => [Date.UTC(year, 0, 1) / dayMs, Date.UTC(year + 1, 0, 1) / dayMs] as const)
    : [[firstDay, firstDay + horizonDays] as const];
  for (const [from, to] of spans) {
    for (let day = Math.max(from, firstDay); day < to; day++) if (dayMatches(cron, day * dayMs)) yield day;
  }
}
