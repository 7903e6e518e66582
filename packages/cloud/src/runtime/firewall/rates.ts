/** How many requests came in the last seconds, by client or another key: what rate-based rules ask. */
import type { RateBasedStatement, RateBasedStatementCustomKey } from "@aws-sdk/client-wafv2";
import { clientAddress, forwardedAddresses } from "./clients.ts";
import { urlDecode } from "./decoders.ts";
import { cookies, headerValue, type Inspection, queryArguments } from "./inspection.ts";
import { composed } from "./transformations.ts";

/** AWS looks about every ten seconds; here each request is counted at once, and counts leave the window in steps of ten seconds. */
const stepMs = 10_000;
/** AWS limits so many keys for each rule. */
const mostKeys = 10_000;

interface Counts {
  /** The step that `byStep[step % length]` of the newest is. */
  newest: number;
  byStep: Uint32Array;
  total: number;
}

/** The counters of one rule; they live as long as the rule stays as it is. */
export interface RateCounter {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly counts: Map<string, Counts>;
}

export function rateCounter({ Limit = 0, EvaluationWindowSec = 300 }: RateBasedStatement): RateCounter {
  return { limit: Limit, windowSeconds: EvaluationWindowSec, counts: new Map() };
}

/** Counts a request for `key`, and says whether there are more than the limit now. */
export function countRequest(counter: RateCounter, key: string, nowMs: number): boolean {
  let counts = counter.counts.get(key);
  if (!counts) {
    if (counter.counts.size >= mostKeys) forget(counter, nowMs);
    if (counter.counts.size >= mostKeys) return false;
    counts = { newest: step(nowMs), byStep: new Uint32Array((counter.windowSeconds * 1000) / stepMs), total: 0 };
    counter.counts.set(key, counts);
  }
  advance(counts, nowMs);
  counts.byStep[counts.newest % counts.byStep.length]!++;
  counts.total++;
  return counts.total > counter.limit;
}

/** The keys above the limit now. */
export function limitedKeys(counter: RateCounter, nowMs: number): string[] {
  return [...counter.counts].flatMap(([key, counts]) => {
    advance(counts, nowMs);
    return counts.total > counter.limit ? [key] : [];
  });
}

const step = (nowMs: number) => Math.floor(nowMs / stepMs);

function advance(counts: Counts, nowMs: number): void {
  const now = step(nowMs);
  const { length } = counts.byStep;
  if (now - counts.newest >= length) {
    counts.byStep.fill(0);
    counts.total = 0;
  } else {
    for (let each = counts.newest + 1; each <= now; each++) {
      counts.total -= counts.byStep[each % length]!;
      counts.byStep[each % length] = 0;
    }
  }
  counts.newest = Math.max(counts.newest, now);
}

function forget(counter: RateCounter, nowMs: number): void {
  for (const [key, counts] of counter.counts) {
    advance(counts, nowMs);
    if (counts.total === 0) counter.counts.delete(key);
  }
}

/** Tells the key of a request: `undefined` when it lacks what is counted by; `true` or `false` when the fallback decides. */
export type KeyReader = (inspection: Inspection) => string | boolean | undefined;

export function keyReader({ AggregateKeyType, ForwardedIPConfig, CustomKeys = [] }: RateBasedStatement): KeyReader {
  if (AggregateKeyType === "CONSTANT") return () => "";
  const forwarded: KeyReader = (inspection) => {
    const found = forwardedAddresses(inspection, ForwardedIPConfig?.HeaderName ?? "X-Forwarded-For");
    if (found === "absent") return undefined;
    return found === "invalid" ? ForwardedIPConfig?.FallbackBehavior === "MATCH" : found.addresses[0]!;
  };
  if (AggregateKeyType === "FORWARDED_IP") return forwarded;
  if (AggregateKeyType === "IP") return clientAddress;
  const readers = CustomKeys.map((key) => (key.ForwardedIP ? forwarded : customKey(key)));
  return (inspection) => {
    const parts: string[] = [];
    for (const read of readers) {
      const found = read(inspection);
      if (typeof found !== "string") return found;
      parts.push(found);
    }
    return JSON.stringify(parts);
  };
}

function customKey(key: RateBasedStatementCustomKey): KeyReader {
  const transformed = (
    read: (inspection: Inspection) => string | undefined,
    transformations: Parameters<typeof composed>[0],
  ): KeyReader => {
    const transform = composed(transformations) ?? ((text: string) => text);
    return (inspection) => {
      const found = read(inspection);
      return found === undefined ? undefined : transform(found);
    };
  };
  if (key.IP) return clientAddress;
  if (key.HTTPMethod) return ({ request }) => request.method;
  if (key.QueryString) return transformed(({ request }) => request.query, key.QueryString.TextTransformations);
  if (key.UriPath) return transformed(({ request }) => request.path, key.UriPath.TextTransformations);
  if (key.Header) {
    const name = key.Header.Name!.toLowerCase();
    return transformed((inspection) => headerValue(inspection, name), key.Header.TextTransformations);
  }
  if (key.Cookie) {
    const name = key.Cookie.Name!;
    return transformed((inspection) => cookies(inspection).find(([given]) => given === name)?.[1], key.Cookie.TextTransformations);
  }
  if (key.QueryArgument) {
    const name = key.QueryArgument.Name!.toLowerCase();
    return transformed(
      (inspection) => queryArguments(inspection).find(([given]) => urlDecode(given).toLowerCase() === name)?.[1],
      key.QueryArgument.TextTransformations,
    );
  }
  const namespace = key.LabelNamespace?.Namespace ?? "";
  return ({ labels }) => {
    const found = labels.filter((label) => label.startsWith(namespace));
    return found.length === 0 ? undefined : found.toSorted().join(",");
  };
}
