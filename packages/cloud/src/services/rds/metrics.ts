/** Each minute: what CloudWatch gets to know of every running instance, and the work that waits for a time of day. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { backupRound } from "./backup/round.ts";
import { round } from "../../runtime/round.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { events } from "./event.ts";
import { changeInstance, type Instance, instances } from "./instance.ts";
import { modify } from "./life.ts";
import { changeCluster, type Cluster, clusters } from "./aurora/cluster.ts";
import { modifyCluster } from "./aurora/life.ts";
import { acusOf, nextCapacity } from "./aurora/load.ts";
import { modifyMember } from "./aurora/member-life.ts";
import { isServerless } from "./aurora/members.ts";
import { clusterWork, work } from "./work.ts";
import { reportProxies } from "./proxy/report.ts";
import { runningServer } from "./servers.ts";
import { reportLags } from "./global/lag.ts";
import { inMaintenance } from "./windows.ts";

const intervalMs = 60_000;
const memory = Symbol("rds metrics");

interface Known {
  /** CPU seconds at the last round, by resource id. */
  cpu: Map<string, { atMs: number; seconds: number }>;
  /** Capacity of serverless instances, by resource id. */
  acus: Map<string, number>;
}

const known = (cloud: Cloud) => cloud.memory<Known>(memory, () => ({ cpu: new Map(), acus: new Map() }));

export const metrics = round("rds: metrics", intervalMs, measure);

async function measure(cloud: Cloud): Promise<void> {
  events.forgetOld(cloud);
  for (const { scope: region, value: instance } of instances(cloud).all()) {
    const server = runningServer(cloud, instance);
    if (instance.status !== "available" || (!server && !instance.member?.paused)) continue;
    try {
      await report(cloud, region, instance, server);
    } catch (error) {
      // A server that is just ending cannot be asked, and a cloud without CloudWatch has nobody to tell.
      const ending = runningServer(cloud, instance) !== server || cloud.stopping.aborted;
      if (!ending && !(error instanceof AwsError) && !(error instanceof Error && "code" in error)) throw error;
    }
    applyDeferred(cloud, region, instance);
  }
  for (const { scope: region, value: cluster } of clusters(cloud).all()) applyClusterDeferred(cloud, region, cluster);
  await reportLags(cloud);
  await reportProxies(cloud);
  await backupRound(cloud);
}

type Metric = [name: string, value: number, unit: "Percent" | "Bytes" | "Count"];

async function report(cloud: Cloud, region: string, instance: Instance, server: PostgresServer | undefined): Promise<void> {
  const nowMs = cloud.world.clock.nowMs();
  const usage = server?.usage();
  const before = known(cloud).cpu.get(instance.resourceId);
  if (usage) known(cloud).cpu.set(instance.resourceId, { atMs: nowMs, seconds: usage.cpuSeconds });
  else known(cloud).cpu.delete(instance.resourceId);
  // Less than before: it is another server by now.
  const comparable = usage && before && nowMs > before.atMs && usage.cpuSeconds >= before.seconds;
  const processors = comparable ? (usage.cpuSeconds - before.seconds) / ((nowMs - before.atMs) / 1000) : undefined;
  const values: Metric[] = [];
  if (server) {
    const [row] = await server.query(
      "select (select count(*) from pg_stat_activity where backend_type = 'client backend' and usename <> 'rdsadmin')::int as connections, (select sum(pg_database_size(oid)) from pg_database)::float8 as bytes",
    );
    const { connections, bytes } = row as { connections: number; bytes: number };
    values.push(["DatabaseConnections", connections, "Count"]);
    if (!instance.member) values.push(["FreeStorageSpace", Math.max(0, instance.settings.allocatedStorage * 2 ** 30 - bytes), "Bytes"]);
  }
  const serverless = serverlessMetrics(cloud, region, instance, server ? processors : 0);
  if (serverless) values.push(...serverless);
  // CPU of one processor, since a local server has no class of its own.
  else if (processors !== undefined) values.push(["CPUUtilization", Math.min(100, processors * 100), "Percent"]);
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
  await call("cloudwatch", "PutMetricData", {
    Namespace: "AWS/RDS",
    MetricData: dimensionsOf(cloud, region, instance).flatMap((Dimensions) =>
      values.map(([MetricName, Value, Unit]) => ({ MetricName, Dimensions, Timestamp: new Date(nowMs), Value, Unit })),
    ),
  });
}

/** An instance's own, and for one of a cluster the cluster's, together and by role. */
function dimensionsOf(cloud: Cloud, region: string, { identifier, member, resourceId }: Instance) {
  const own = [{ Name: "DBInstanceIdentifier", Value: identifier }];
  if (!member) return [own];
  const cluster = { Name: "DBClusterIdentifier", Value: member.cluster };
  const writes = clusters(cloud).get(region, member.cluster)?.writer === resourceId;
  return [own, [cluster], [cluster, { Name: "Role", Value: writes ? "WRITER" : "READER" }]];
}

/** Of a serverless instance: its capacity, and how much of the most it is; nothing of another, or when there is nothing to compare with yet. */
function serverlessMetrics(cloud: Cloud, region: string, instance: Instance, processors: number | undefined): Metric[] | undefined {
  const capacity = instance.member && clusters(cloud).get(region, instance.member.cluster)?.settings.capacity;
  if (!capacity || !isServerless(instance)) return undefined;
  const { acus } = known(cloud);
  const { paused } = instance.member!;
  const used = acusOf(processors ?? 0);
  const now = paused ? 0 : nextCapacity(capacity, used, acus.get(instance.resourceId) ?? 0);
  acus.set(instance.resourceId, now);
  return [
    ["ServerlessDatabaseCapacity", now, "Count"],
    ["ACUUtilization", (now / capacity.max) * 100, "Percent"],
    ["CPUUtilization", paused ? 0 : Math.min(100, (used / capacity.max) * 100), "Percent"],
  ];
}

/** Changes that waited for the maintenance window are applied in it. */
function applyDeferred(cloud: Cloud, region: string, instance: Instance): void {
  if (Object.keys(instance.deferred).length === 0 || !inMaintenance(instance.settings.maintenanceWindow, cloud.world.clock.nowMs())) return;
  changeInstance(cloud, region, instance.identifier, (each) => {
    each.pending = { ...each.pending, ...each.deferred };
    each.deferred = {};
    each.status = "modifying";
  });
  void work(cloud, region, instance.resourceId, (name) => (instance.member ? modifyMember : modify)(cloud, region, name));
}

function applyClusterDeferred(cloud: Cloud, region: string, cluster: Cluster): void {
  const { status, deferred, settings } = cluster;
  if (status !== "available" || Object.keys(deferred).length === 0) return;
  if (!inMaintenance(settings.maintenanceWindow, cloud.world.clock.nowMs())) return;
  changeCluster(cloud, region, cluster.identifier, (each) => {
    each.pending = { ...each.pending, ...each.deferred };
    each.deferred = {};
    each.status = "modifying";
  });
  void clusterWork(cloud, region, cluster.resourceId, (name) => modifyCluster(cloud, region, name));
}
