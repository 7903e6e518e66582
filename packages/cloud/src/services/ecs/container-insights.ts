/** How many tasks the services of a cluster have, once a minute into CloudWatch (namespace ECS/ContainerInsights), where the cluster's setting asks for it. */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { findCluster } from "./cluster.ts";
import { allServices, isPending, isRunning, type ServiceRecord, tasksOfService } from "./service.ts";

type At = { cloud: Cloud; account: string; region: string };

/** Written together with the metrics of AWS/ECS. */
export async function publishInsights(cloud: Cloud, timestamp: Date): Promise<void> {
  const active = allServices(cloud).filter(({ service }) => service.status === "ACTIVE");
  for (const region of new Set(active.map((each) => each.region))) {
    const at = { cloud, account: cloud.account, region };
    const counted = active.filter((each) => each.region === region && isCounted(at, each.service)).map(({ service }) => service);
    await put(
      at,
      counted.flatMap((service) => countsOf(at, service, timestamp)),
    );
  }
}

/** Of one service, now. */
export async function publishCounts(at: At, service: ServiceRecord): Promise<void> {
  if (isCounted(at, service)) await put(at, countsOf(at, service, new Date(at.cloud.world.clock.nowMs())));
}

async function put({ cloud, region }: At, data: ReturnType<typeof countsOf>): Promise<void> {
  const call = cloud.as(servicePrincipal(cloud.account, "ecs.amazonaws.com"), region);
  for (let first = 0; first < data.length; first += 100) {
    await call("cloudwatch", "PutMetricData", { Namespace: "ECS/ContainerInsights", MetricData: data.slice(first, first + 100) });
  }
}

function isCounted(at: At, service: ServiceRecord): boolean {
  const setting = findCluster(at, service.cluster)?.settings.find(({ name }) => name === "containerInsights")?.value;
  return setting === "enabled" || setting === "enhanced";
}

function countsOf(at: At, service: ServiceRecord, Timestamp: Date) {
  const tasks = tasksOfService(at, service);
  const Dimensions = [
    { Name: "ClusterName", Value: service.cluster },
    { Name: "ServiceName", Value: service.name },
  ];
  const counts = {
    RunningTaskCount: tasks.filter(isRunning).length,
    PendingTaskCount: tasks.filter(isPending).length,
    DesiredTaskCount: service.desiredCount,
    DeploymentCount: service.deployments.length,
  };
  return Object.entries(counts).map(([MetricName, Value]) => ({ MetricName, Dimensions, Timestamp, Value, Unit: "Count" as const }));
}
