/** What a container of a task runs, put together from its definition, its override and its image; and what the task makes of its health. */
import type { ContainerDefinition, ContainerOverride } from "@aws-sdk/client-ecs";
import type { Health } from "../../runtime/tasks/health-check.ts";
import type { RunnableImage } from "../../runtime/tasks/image.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import type { ContainerRecord, TaskRecord } from "./task.ts";
import type { TaskNetwork } from "./task-network.ts";

export function refuseUnserved({ name, environmentFiles = [], repositoryCredentials }: ContainerDefinition): void {
  if (environmentFiles.length > 0) {
    throw new TaskFailure(`ResourceInitializationError: the embedded cloud does not read environment files (container ${name})`, name);
  }
  if (repositoryCredentials) {
    throw new TaskFailure(`CannotPullContainerError: the embedded cloud does not pull from private registries (container ${name})`, name);
  }
}

export function overrideOf(task: TaskRecord, { name }: ContainerDefinition): ContainerOverride | undefined {
  return task.overrides.containerOverrides?.find((override) => override.name === name);
}

/** As Docker puts it together: an entry point that is given takes the image's command away. */
export function commandOf(task: TaskRecord, container: ContainerDefinition, image: RunnableImage): string[] {
  const overridden = overrideOf(task, container)?.command;
  const given = container.entryPoint?.length ? container.entryPoint : undefined;
  const command = overridden ?? (container.command?.length ? container.command : given ? [] : image.command);
  const line = [...(given ?? image.entrypoint), ...command].map((part) => image.localize(part));
  if (line.length === 0) throw new TaskFailure("CannotStartContainerError: no command specified", container.name!);
  return line;
}

export function variables(list: readonly { name?: string | undefined; value?: string | undefined }[] | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ name, value }) => [name!, value ?? ""]));
}

/** In a health check, localhost with one of the task's ports is the task's own address: its containers share one localhost on AWS. */
export function localAddresses(text: string, { address, ports }: TaskNetwork): string {
  return text.replace(/\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{1,5})\b/g, (whole, port: string) => {
    const mapped = ports.get(Number(port));
    return mapped === undefined ? whole : `${address}:${mapped}`;
  });
}

/** UNHEALTHY when one essential container is; HEALTHY when all that have a check are (API reference, Task.healthStatus). */
export function taskHealth(containers: readonly ContainerRecord[], definitions: readonly ContainerDefinition[]): Health {
  const checked = containers
    .filter(({ name, hasHealthCheck }) => hasHealthCheck && definitions.find((each) => each.name === name)!.essential !== false)
    .map(({ healthStatus }) => healthStatus);
  if (checked.includes("UNHEALTHY")) return "UNHEALTHY";
  return checked.length > 0 && checked.every((health) => health === "HEALTHY") ? "HEALTHY" : "UNKNOWN";
}
