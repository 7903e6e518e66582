/** Each minute: what CloudWatch gets to know of every running instance, and the work that waits for a time of day. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { backupRound } from "./backup/round.ts";
import { events } from "./event.ts";
import { changeInstance, type Instance, instances } from "./instance.ts";
import { modify, work } from "./life.ts";
import { runningServer, runningServers } from "./servers.ts";
import { inMaintenance } from "./windows.ts";

const intervalMs = 60_000;
const memory = Symbol("rds metrics");

interface Round {
  cancel: () => void;
  /** CPU seconds at the last round, by resource id. */
  cpu: Map<string, { atMs: number; seconds: number }>;
}

const round = (cloud: Cloud) => cloud.memory<Round>(memory, () => ({ cancel: () => {}, cpu: new Map() }));

export function startMetrics(cloud: Cloud): void {
  round(cloud).cancel = cloud.world.clock.after(intervalMs, () => {
    void measure(cloud).finally(() => startMetrics(cloud));
  });
}

export function stopMetrics(cloud: Cloud): void {
  round(cloud).cancel();
}

async function measure(cloud: Cloud): Promise<void> {
  events.forgetOld(cloud);
  for (const { scope: region, value: instance } of instances(cloud).all()) {
    if (instance.status !== "available" || !runningServers(cloud).has(instance.resourceId)) continue;
    try {
      await report(cloud, region, instance);
    } catch (error) {
      // A server that is just ending cannot be asked, and a cloud without CloudWatch has nobody to tell.
      if (!(error instanceof AwsError) && !(error instanceof Error && "code" in error)) throw error;
    }
    applyDeferred(cloud, region, instance);
  }
  await backupRound(cloud);
}

async function report(cloud: Cloud, region: string, instance: Instance): Promise<void> {
  const server = runningServer(cloud, instance)!;
  const nowMs = cloud.world.clock.nowMs();
  const usage = server.usage();
  const before = round(cloud).cpu.get(instance.resourceId);
  if (usage) round(cloud).cpu.set(instance.resourceId, { atMs: nowMs, seconds: usage.cpuSeconds });
  const [row] = await server.query(
    "select (select count(*) from pg_stat_activity where backend_type = 'client backend' and usename <> 'rdsadmin')::int as connections, (select sum(pg_database_size(oid)) from pg_database)::float8 as bytes",
  );
  const { connections, bytes } = row as { connections: number; bytes: number };
  const free = Math.max(0, instance.settings.allocatedStorage * 2 ** 30 - bytes);
  // CPU of one processor, since a local server has no class of its own.
  const cpu =
    usage && before && nowMs > before.atMs
      ? Math.min(100, Math.max(0, ((usage.cpuSeconds - before.seconds) / ((nowMs - before.atMs) / 1000)) * 100))
      : undefined;
  const values: [name: string, value: number, unit: "Percent" | "Bytes" | "Count"][] = [
    ...(cpu === undefined ? [] : [["CPUUtilization", cpu, "Percent"] as [string, number, "Percent"]]),
    ["FreeStorageSpace", free, "Bytes"],
    ["DatabaseConnections", connections, "Count"],
  ];
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
  await call("cloudwatch", "PutMetricData", {
    Namespace: "AWS/RDS",
    MetricData: values.map(([MetricName, Value, Unit]) => ({
      MetricName,
      Dimensions: [{ Name: "DBInstanceIdentifier", Value: instance.identifier }],
      Timestamp: new Date(nowMs),
      Value,
      Unit,
    })),
  });
}

/** Changes that waited for the maintenance window are applied in it. */
function applyDeferred(cloud: Cloud, region: string, instance: Instance): void {
  if (Object.keys(instance.deferred).length === 0 || !inMaintenance(instance.settings.maintenanceWindow, cloud.world.clock.nowMs())) return;
  changeInstance(cloud, region, instance.identifier, (each) => {
    each.pending = { ...each.pending, ...each.deferred };
    each.deferred = {};
    each.status = "modifying";
  });
  void work(cloud, region, instance.resourceId, (name) => modify(cloud, region, name));
}
