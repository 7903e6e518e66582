/** Requests, answers, connections and targets into CloudWatch, once a minute (namespace AWS/ApplicationELB). */
import type { MetricDatum } from "@aws-sdk/client-cloudwatch";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { planeOf, type RunningBalancer, runningGroup } from "./plane.ts";
import { usersOfGroups } from "./records.ts";
import type { Counts } from "./traffic-counts.ts";

const periodMs = 60_000;
const atOnce = 100;
const maxValues = 150;

export const metrics = round("elbv2: metrics", periodMs, publishMetrics);

/** `app/NAME/ID`: the full name that stands in dimensions. */
export const fullName = (arn: string) => arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length);
export const groupFullName = (arn: string) => arn.slice(arn.lastIndexOf(":") + 1);

async function publishMetrics(cloud: Cloud): Promise<void> {
  const Timestamp = new Date(cloud.world.clock.nowMs());
  const byRegion = new Map<string, MetricDatum[]>();
  for (const balancer of planeOf(cloud).balancers.values()) {
    const data = dataOf(cloud, balancer).map((datum) => ({ ...datum, Timestamp }));
    byRegion.set(balancer.region, [...(byRegion.get(balancer.region) ?? []), ...data]);
  }
  for (const [region, data] of byRegion) {
    const call = cloud.as(servicePrincipal(cloud.account, "elasticloadbalancing.amazonaws.com"), region);
    for (let at = 0; at < data.length; at += atOnce) {
      await call("cloudwatch", "PutMetricData", { Namespace: "AWS/ApplicationELB", MetricData: data.slice(at, at + atOnce) as never });
    }
  }
}

type Dimensions = { Name: string; Value: string }[];

function dataOf(cloud: Cloud, { balancer, region, arn, counts }: RunningBalancer): MetricDatum[] {
  const own: Dimensions = [{ Name: "LoadBalancer", Value: fullName(arn) }];
  const { whole, groups } = counts.take();
  const data = countData(whole, own);
  data.push({ MetricName: "ActiveConnectionCount", Dimensions: own, Unit: "Count", Value: balancer.connections });
  const scope = { cloud, account: cloud.account, region };
  for (const [groupArn, users] of usersOfGroups(scope)) {
    if (!users.has(arn)) continue;
    const dimensions: Dimensions = [{ Name: "TargetGroup", Value: groupFullName(groupArn) }, ...own];
    const targets = runningGroup(cloud, groupArn)?.targets() ?? [];
    const inState = (state: string) => targets.filter(({ health }) => health.state === state).length;
    const healthy = inState("healthy") + inState("unavailable");
    if (targets.length > 0) {
      data.push(
        { MetricName: "HealthyHostCount", Dimensions: dimensions, Unit: "Count", Value: healthy },
        { MetricName: "UnHealthyHostCount", Dimensions: dimensions, Unit: "Count", Value: inState("unhealthy") },
      );
    }
    const group = groups.get(groupArn);
    if (!group) continue;
    data.push(...countData(group, dimensions));
    const perTarget = {
      MetricName: "RequestCountPerTarget",
      Unit: "Count" as const,
      Value: (group.sums.get("RequestCount") ?? 0) / Math.max(1, healthy),
    };
    // Target tracking asks with both dimensions, dashboards often with the group's alone.
    data.push({ ...perTarget, Dimensions: dimensions }, { ...perTarget, Dimensions: dimensions.slice(0, 1) });
  }
  return data;
}

function countData({ sums, responseSeconds }: Counts, dimensions: Dimensions): MetricDatum[] {
  const data: MetricDatum[] = [...sums].map(([MetricName, Value]) => ({
    MetricName,
    Dimensions: dimensions,
    Unit: MetricName === "ProcessedBytes" ? "Bytes" : "Count",
    Value,
  }));
  const all = [...responseSeconds];
  for (let at = 0; at < all.length; at += maxValues) {
    const part = all.slice(at, at + maxValues);
    data.push({
      MetricName: "TargetResponseTime",
      Dimensions: dimensions,
      Unit: "Seconds",
      Values: part.map(([value]) => value),
      Counts: part.map(([, count]) => count),
    });
  }
  return data;
}
