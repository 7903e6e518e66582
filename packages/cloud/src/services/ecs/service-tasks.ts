/** The tasks of a service: started for one of its deployments, followed while they live, stopped. */
import { AwsError } from "../../aws-error.ts";
import { noteFailure } from "./deployment-outcome.ts";
import type { Scope } from "./names.ts";
import { watchReadiness } from "./readiness.ts";
import { addEvent, type DeploymentRecord, findService, saveService, type ServiceRecord, tasksOfService } from "./service.ts";
import { tellDeregistered } from "./service-targets.ts";
import type { TaskRecord } from "./task.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { checkRoles, createTask, nextProvider } from "./task-launch.ts";
import { startTask } from "./task-life.ts";
import { taskRuns } from "./task-run.ts";

/** Starts tasks for a deployment of the service; `wake` has the service looked at, whenever one of them changes. */
export async function startTasks(
  scope: Scope,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  count: number,
  wake: () => void,
): Promise<void> {
  const { network, platformVersion } = deployment;
  if (!network || platformVersion === undefined) return;
  const definition = findTaskDefinition(scope, `${deployment.family}:${deployment.revision}`);
  try {
    if (!definition) throw new AwsError("ClientException", "TaskDefinition not found.");
    checkRoles(scope, definition);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const now = findService(scope, service.cluster, service.name);
    if (!now) return;
    addEvent(scope, now, `failed to launch a task with (error ${error.message}).`);
    noteFailure(scope, now, deployment.id);
    return;
  }
  // While the roles were read the service may have changed: then the next step decides.
  const now = findService(scope, service.cluster, service.name);
  const own = now?.deployments.find(({ id, status }) => id === deployment.id && status === deployment.status);
  if (!now || !own || now.status !== "ACTIVE" || now.desiredCount < service.desiredCount) {
    wake();
    return;
  }
  const running = tasksOfService(scope, now).filter((task) => task.startedBy === deployment.id && task.desiredStatus === "RUNNING");
  const providers = running.map(({ capacityProvider }) => capacityProvider);
  const started: TaskRecord[] = [];
  for (let index = 0; index < count; index++) {
    const capacityProvider = deployment.strategy && nextProvider(deployment.strategy, providers);
    providers.push(capacityProvider);
    const task = createTask(scope, {
      cluster: now.cluster,
      definition,
      capacityProvider,
      group: `service:${now.name}`,
      startedBy: deployment.id,
      platformVersion,
      enableExecuteCommand: now.enableExecuteCommand,
      overrides: {},
      network,
      tags: tagsOfTask(now, definition.tags),
    });
    started.push(task);
  }
  own.updatedMs = scope.cloud.world.clock.nowMs();
  now.steady = false;
  addEvent(scope, now, `has started ${started.length} tasks: ${started.map(({ id }) => `(task ${id})`).join(" ")}.`);
  saveService(scope, now);
  for (const task of started) follow(scope, now.cluster, now.name, task, wake);
}

function tagsOfTask(service: ServiceRecord, ofDefinition: Record<string, string>): Record<string, string> {
  const own = (tags: Record<string, string>) => Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
  return {
    ...(service.propagateTags === "SERVICE" && own(service.tags)),
    ...(service.propagateTags === "TASK_DEFINITION" && own(ofDefinition)),
    ...(service.enableEcsManagedTags && { "aws:ecs:clusterName": service.cluster, "aws:ecs:serviceName": service.name }),
  };
}

/** Starts a task that was written down, and looks at the service whenever it changes. */
function follow(scope: Scope, cluster: string, name: string, task: TaskRecord, wake: () => void): void {
  let failed = false;
  let ran = false;
  const run = startTask(scope, task, () => {
    if (task.lastStatus === "RUNNING" && !ran) {
      ran = true;
      watchReadiness(run, wake).catch((error: unknown) => console.error("ecs: readiness:", error));
    }
    if (task.lastStatus === "DEACTIVATING" && task.targets && !task.deregistrationTold) {
      const service = findService(scope, cluster, name);
      if (service) {
        tellDeregistered(scope, service, [task]);
        saveService(scope, service);
      }
    }
    const byItself = task.stopCode === "EssentialContainerExited" || task.stopCode === "TaskFailedToStart";
    if (byItself && !failed) {
      failed = true;
      const service = findService(scope, cluster, name);
      if (service) noteFailure(scope, service, task.startedBy!);
    }
    wake();
  });
}

export function stopTasks(scope: Scope, service: ServiceRecord, tasks: readonly TaskRecord[], reason: string): void {
  const stopped = tasks.filter(({ id }) => taskRuns(scope.cloud).has(id));
  if (stopped.length === 0) return;
  service.steady = false;
  tellDeregistered(scope, service, stopped);
  addEvent(scope, service, `has stopped ${stopped.length} running tasks: ${stopped.map(({ id }) => `(task ${id})`).join(" ")}.`);
  saveService(scope, service);
  for (const { id } of stopped) taskRuns(scope.cloud).get(id)?.stop(reason, "ServiceSchedulerInitiated");
}
