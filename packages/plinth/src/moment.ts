/** A time on the command line: `2026-11-20 14:03` of this machine's clock, with `Z` or an offset of another's, or `10m` ago. */
import { parseSpan } from "./duration.ts";
import { exitCode } from "./exit-code.ts";
import { Failure } from "./failure.ts";

const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** @throws Failure with exit code `usage`. */
export function parseMoment(text: string, nowMs: number): Date {
  if (/^\d+\s*[smhd]$/.test(text)) return new Date(nowMs - parseSpan(text));
  const [, day, minute, second = ":00", zone = ""] = form.exec(text.trim()) ?? [];
  const at = new Date(day === undefined ? NaN : `${day}T${minute}${second}${zone.toUpperCase() === "UTC" ? "Z" : zone.toUpperCase()}`);
  if (!Number.isNaN(at.getTime())) return at;
  throw new Failure(`${JSON.stringify(text)} is no time.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: 'Write "2026-11-20 14:03" (this machine\'s time), "2026-11-20 14:03:30Z" (UTC), or how long ago: 10m, 2h, 1d.',
  });
}
