/** Operations on clusters. */
import type { ClusterField } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import {
  checkProviders,
  checkStrategy,
  type ClusterRecord,
  describeCluster,
  findCluster,
  listClusters,
  requireCluster,
  saveCluster,
} from "../cluster.ts";
import { clusterContainsServices, clusterContainsTasks, clusterNotFound, invalidParameter } from "../errors.ts";
import { clusterArn, clusterName, namePattern, type Scope } from "../names.ts";
import { page } from "../paging.ts";
import { requireNamespace } from "../service-connect.ts";
import { listServices } from "../service.ts";
import { readTags } from "../tags.ts";
import { tasksOf } from "../task.ts";
import { defaultSetting } from "./account-settings.ts";

const everything: ClusterField[] = ["TAGS", "SETTINGS", "CONFIGURATIONS"];

function readSettings(
  given: readonly { name?: string | undefined; value?: string | undefined }[] | undefined,
): ClusterRecord["settings"] | undefined {
  return given?.map(({ name, value }) => {
    if (name !== "containerInsights") throw invalidParameter("Setting name must be one of [containerInsights].");
    if (!["enabled", "disabled", "enhanced"].includes(String(value))) {
      throw invalidParameter("Invalid cluster setting value. The value for containerInsights must be 'enabled', 'disabled' or 'enhanced'.");
    }
    return { name, value: String(value) };
  });
}

export const createCluster = operation("ecs", "CreateCluster", async (input, context) => {
  const name = input.clusterName ?? "default";
  if (!namePattern.test(name)) throw invalidParameter("Cluster name contains invalid characters.");
  const providers = input.capacityProviders ?? [];
  checkProviders(providers);
  checkStrategy(input.defaultCapacityProviderStrategy ?? [], providers);
  const settings = readSettings(input.settings) ?? [
    { name: "containerInsights" as const, value: defaultSetting(context, "containerInsights") },
  ];
  const tags = { ...readTags(input.tags), ...systemTagsOf(input) };
  const found = findCluster(context, name);
  // Creating a cluster that is there answers it as it is.
  if (found?.status === "ACTIVE") return { cluster: describeCluster(context, found, everything) };
  const connect = input.serviceConnectDefaults?.namespace;
  const namespace = connect ? (await requireNamespace(context, connect)).arn : undefined;
  const record: ClusterRecord = {
    name,
    status: "ACTIVE",
    settings,
    ...(input.configuration && { configuration: input.configuration }),
    ...(namespace !== undefined && { serviceConnectNamespace: namespace }),
    capacityProviders: providers,
    defaultStrategy: input.defaultCapacityProviderStrategy ?? [],
    tags,
  };
  saveCluster(context, record);
  return { cluster: describeCluster(context, record, everything) };
});

export const describeClusters = operation("ecs", "DescribeClusters", (input, context) => {
  const given = input.clusters && input.clusters.length > 0 ? input.clusters : ["default"];
  if (given.length > 100) throw invalidParameter("Clusters can have at most 100 items.");
  const clusters = [];
  const failures = [];
  for (const each of given) {
    const found = findCluster(context, each);
    if (found) clusters.push(describeCluster(context, found, input.include));
    else failures.push({ arn: each.startsWith("arn:") ? each : clusterArn(context, each), reason: "MISSING" });
  }
  return { clusters, failures };
});

export const listClusterArns = operation("ecs", "ListClusters", (input, context) => {
  const arns = listClusters(context)
    .filter(({ status }) => status === "ACTIVE")
    .map(({ name }) => clusterArn(context, name));
  const { items, nextToken } = page(arns, { size: input.maxResults, token: input.nextToken, query: "ListClusters", keyOf: (arn) => arn });
  return { clusterArns: items, ...(nextToken && { nextToken }) };
});

export const deleteCluster = operation("ecs", "DeleteCluster", (input, context) => {
  const record = findCluster(context, input.cluster);
  if (!record) throw clusterNotFound();
  if (listServices(context, record.name).some(({ status }) => status !== "INACTIVE")) throw clusterContainsServices();
  if (tasksOf(context, record.name).some(({ lastStatus }) => lastStatus !== "STOPPED")) throw clusterContainsTasks();
  record.status = "INACTIVE";
  saveCluster(context, record);
  return { cluster: describeCluster(context, record) };
});

function change(context: Scope, cluster: string | undefined, changes: Partial<ClusterRecord>) {
  const record = { ...requireCluster(context, cluster), ...changes };
  saveCluster(context, record);
  return { cluster: describeCluster(context, record, everything) };
}

export const updateCluster = operation("ecs", "UpdateCluster", async (input, context) => {
  const settings = readSettings(input.settings);
  requireCluster(context, input.cluster);
  const connect = input.serviceConnectDefaults?.namespace;
  const namespace = connect ? (await requireNamespace(context, connect)).arn : undefined;
  return change(context, input.cluster, {
    ...(settings && { settings }),
    ...(input.configuration && { configuration: input.configuration }),
    ...(namespace !== undefined && { serviceConnectNamespace: namespace }),
  });
});

export const updateClusterSettings = operation("ecs", "UpdateClusterSettings", (input, context) =>
  change(context, input.cluster, { settings: readSettings(input.settings)! }),
);

export const putClusterCapacityProviders = operation("ecs", "PutClusterCapacityProviders", (input, context) => {
  const { name } = requireCluster(context, input.cluster);
  checkProviders(input.capacityProviders);
  checkStrategy(input.defaultCapacityProviderStrategy, input.capacityProviders);
  return change(context, name, { capacityProviders: input.capacityProviders, defaultStrategy: input.defaultCapacityProviderStrategy });
});

/** Fargate's two are every account's. */
export const describeCapacityProviders = operation("ecs", "DescribeCapacityProviders", (input, context) => {
  if (input.cluster !== undefined) requireCluster(context, clusterName(input.cluster));
  const known = ["FARGATE", "FARGATE_SPOT"];
  const wanted = input.capacityProviders ?? known;
  const nameOf = (given: string) => given.slice(given.lastIndexOf("/") + 1);
  return {
    capacityProviders: wanted
      .map(nameOf)
      .filter((name) => known.includes(name))
      .map((name) => ({
        capacityProviderArn: `arn:aws:ecs:${context.region}:${context.account}:capacity-provider/${name}`,
        name,
        status: "ACTIVE" as const,
        type: name as "FARGATE" | "FARGATE_SPOT",
        tags: [],
      })),
    failures: wanted
      .filter((given) => !known.includes(nameOf(given)))
      .map((given) => ({
        arn: given.startsWith("arn:") ? given : `arn:aws:ecs:${context.region}:${context.account}:capacity-provider/${given}`,
        reason: "MISSING",
      })),
  };
});
