/** How long an answer may be kept. Source: CloudFront Developer Guide, "Manage how long content stays in the cache", "Control how long CloudFront caches errors". */
import { type Header, headerOf } from "./request.ts";
import type { BehaviorSpec, ErrorSpec } from "./specification.ts";

/** Seconds by header, `undefined` where none says; `never` for what must not be shared or kept. */
interface Wish {
  seconds: number | undefined;
  never: boolean;
}

function wishOf(headers: readonly Header[], nowMs: number): Wish {
  const control = headerOf(headers, "cache-control");
  const directives = new Map(
    (control ?? "").split(",").map((part) => {
      const [name = "", value = ""] = part.trim().toLowerCase().split("=");
      return [name, value.replaceAll('"', "")];
    }),
  );
  const never = ["no-store", "no-cache", "private"].some((name) => directives.has(name));
  const given = directives.get("s-maxage") ?? directives.get("max-age");
  if (given !== undefined && /^\d+$/.test(given)) return { seconds: Number(given), never };
  const expires = headerOf(headers, "expires");
  if (expires === undefined) return { seconds: undefined, never };
  const atMs = Date.parse(expires);
  // One that is no date has passed (RFC 9111, 5.3).
  return { seconds: Number.isNaN(atMs) ? 0 : Math.max(0, Math.floor((atMs - nowMs) / 1000)), never };
}

/** Kept whatever the headers say; others of 4xx only where a header names a time. */
const keptErrors = new Set([404, 410, 414, 500, 501, 502, 503, 504]);
const askedErrors = new Set([400, 403, 405, 412, 415]);
/** Of these the origin may say that they are not to be kept. */
const refusable = new Set([404, 410, 414, 501]);
const defaultErrorSeconds = 10;
/** Of the others nothing can be told from a key. */
const keptStatuses = new Set([200, 203, 204, 300, 301, 302, 307, 308]);

/** For how many seconds; 0: not at all. */
export function freshSeconds(
  status: number,
  headers: readonly Header[],
  { ttl }: Pick<BehaviorSpec, "ttl">,
  errors: readonly ErrorSpec[],
  nowMs: number,
): number {
  const { seconds, never } = wishOf(headers, nowMs);
  if (status >= 400) {
    const named = errors.find((each) => each.status === status);
    const shortest = named?.cachedSeconds ?? defaultErrorSeconds;
    if (never && refusable.has(status)) return 0;
    if (!keptErrors.has(status) && !(askedErrors.has(status) && (named || seconds !== undefined))) return 0;
    return seconds === undefined ? shortest : Math.max(shortest, Math.min(seconds, ttl.maxSeconds));
  }
  if (!keptStatuses.has(status) || ttl.maxSeconds === 0) return 0;
  if (headerOf(headers, "vary")?.trim() === "*") return 0;
  if (never) return ttl.minSeconds;
  return Math.max(ttl.minSeconds, seconds === undefined ? ttl.defaultSeconds : Math.min(seconds, ttl.maxSeconds));
}
