/** How many requests web ACLs and their rules allowed, blocked, counted and passed, once a minute into CloudWatch (namespace AWS/WAFV2). */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Outcome, RuleCount } from "../../runtime/firewall/outcome.ts";
import { round } from "../../runtime/round.ts";
import type { TrafficSource } from "./traffic-source.ts";

const periodMs = 60_000;
const key = Symbol("wafv2 metrics");

interface Series {
  region: string;
  acl: string;
  rule: string;
  metric: string;
  count: number;
}

const state = (cloud: Cloud) => cloud.memory(key, () => ({ series: new Map<string, Series>() }));

export const metrics = round("wafv2: metrics", periodMs, publish);

const metricNames: Readonly<Record<RuleCount["kind"], string>> = {
  ALLOW: "AllowedRequests",
  BLOCK: "BlockedRequests",
  COUNT: "CountedRequests",
  PASS: "PassedRequests",
};

/** `ALL` stands for the whole web ACL, `Default_Action` for its default. */
export function countOutcome(cloud: Cloud, { region, acl }: TrafficSource, { action, counts }: Outcome): void {
  const { series } = state(cloud);
  const add = (rule: string, metric: string) => {
    const id = `${region} ${acl.metricName} ${rule} ${metric}`;
    const found = series.get(id);
    if (found) found.count++;
    else series.set(id, { region, acl: acl.metricName, rule, metric, count: 1 });
  };
  add("ALL", metricNames[action]);
  for (const { metricName, kind, metered } of counts) if (metered) add(metricName, metricNames[kind]);
  if (counts.some(({ kind, metered }) => kind === "COUNT" && metered)) add("ALL", "CountedRequests");
}

/** What was counted since the last time; AWS gives no zeros. */
export async function publish(cloud: Cloud): Promise<void> {
  const all = [...state(cloud).series.values()];
  state(cloud).series.clear();
  const Timestamp = new Date(cloud.world.clock.nowMs());
  for (const region of new Set(all.map((each) => each.region))) {
    const call = cloud.as(servicePrincipal(cloud.account, "wafv2.amazonaws.com"), region);
    const data = all
      .filter((each) => each.region === region)
      .map(({ acl, rule, metric, count }) => ({
        MetricName: metric,
        Dimensions: [
          { Name: "Region", Value: region },
          { Name: "Rule", Value: rule },
          { Name: "WebACL", Value: acl },
        ],
        Timestamp,
        Unit: "Count" as const,
        Value: count,
      }));
    for (let at = 0; at < data.length; at += 100) {
      await call("cloudwatch", "PutMetricData", { Namespace: "AWS/WAFV2", MetricData: data.slice(at, at + 100) });
    }
  }
}

export function forgetMetrics(cloud: Cloud): void {
  state(cloud).series.clear();
}
