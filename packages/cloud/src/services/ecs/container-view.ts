/** A container's view of files: its volumes at their paths, by a namespace where the machine has them, else by links. */
import { join } from "node:path";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { type Enclose, enclosure } from "../../runtime/tasks/enclosure.ts";
import type { RunnableImage } from "../../runtime/tasks/image.ts";
import { linkFolder } from "../../runtime/tasks/linked-folders.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import type { Scope } from "./names.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";
import { type Volumes, volumesSeen } from "./task-volumes.ts";

interface Wanted {
  container: ContainerDefinition;
  definition: TaskDefinitionRecord["definition"];
  image: RunnableImage;
  volumes: Volumes;
  /** The task's own. */
  folder: string;
  /** The hosts file of a task that calls others by their names. */
  hosts: string | undefined;
}

interface View {
  /** Absent: as the machine's. */
  enclose?: Enclose;
  /** Variables that say of it. */
  more: Record<string, string>;
}

/** Throws TaskFailure where a mount cannot be had. */
export async function viewOf(
  { cloud }: Scope,
  task: TaskRecord,
  { container, definition, image, volumes, folder, hosts }: Wanted,
): Promise<View> {
  const { bindings, seenAs } = volumesSeen(container, definition, volumes, image);
  if (bindings.length === 0 && hosts === undefined) return { more: {} };
  const more: Record<string, string> =
    bindings.length === 0
      ? {}
      : { PLINTH_MOUNTS: JSON.stringify(Object.fromEntries(bindings.map(({ target, source }) => [target, source]))) };
  // Where there can be no file of one's own, Node programs find the names all the same (runtime/tasks/preload.cjs).
  const names = hosts === undefined ? [] : [{ source: hosts, target: "/etc/hosts", readOnly: true }];
  const enclose = await enclosure(cloud, { folder: join(folder, "views", container.name!), bindings: [...bindings, ...names], seenAs });
  if (typeof enclose !== "string") return { enclose, more };
  for (const binding of bindings) {
    const why = await linkFolder(cloud, task.id, binding);
    if (why === undefined) continue;
    throw new TaskFailure(
      `CannotCreateVolumeError: ${binding.target} cannot be mounted on this machine: ${enclose}, and ${why}. The files are in ${binding.source}; run the cloud on a Linux that has mount namespaces, or choose a path that can be made`,
      container.name,
    );
  }
  return { more };
}
