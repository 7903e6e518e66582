/** Each minute: what CloudWatch gets to know of every running cache, by member. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { memoryBytesOf } from "./engine.ts";
import { events } from "./event.ts";
import { runningServer } from "./life.ts";
import { memberIds, type ReplicationGroup, replicationGroups } from "./replication-group.ts";

const intervalMs = 60_000;
const memory = Symbol("elasticache metrics");

const cpuOf = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, { atMs: number; seconds: number }>());

export const metrics = round("elasticache: metrics", intervalMs, measure);

async function measure(cloud: Cloud): Promise<void> {
  events.forgetOld(cloud);
  for (const { scope: region, value: group } of replicationGroups(cloud).all()) {
    if (group.status !== "available") continue;
    try {
      await report(cloud, region, group);
    } catch (error) {
      // A server that is just ending cannot be asked, and a cloud without CloudWatch has nobody to tell.
      if (!(error instanceof AwsError) && !(error instanceof Error)) throw error;
    }
  }
}

async function report(cloud: Cloud, region: string, group: ReplicationGroup): Promise<void> {
  const server = runningServer(cloud, region, group.id);
  if (!server) return;
  const info = await server.info();
  const number = (name: string) => Number(info.get(name) ?? 0);
  const nowMs = cloud.world.clock.nowMs();
  const seconds = number("used_cpu_user") + number("used_cpu_sys");
  const before = cpuOf(cloud).get(group.id);
  cpuOf(cloud).set(group.id, { atMs: nowMs, seconds });
  const cpu =
    before && nowMs > before.atMs
      ? Math.min(100, Math.max(0, ((seconds - before.seconds) / ((nowMs - before.atMs) / 1000)) * 100))
      : undefined;
  const used = number("used_memory");
  const items = [...info]
    .filter(([name]) => /^db\d+$/.test(name))
    .reduce((sum, [, value]) => sum + Number(/keys=(\d+)/.exec(value)?.[1] ?? 0), 0);
  const limit = number("maxmemory") || memoryBytesOf(group.nodeType);
  const values: [name: string, value: number, unit: "Percent" | "Bytes" | "Count"][] = [
    ["DatabaseMemoryUsagePercentage", Math.min(100, (used / limit) * 100), "Percent"],
    ["BytesUsedForCache", used, "Bytes"],
    // Not counting the one that asks.
    ["CurrConnections", Math.max(0, number("connected_clients") - 1), "Count"],
    ["CurrItems", items, "Count"],
  ];
  if (cpu !== undefined) values.push(["EngineCPUUtilization", cpu, "Percent"], ["CPUUtilization", cpu, "Percent"]);
  const call = cloud.as(servicePrincipal(cloud.account, "elasticache.amazonaws.com"), region);
  await call("cloudwatch", "PutMetricData", {
    Namespace: "AWS/ElastiCache",
    MetricData: memberIds(group)
      .slice(0, 1)
      .flatMap((id) =>
        values.map(([MetricName, Value, Unit]) => ({
          MetricName,
          Dimensions: [{ Name: "CacheClusterId", Value: id }],
          Timestamp: new Date(nowMs),
          Value,
          Unit,
        })),
      ),
  });
}
