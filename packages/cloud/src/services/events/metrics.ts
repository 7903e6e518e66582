/**
 * What CloudWatch knows of rules (namespace AWS/Events), told each minute. Those of the default bus have the dimension RuleName, those of
 * others EventBusName beside it. Source: EventBridge User Guide, "Monitoring Amazon EventBridge".
 */
import type { Input } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";

type Metric =
  | "DeadLetterInvocations"
  | "FailedInvocations"
  | "InvocationAttempts"
  | "Invocations"
  | "InvocationsFailedToBeSentToDlq"
  | "InvocationsSentToDlq"
  | "MatchedEvents"
  | "PutEventsApproximateCallCount"
  | "PutEventsEntriesCount"
  | "PutEventsFailedEntriesCount"
  | "RetryInvocationAttempts"
  | "TriggeredRules";

type Datum = NonNullable<Input<"cloudwatch", "PutMetricData">["MetricData"]>[number];

const periodMs = 60_000;
const dataPerCall = 100;

const memory = Symbol("events.counts");
/** By region, then by metric and dimensions. */
const counts = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Map<string, Datum & { Value: number }>>());

/** @param rule whose metric it is; `undefined` for one of the account. */
export function count(cloud: Cloud, region: string, rule: { bus: string; name: string } | undefined, MetricName: Metric, by = 1): void {
  const all = counts(cloud);
  let own = all.get(region);
  if (!own) all.set(region, (own = new Map()));
  const key = `${MetricName} ${rule?.bus} ${rule?.name}`;
  const known = own.get(key);
  if (known) known.Value += by;
  else {
    const Dimensions = [
      ...(rule && rule.bus !== "default" ? [{ Name: "EventBusName", Value: rule.bus }] : []),
      ...(rule ? [{ Name: "RuleName", Value: rule.name }] : []),
    ];
    own.set(key, { MetricName, Dimensions, Unit: "Count", Value: by });
  }
}

export const metrics = round("events: metrics", periodMs, async (cloud) => {
  const Timestamp = new Date(cloud.world.clock.nowMs());
  for (const [region, own] of counts(cloud)) {
    const data = [...own.values()].map((datum) => ({ ...datum, Timestamp }));
    own.clear();
    const call = cloud.as(servicePrincipal(cloud.account, "events.amazonaws.com"), region);
    for (let at = 0; at < data.length; at += dataPerCall) {
      await call("cloudwatch", "PutMetricData", { Namespace: "AWS/Events", MetricData: data.slice(at, at + dataPerCall) });
    }
  }
});
