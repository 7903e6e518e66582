/** Local times of a zone: milliseconds as if its clock showed UTC. */

export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export function toLocal(timeMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(timeMs);
  const part = (type: string) => Number(parts.find((each) => each.type === type)!.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local + (timeMs % 1000);
}

/** The moment at which the zone's clock shows this; the first of two in autumn, none where the clock skips it in spring. */
export function fromLocal(localMs: number, zone: string): number | undefined {
  const day = 86_400_000;
  const offsets = [localMs - day, localMs + day].map((around) => toLocal(around, zone) - around);
  return [...new Set(offsets)]
    .map((offset) => localMs - offset)
    .toSorted((a, b) => a - b)
    .find((moment) => toLocal(moment, zone) === localMs);
}
