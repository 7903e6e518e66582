/** How many tasks the services of a cluster have, once a minute into CloudWatch (namespace ECS/ContainerInsights), where the cluster's setting asks for it. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { findCluster } from "./cluster.ts";
import { allServices, findService, isPending, isRunning, type ServiceRecord, tasksOfService } from "./service.ts";

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

const begun = Symbol("ecs container insights");

/** The first that runs is told at once: an alarm on it would else go off where a deploy takes less than a minute. */
export async function publishFirst(at: At, cluster: string, name: string): Promise<void> {
  const { cloud, region } = at;
  const service = findService(at, cluster, name);
  const told = cloud.memory(begun, () => new Set<string>());
  const id = service && `${region}/${cluster}/${name}/${service.createdMs}`;
  if (!service || told.has(id!) || !isCounted(at, service) || !tasksOfService(at, service).some(isRunning)) return;
  told.add(id!);
  try {
    await put(at, countsOf(at, service, new Date(cloud.world.clock.nowMs())));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error; // the next minute tells it
  }
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
