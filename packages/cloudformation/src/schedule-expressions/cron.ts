/** AWS's cron expressions: minutes, hours, day of month, month, day of week, year; with `*`, `?`, lists, ranges, steps, `L`, `W`, `#`. */

export interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  months: ReadonlySet<number>;
  years: ReadonlySet<number> | undefined;
  /** Whether a day of the month, from midnight UTC, is one. */
  daysOfMonth: ((day: Date) => boolean) | undefined;
  daysOfWeek: ((day: Date) => boolean) | undefined;
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** `undefined` when it is none. Without a year, five fields, it is for all years. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().toUpperCase().split(/\s+/u);
  if (fields.length < 5 || fields.length > 6) return undefined;
  const [minute, hour, dayOfMonth, month, dayOfWeek, year = "*"] = fields as [string, string, string, string, string, string?];
  // One of the two days is left open.
  if ((dayOfMonth === "?") === (dayOfWeek === "?") && dayOfMonth !== "*") return undefined;
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(month, 1, 12, monthNames);
  const years = year === "*" ? undefined : numbers(year, 1970, 2199);
  const daysOfMonth = openDay(dayOfMonth) ? undefined : parseDaysOfMonth(dayOfMonth);
  const daysOfWeek = openDay(dayOfWeek) ? undefined : parseDaysOfWeek(dayOfWeek);
  if (!minutes || !hours || !months || (year !== "*" && !years)) return undefined;
  if ((!openDay(dayOfMonth) && !daysOfMonth) || (!openDay(dayOfWeek) && !daysOfWeek)) return undefined;
  return { minutes, hours, months: new Set(months), years: years && new Set(years), daysOfMonth, daysOfWeek };
}

/**
 * Whether the text has six fields of which exactly one of the two days is `?`, as EventBridge Scheduler wants it; Application Auto
 * Scaling takes `*` as well, and leaves the year out.
 */
export function hasOneOpenDay(text: string): boolean {
  const fields = text.trim().split(/\s+/u);
  return fields.length === 6 && (fields[2] === "?") !== (fields[4] === "?");
}

const openDay = (field: string) => field === "?" || field === "*";

/** `dayMs`: midnight of the day, as if in UTC. */
export function dayMatches({ months, years, daysOfMonth, daysOfWeek }: Cron, dayMs: number): boolean {
  const day = new Date(dayMs);
  return (
    months.has(day.getUTCMonth() + 1) &&
    (years?.has(day.getUTCFullYear()) ?? true) &&
    (daysOfMonth?.(day) ?? true) &&
    (daysOfWeek?.(day) ?? true)
  );
}

/** In ascending order. */
function numbers(field: string, least: number, most: number, names: readonly string[] = []): number[] | undefined {
  const value = (text: string) => {
    const named = names.indexOf(text);
    if (named >= 0) return named + least;
    return /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  };
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range, step = "1", ...rest] = part.split("/") as [string, string?, ...string[]];
    const [from, to, ...more] = range === "*" ? [least, most] : range.split("-").map(value);
    const every = Number(step);
    const end = to ?? (part.includes("/") ? most : from!);
    if (rest.length > 0 || more.length > 0 || !Number.isInteger(every) || every < 1) return undefined;
    if (!(from! >= least && end <= most && from! <= end)) return undefined;
    for (let each = from!; each <= end; each += every) found.add(each);
  }
  return [...found].toSorted((a, b) => a - b);
}

const lastDayOf = (day: Date) => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

function parseDaysOfMonth(field: string): ((day: Date) => boolean) | undefined {
  if (field === "L") return (day) => day.getUTCDate() === lastDayOf(day);
  if (field === "LW") return (day) => day.getUTCDate() === nearestWeekday(day, lastDayOf(day));
  const [, near] = /^(\d+)W$/u.exec(field) ?? [];
  if (near !== undefined) {
    const wanted = Number(near);
    if (wanted < 1 || wanted > 31) return undefined;
    return (day) => wanted <= lastDayOf(day) && day.getUTCDate() === nearestWeekday(day, wanted);
  }
  const days = numbers(field, 1, 31);
  return days && ((day) => days.includes(day.getUTCDate()));
}

/** The weekday nearest to a date of the day's month, within that month. */
function nearestWeekday(day: Date, date: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === lastDayOf(day) ? date - 2 : date + 1;
  return date;
}

function parseDaysOfWeek(field: string): ((day: Date) => boolean) | undefined {
  const weekday = (text: string) => numbers(text, 1, 7, dayNames)?.[0];
  const [, last] = /^(\w+)L$/u.exec(field) ?? [];
  const [, nth, which] = /^(\w+)#([1-5])$/u.exec(field) ?? [];
  const wanted = weekday(last ?? nth ?? "");
  if (last !== undefined && wanted !== undefined) {
    return (day) => day.getUTCDay() + 1 === wanted && day.getUTCDate() + 7 > lastDayOf(day);
  }
  if (nth !== undefined && wanted !== undefined) {
    return (day) => day.getUTCDay() + 1 === wanted && Math.ceil(day.getUTCDate() / 7) === Number(which);
  }
  const days = numbers(field, 1, 7, dayNames);
  return days && ((day) => days.includes(day.getUTCDay() + 1));
}
