/** Byte ranges (RFC 9110, 14.1). */
import { invalidRange } from "./errors.ts";

export interface ByteRange {
  start: number;
  /** Included. */
  end: number;
}

/** The range that a header asks for; `undefined` where it asks for several, or for none that can be read: then all is given. */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/u.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    if (length === 0) throw invalidRange(header!, sizeBytes);
    return { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw invalidRange(header!, sizeBytes);
  return { start, end };
}
