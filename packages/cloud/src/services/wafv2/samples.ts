/** Samples of requests by the rule that they matched: the last 500 for each within three hours, in memory. */
import type { SampledHTTPRequest } from "@aws-sdk/client-wafv2";
import type { Cloud } from "../../cloud.ts";
import type { InspectedRequest } from "../../runtime/firewall/firewall.ts";
import type { Outcome } from "../../runtime/firewall/outcome.ts";

const mostSamples = 500;
export const keptMs = 3 * 3_600_000;
const key = Symbol("wafv2 samples");

interface Sample {
  atMs: number;
  request: InspectedRequest;
  outcome: Outcome;
  action: "ALLOW" | "BLOCK" | "COUNT";
  ruleWithinGroup: string | undefined;
}

interface Ring {
  samples: Sample[];
  /** Where the next one goes once the ring is full. */
  next: number;
  /** How many came, by minute, so that a window knows its population. */
  byMinute: Map<number, number>;
}

const rings = (cloud: Cloud): Map<string, Ring> => cloud.memory(key, () => new Map());

export function sampleRequest(cloud: Cloud, aclArn: string, request: InspectedRequest, outcome: Outcome, atMs: number): void {
  for (const { metricName, kind, ruleWithinGroup, sampled } of outcome.counts) {
    if (!sampled || kind === "PASS") continue;
    const id = `${aclArn} ${metricName}`;
    let ring = rings(cloud).get(id);
    if (!ring) rings(cloud).set(id, (ring = { samples: [], next: 0, byMinute: new Map() }));
    const minute = Math.floor(atMs / 60_000);
    const before = ring.byMinute.get(minute);
    ring.byMinute.set(minute, (before ?? 0) + 1);
    if (before === undefined) for (const old of ring.byMinute.keys()) if ((old + 1) * 60_000 < atMs - keptMs) ring.byMinute.delete(old);
    // The body is not part of a sample, and need not be held for it.
    const sample = { atMs, request: { ...request, body: nothing }, outcome, action: kind, ruleWithinGroup };
    if (ring.samples.length < mostSamples) ring.samples.push(sample);
    else {
      ring.samples[ring.next] = sample;
      ring.next = (ring.next + 1) % mostSamples;
    }
  }
}

const nothing = new Uint8Array();

export interface SampleWindow {
  startMs: number;
  endMs: number;
  most: number;
}

export function samplesOf(cloud: Cloud, aclArn: string, metricName: string, { startMs, endMs, most }: SampleWindow) {
  const ring = rings(cloud).get(`${aclArn} ${metricName}`);
  const population = [...(ring?.byMinute ?? [])].reduce(
    (sum, [minute, count]) => ((minute + 1) * 60_000 > startMs && minute * 60_000 <= endMs ? sum + count : sum),
    0,
  );
  const found = (ring?.samples ?? [])
    .filter(({ atMs }) => atMs >= startMs && atMs <= endMs)
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(-most);
  const weight = found.length === 0 ? 0 : Math.max(1, Math.round(population / found.length));
  return { population, sampled: found.map((sample) => shown(sample, weight)) };
}

function shown({ atMs, request, outcome, action, ruleWithinGroup }: Sample, Weight: number): SampledHTTPRequest {
  return {
    Request: {
      ClientIP: request.sourceIp,
      Country: "-",
      URI: request.path + (request.query === "" ? "" : `?${request.query}`),
      Method: request.method,
      HTTPVersion: request.httpVersion,
      Headers: request.headers.map(([Name, Value]) => ({ Name, Value })),
    },
    Weight,
    Timestamp: new Date(atMs),
    Action: action,
    ...(ruleWithinGroup !== undefined && { RuleNameWithinRuleGroup: ruleWithinGroup }),
    ...(outcome.insertHeaders.length > 0 && { RequestHeadersInserted: outcome.insertHeaders.map(([Name, Value]) => ({ Name, Value })) }),
    ...(action === "BLOCK" && { ResponseCodeSent: outcome.response!.status }),
    Labels: outcome.labels.map((Name) => ({ Name })),
  };
}

export function forgetSamples(cloud: Cloud): void {
  rings(cloud).clear();
}
