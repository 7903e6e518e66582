/** CPU and memory of services and clusters, measured from their processes, once a minute into CloudWatch (namespace AWS/ECS). */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { round } from "../../runtime/round.ts";
import { publishCounts, publishInsights } from "./container-insights.ts";
import type { Scope } from "./names.ts";
import { findService } from "./service.ts";
import { type TaskRun, taskRuns } from "./task-run.ts";

const periodMs = 60_000;
const key = Symbol("ecs metrics");

interface Sample {
  cpuSeconds: number;
  atMs: number;
}

const state = (cloud: Cloud) => cloud.memory(key, () => ({ before: new Map<string, Sample>(), begun: new Set<string>() }));

export const metrics = round("ecs: metrics", periodMs, publish);

interface Use {
  region: string;
  cluster: string;
  service: string | undefined;
  /** Of what the task may use. */
  cpuPercent: number;
  memoryPercent: number;
}

/** One value for each task, as AWS gives: SampleCount is the number of running tasks. */
async function publish(cloud: Cloud): Promise<void> {
  const { before } = state(cloud);
  for (const id of before.keys()) if (!taskRuns(cloud).has(id)) before.delete(id);
  const uses = [...taskRuns(cloud).values()].flatMap((run) => measure(cloud, run) ?? []);
  const timestamp = new Date(cloud.world.clock.nowMs());
  await put(cloud, uses, timestamp);
  await publishInsights(cloud, timestamp);
}

/** The first tasks of a service are told at once: an alarm on what they do would else go off where a deploy takes less than a minute. */
export async function publishFirst({ cloud, account, region }: Scope, cluster: string, name: string): Promise<void> {
  const service = findService({ cloud, account, region }, cluster, name);
  const { begun } = state(cloud);
  const id = service && `${region}/${cluster}/${name}/${service.createdMs}`;
  if (!service || begun.has(id!)) return;
  const own = [...taskRuns(cloud).values()].filter(
    ({ task, scope }) => scope.region === region && task.cluster === cluster && task.group === `service:${name}`,
  );
  const uses = own.flatMap((run) => measure(cloud, run) ?? []);
  if (uses.length === 0) return;
  begun.add(id!);
  try {
    await put(cloud, uses, new Date(cloud.world.clock.nowMs()));
    await publishCounts({ cloud, account, region }, service);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error; // the next minute tells it
  }
}

async function put(cloud: Cloud, uses: readonly Use[], timestamp: Date): Promise<void> {
  for (const region of new Set(uses.map((use) => use.region))) {
    const call = cloud.as(servicePrincipal(cloud.account, "ecs.amazonaws.com"), region);
    const groups = new Map<string, { dimensions: { Name: string; Value: string }[]; uses: Use[] }>();
    for (const use of uses.filter((each) => each.region === region && each.service !== undefined)) {
      const cluster = { Name: "ClusterName", Value: use.cluster };
      for (const dimensions of [[cluster], [cluster, { Name: "ServiceName", Value: use.service! }]]) {
        const id = JSON.stringify(dimensions);
        const group = groups.get(id) ?? { dimensions, uses: [] };
        group.uses.push(use);
        groups.set(id, group);
      }
    }
    const data = [...groups.values()].flatMap(({ dimensions, uses: own }) =>
      (["CPUUtilization", "MemoryUtilization"] as const).map((name) => ({
        MetricName: name,
        Dimensions: dimensions,
        Timestamp: timestamp,
        Unit: "Percent" as const,
        Values: own.map((use) => (name === "CPUUtilization" ? use.cpuPercent : use.memoryPercent)),
      })),
    );
    for (let at = 0; at < data.length; at += 100) {
      await call("cloudwatch", "PutMetricData", { Namespace: "AWS/ECS", MetricData: data.slice(at, at + 100) });
    }
  }
}

function measure(cloud: Cloud, { task, scope, containers }: TaskRun): Use | undefined {
  if (task.lastStatus !== "RUNNING") return undefined;
  const used = [...containers.values()].flatMap((container) => container.usage() ?? []);
  const sum = (of: (each: (typeof used)[number]) => number) => used.reduce((total, each) => total + of(each), 0);
  const { before } = state(cloud);
  const atMs = cloud.world.clock.nowMs();
  const cpuSeconds = sum((each) => each.cpuSeconds);
  const last = before.get(task.id) ?? { cpuSeconds: 0, atMs: task.startedMs ?? atMs };
  before.set(task.id, { cpuSeconds, atMs });
  const seconds = Math.max(0.001, (atMs - last.atMs) / 1000);
  const vcpus = Number(task.cpu) / 1024;
  return {
    region: scope.region,
    cluster: task.cluster,
    service: task.group.startsWith("service:") ? task.group.slice("service:".length) : undefined,
    cpuPercent: (Math.max(0, cpuSeconds - last.cpuSeconds) / seconds / vcpus) * 100,
    memoryPercent: (sum((each) => each.residentBytes) / (Number(task.memory) * 1024 * 1024)) * 100,
  };
}
