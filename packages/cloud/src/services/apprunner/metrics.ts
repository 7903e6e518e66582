/** Requests, answers, instances and what they use into CloudWatch, once a minute (namespace AWS/AppRunner). Source: Developer Guide, "Viewing App Runner service metrics". */
import type { Input } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { round } from "../../runtime/round.ts";
import { allFleets, type Fleet } from "./fleet.ts";
import { asAppRunner } from "./names.ts";
import { findService } from "./service.ts";

const periodMs = 60_000;
const maxValues = 150;
const mebibyte = 1024 * 1024;

interface Sample {
  cpuSeconds: number;
  atMs: number;
}

const key = Symbol("apprunner metrics");
const samples = (cloud: Cloud): Map<string, Sample> => cloud.memory(key, () => new Map<string, Sample>());

export const metrics = round("apprunner: metrics", periodMs, async (cloud) => {
  for (const fleet of allFleets(cloud)) {
    const MetricData = dataOf(fleet);
    if (MetricData.length > 0) await asAppRunner(fleet.scope)("cloudwatch", "PutMetricData", { Namespace: "AWS/AppRunner", MetricData });
  }
});

function dataOf(fleet: Fleet): NonNullable<Input<"cloudwatch", "PutMetricData">["MetricData"]> {
  const { scope, arn, serving } = fleet;
  const record = findService(scope, arn);
  if (!record || !serving) return [];
  const Dimensions = [
    { Name: "ServiceName", Value: record.name },
    { Name: "ServiceID", Value: record.id },
  ];
  const common = { Dimensions, Timestamp: new Date(scope.cloud.world.clock.nowMs()) };
  const { sums, latenciesMs, activeInstances, concurrency } = fleet.takeCounts();
  const count = (MetricName: string, Value: number) => ({ ...common, MetricName, Unit: "Count" as const, Value });
  const percent = (MetricName: string, Values: number[]) => ({ ...common, MetricName, Unit: "Percent" as const, Values });
  const data: NonNullable<Input<"cloudwatch", "PutMetricData">["MetricData"]> = [
    ...[...sums].map(([name, value]) => count(name, value)),
    count("ActiveInstances", activeInstances.size),
    count("Concurrency", concurrency),
  ];
  const all = [...latenciesMs];
  for (let at = 0; at < all.length; at += maxValues) {
    const part = all.slice(at, at + maxValues);
    data.push({
      ...common,
      MetricName: "RequestLatency",
      Unit: "Milliseconds",
      Values: part.map(([value]) => value),
      Counts: part.map(([, number]) => number),
    });
  }
  const uses = usesOf(fleet);
  if (uses.length > 0)
    data.push(
      percent(
        "CPUUtilization",
        uses.map(({ cpu }) => cpu),
      ),
      percent(
        "MemoryUtilization",
        uses.map(({ memory }) => memory),
      ),
    );
  return data;
}

/** In percent of what an instance has. */
function usesOf({ scope: { cloud }, serving }: Fleet): { cpu: number; memory: number }[] {
  const { cpu, memoryMib } = serving!.configuration;
  const before = samples(cloud);
  const atMs = cloud.world.clock.nowMs();
  return serving!.running().flatMap(({ id, startedMs, usage, exited }) => {
    const used = usage();
    if (!used) return [];
    const last = before.get(id) ?? { cpuSeconds: 0, atMs: startedMs };
    if (!before.has(id)) void exited.then(() => before.delete(id));
    before.set(id, { cpuSeconds: used.cpuSeconds, atMs });
    const seconds = Math.max(0.001, (atMs - last.atMs) / 1000);
    return {
      cpu: (Math.max(0, used.cpuSeconds - last.cpuSeconds) / seconds / (cpu / 1024)) * 100,
      memory: (used.residentBytes / (memoryMib * mebibyte)) * 100,
    };
  });
}
