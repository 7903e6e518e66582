/** Spans of time on the command line: `90s`, `10m`, `2h`, `1d`. */
import { exitCode } from "./exit-code.ts";
import { Failure } from "./failure.ts";

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds. @throws Failure with exit code `usage`. */
export function parseSpan(text: string): number {
  const [, count, unit] = /^(\d+)\s*([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * units[unit]!;
  throw new Failure(`${JSON.stringify(text)} is no span of time.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: "Write 90s, 10m, 2h or 1d.",
  });
}
