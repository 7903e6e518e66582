/** Clusters: their records, capacity providers and what describes say of them. */
import type { CapacityProviderStrategyItem, Cluster, ClusterConfiguration } from "@aws-sdk/client-ecs";
import { clusterNotFound, invalidParameter } from "./errors.ts";
import { clusterArn, clusterName, type Scope } from "./names.ts";
import { listServices } from "./service.ts";
import { listTags } from "./tags.ts";
import { tasksOf } from "./task.ts";

export interface ClusterRecord {
  name: string;
  status: "ACTIVE" | "INACTIVE";
  settings: { name: "containerInsights"; value: string }[];
  configuration?: ClusterConfiguration;
  serviceConnectNamespace?: string;
  capacityProviders: string[];
  defaultStrategy: CapacityProviderStrategyItem[];
  tags: Record<string, string>;
}

const clusters = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<ClusterRecord>("ecs-cluster");

export const fargateProviders = ["FARGATE", "FARGATE_SPOT"];

export function listClusters(scope: Scope): ClusterRecord[] {
  return clusters(scope).list(scope.region);
}

export function saveCluster(scope: Scope, record: ClusterRecord): void {
  clusters(scope).put(scope.region, record.name, record);
}

export function findCluster(scope: Scope, given: string | undefined): ClusterRecord | undefined {
  return clusters(scope).get(scope.region, clusterName(given));
}

/** An active cluster, or ClusterNotFoundException. */
export function requireCluster(scope: Scope, given: string | undefined): ClusterRecord {
  const found = findCluster(scope, given);
  if (found?.status !== "ACTIVE") throw clusterNotFound();
  return found;
}

/** Checks a strategy against what a cluster may use; `providers` are those of the cluster. */
export function checkStrategy(strategy: readonly CapacityProviderStrategyItem[], providers: readonly string[]): void {
  if (strategy.length > 20) throw invalidParameter("The capacity provider strategy cannot contain more than 20 capacity providers.");
  const names = strategy.map(({ capacityProvider }) => capacityProvider!);
  if (new Set(names).size < names.length) {
    throw invalidParameter("The capacity provider strategy cannot contain a capacity provider more than once.");
  }
  const unknown = names.find((name) => !providers.includes(name));
  if (unknown !== undefined) {
    throw invalidParameter(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or remove the capacity provider from the strategy and try again.",
    );
  }
  if (strategy.some(({ weight = 0 }) => weight < 0 || weight > 1000)) {
    throw invalidParameter("The weight of a capacity provider must be between 0 and 1000.");
  }
  if (strategy.some(({ base = 0 }) => base < 0 || base > 100_000)) {
    throw invalidParameter("The base of a capacity provider must be between 0 and 100000.");
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    throw invalidParameter("Only one capacity provider in a capacity provider strategy can have a base defined.");
  }
  if (strategy.length > 0 && strategy.every(({ weight = 0 }) => weight === 0) && strategy.every(({ base = 0 }) => base === 0)) {
    throw invalidParameter("The capacity provider strategy must have at least one capacity provider with a weight greater than 0.");
  }
}

/** Capacity providers of the cloud: Fargate's two only. */
export function checkProviders(names: readonly string[]): void {
  const unknown = names.find((name) => !fargateProviders.includes(name));
  if (unknown !== undefined) {
    throw invalidParameter(`The specified capacity provider '${unknown}' was not found. Specify a valid name or ARN and try again.`);
  }
}

export function describeCluster(scope: Scope, record: ClusterRecord, include: readonly string[] = []): Cluster {
  const tasks = tasksOf(scope, record.name).filter(({ lastStatus }) => lastStatus !== "STOPPED");
  const services = listServices(scope, record.name).filter(({ status }) => status === "ACTIVE");
  const count = (status: string) => tasks.filter(({ lastStatus }) => lastStatus === status).length;
  const pending = tasks.filter(({ lastStatus }) => ["PROVISIONING", "PENDING", "ACTIVATING"].includes(lastStatus)).length;
  return {
    clusterArn: clusterArn(scope, record.name),
    clusterName: record.name,
    status: record.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: count("RUNNING"),
    pendingTasksCount: pending,
    activeServicesCount: services.length,
    statistics: include.includes("STATISTICS")
      ? Object.entries({
          runningEC2TasksCount: 0,
          runningFargateTasksCount: count("RUNNING"),
          pendingEC2TasksCount: 0,
          pendingFargateTasksCount: pending,
          runningExternalTasksCount: 0,
          pendingExternalTasksCount: 0,
          activeEC2ServiceCount: 0,
          drainingEC2ServiceCount: 0,
          activeFargateServiceCount: services.length,
          drainingFargateServiceCount: listServices(scope, record.name).filter(({ status }) => status === "DRAINING").length,
        }).map(([name, value]) => ({ name, value: String(value) }))
      : [],
    tags: include.includes("TAGS") ? listTags(record.tags) : [],
    settings: include.includes("SETTINGS") ? record.settings : [],
    ...(include.includes("CONFIGURATIONS") && record.configuration && { configuration: record.configuration }),
    capacityProviders: record.capacityProviders,
    defaultCapacityProviderStrategy: record.defaultStrategy,
    ...(include.includes("ATTACHMENTS") && { attachments: [], attachmentsStatus: "UPDATE_COMPLETE" }),
    ...(record.serviceConnectNamespace !== undefined && { serviceConnectDefaults: { namespace: record.serviceConnectNamespace } }),
  };
}
