/** Operations on tasks. */
import { createHash } from "node:crypto";
import type { Failure } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { requireCluster } from "../cluster.ts";
import { clientError, invalidParameter, notHere } from "../errors.ts";
import { clusterName, taskArn } from "../names.ts";
import { missingInstances } from "./container-instances.ts";
import { page } from "../paging.ts";
import { findService } from "../service.ts";
import { readTags } from "../tags.ts";
import { describeTask, findTask, type TaskRecord, tasksOf } from "../task.ts";
import { requireActiveTaskDefinition } from "../task-definition.ts";
import {
  checkCompatible,
  checkLaunchType,
  checkOverrides,
  checkRoles,
  createTask,
  nextProvider,
  noContainerInstances,
  readPlacement,
  readPlatformVersion,
} from "../task-launch.ts";
import { startTask } from "../task-life.ts";
import { taskRuns } from "../task-run.ts";
import { readNetwork } from "../task-network.ts";

/** What a client token was used for: the same again gives the same tasks, another thing a conflict. */
interface TokenRecord {
  hash: string;
  ids: string[];
}

export const runTask = operation("ecs", "RunTask", async (input, context) => {
  checkLaunchType(input.launchType);
  const cluster = requireCluster(context, input.cluster);
  const count = input.count ?? 1;
  if (count < 1 || count > 10) throw invalidParameter("Count must be between 1 and 10.");
  if (input.startedBy !== undefined && input.startedBy.length > 128) throw invalidParameter("startedBy can have at most 128 characters.");
  const definition = requireActiveTaskDefinition(context, input.taskDefinition);
  const placement = readPlacement(cluster, input.launchType, input.capacityProviderStrategy);
  if (placement.launchType === "EC2") throw noContainerInstances();
  checkCompatible(definition);
  if (input.placementConstraints && input.placementConstraints.length > 0) {
    throw invalidParameter("Placement constraints are not supported with FARGATE launch type.");
  }
  if (input.placementStrategy && input.placementStrategy.length > 0) {
    throw invalidParameter("Placement strategies are not supported with FARGATE launch type.");
  }
  if (input.volumeConfigurations && input.volumeConfigurations.length > 0) throw notHere("volumes configured at launch");
  const platformVersion = readPlatformVersion(input.platformVersion);
  const overrides = input.overrides ?? {};
  checkOverrides(definition, overrides);
  const tags = readTags(input.tags);
  const network = await readNetwork(context, input.networkConfiguration);
  checkRoles(context, definition, overrides);

  const tokens = context.cloud.store.collection<TokenRecord>("ecs-run-token");
  const tokenKey = input.clientToken === undefined ? undefined : `${cluster.name} ${input.clientToken}`;
  const { clientToken: _, ...asked } = input;
  const hash = createHash("sha256").update(JSON.stringify(asked)).digest("hex");
  const used = tokenKey === undefined ? undefined : tokens.get(context.region, tokenKey);
  if (used) {
    if (used.hash !== hash) {
      throw new AwsError("ConflictException", "The client token has already been used with different parameters.", 400, {
        resourceIds: used.ids.map((id) => taskArn(context, cluster.name, id)),
      });
    }
    const found = used.ids.flatMap((id) => findTask(context, cluster.name, id) ?? []);
    return { tasks: found.map((task) => describeTask(context, task, ["TAGS"])), failures: [] };
  }

  // A token is worth as much as its tasks are answered.
  for (const { key, value } of tokens.entries(context.region, `${cluster.name} `)) {
    if (value.ids.every((id) => !findTask(context, cluster.name, id))) tokens.delete(context.region, key);
  }
  const propagated = input.propagateTags === "TASK_DEFINITION" ? definition.tags : {};
  const managed: Record<string, string> = input.enableECSManagedTags ? { "aws:ecs:clusterName": cluster.name } : {};
  const own = Object.fromEntries(Object.entries(propagated).filter(([key]) => !key.startsWith("aws:")));
  const providers: (string | undefined)[] = [];
  const tasks = context.cloud.store.transaction(() => {
    const created = Array.from({ length: count }, () => {
      const capacityProvider = placement.strategy && nextProvider(placement.strategy, providers);
      providers.push(capacityProvider);
      return createTask(context, {
        cluster: cluster.name,
        definition,
        capacityProvider,
        group: input.group ?? `family:${definition.family}`,
        startedBy: input.startedBy,
        platformVersion,
        enableExecuteCommand: input.enableExecuteCommand ?? false,
        overrides,
        network,
        tags: { ...own, ...tags, ...managed },
      });
    });
    if (tokenKey !== undefined) tokens.put(context.region, tokenKey, { hash, ids: created.map(({ id }) => id) });
    return created;
  });
  const answer = { tasks: tasks.map((task) => describeTask(context, task, ["TAGS"])), failures: [] };
  for (const task of tasks) startTask(context, task);
  return answer;
});

/** It names container instances, and there are none: each is missing. */
export const startTaskOnInstance = operation("ecs", "StartTask", (input, context) => {
  const { name } = requireCluster(context, input.cluster);
  requireActiveTaskDefinition(context, input.taskDefinition);
  if (input.containerInstances.length === 0) throw clientError("Container Instances cannot be empty.");
  if (input.containerInstances.length > 10) throw invalidParameter("Container Instances can have at most 10 items.");
  return { tasks: [], failures: missingInstances(context, name, input.containerInstances) };
});

export const stopTask = operation("ecs", "StopTask", (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const found = findTask(context, cluster.name, input.task);
  if (!found) throw invalidParameter("The referenced task was not found.");
  if (input.reason !== undefined && input.reason.length > 1024) throw invalidParameter("reason can have at most 1024 characters.");
  taskRuns(context.cloud)
    .get(found.id)
    ?.stop(input.reason ?? "Task stopped by user", "UserInitiated");
  return { task: describeTask(context, findTask(context, cluster.name, found.id) ?? found, ["TAGS"]) };
});

export const describeTasks = operation("ecs", "DescribeTasks", (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  if (input.tasks.length === 0) throw invalidParameter("Tasks cannot be empty.");
  if (input.tasks.length > 100) throw invalidParameter("Tasks can have at most 100 items.");
  const tasks = [];
  const failures: Failure[] = [];
  for (const given of input.tasks) {
    const found = findTask(context, cluster.name, given);
    if (found) tasks.push(describeTask(context, found, input.include));
    else failures.push({ arn: given.startsWith("arn:") ? given : taskArn(context, cluster.name, given), reason: "MISSING" });
  }
  return { tasks, failures };
});

export const listTasks = operation("ecs", "ListTasks", (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const desired = input.desiredStatus ?? "RUNNING";
  if (desired === "PENDING") return { taskArns: [] };
  if (!["RUNNING", "STOPPED"].includes(desired)) throw invalidParameter("desiredStatus should be one of [RUNNING,PENDING,STOPPED]");
  const service = input.serviceName === undefined ? undefined : findService(context, cluster.name, input.serviceName);
  if (input.serviceName !== undefined && !service) throw new AwsError("ServiceNotFoundException", "Service not found.");
  // There are no container instances, and every task is Fargate's.
  const none = input.containerInstance !== undefined || (input.launchType !== undefined && input.launchType !== "FARGATE");
  const holds = (task: TaskRecord) =>
    !none &&
    task.desiredStatus === desired &&
    (input.family === undefined || task.family === input.family) &&
    (input.startedBy === undefined || task.startedBy === input.startedBy) &&
    (service === undefined || task.group === `service:${service.name}`);
  const arns = tasksOf(context, cluster.name)
    .filter(holds)
    .map(({ id }) => taskArn(context, clusterName(cluster.name), id));
  const { items, nextToken } = page(arns, {
    size: input.maxResults,
    token: input.nextToken,
    query: `ListTasks ${cluster.name} ${desired} ${input.family ?? ""} ${input.startedBy ?? ""} ${input.serviceName ?? ""}`,
    keyOf: (arn) => arn,
  });
  return { taskArns: items, ...(nextToken && { nextToken }) };
});
