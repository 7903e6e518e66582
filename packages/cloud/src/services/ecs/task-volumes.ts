/** A task's volumes: file systems that it mounts, and folders that its containers share as long as it lives; and where a container sees them. */
import { join } from "node:path";
import type { ContainerDefinition, EFSVolumeConfiguration } from "@aws-sdk/client-ecs";
import { type Mount, mount, MountRefused } from "../../runtime/file-mounts.ts";
import type { Binding } from "../../runtime/tasks/fstab.ts";
import type { RunnableImage } from "../../runtime/tasks/image.ts";
import type { SeenAs } from "../../runtime/tasks/namespaces.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import type { RolePrincipal } from "../../runtime/tasks/task-role.ts";
import type { Scope } from "./names.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";

type Definition = TaskDefinitionRecord["definition"];
export type Volumes = ReadonlyMap<string, Mount>;

/** Throws TaskFailure, worded as on Fargate, where a file system cannot be mounted. `folder` is the task's own. */
export async function openVolumes(
  scope: Scope,
  task: TaskRecord,
  { volumes = [] }: Definition,
  taskRole: RolePrincipal | undefined,
  folder: string,
): Promise<Volumes> {
  const opened = new Map<string, Mount>();
  for (const { name, efsVolumeConfiguration: efs } of volumes) {
    if (efs) opened.set(name!, await mountFileSystem(scope, task, efs, taskRole));
    else {
      const own = join(folder, "volumes", name!);
      await scope.cloud.world.disk.files.mkdir(own, { recursive: true });
      opened.set(name!, { folder: own, readOnly: false });
    }
  }
  return opened;
}

async function mountFileSystem(
  { cloud, region }: Scope,
  { attachment, network }: TaskRecord,
  efs: EFSVolumeConfiguration,
  taskRole: RolePrincipal | undefined,
): Promise<Mount> {
  try {
    return await mount(cloud, {
      region,
      fileSystemId: efs.fileSystemId!,
      accessPointId: efs.authorizationConfig?.accessPointId,
      rootDirectory: efs.rootDirectory ?? "/",
      encrypted: efs.transitEncryption === "ENABLED",
      principal: efs.authorizationConfig?.iam === "ENABLED" ? taskRole : undefined,
      vpcId: attachment.vpcId!,
      zone: attachment.availabilityZone!,
      privateIp: attachment.privateIp!,
      securityGroups: network.securityGroups ?? [],
    });
  } catch (error) {
    if (!(error instanceof MountRefused)) throw error;
    throw new TaskFailure(
      `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ${error.message} : unsuccessful EFS utils command execution; code: ${error.code}`,
    );
  }
}

interface SeenVolumes {
  bindings: Binding[];
  /** The user of the first access point that has one. */
  seenAs?: SeenAs;
}

/** What a container sees of the volumes: its own mount points, and those of containers that it takes volumes from. Throws TaskFailure at a path given twice. */
export function volumesSeen(
  container: ContainerDefinition,
  { containerDefinitions }: Definition,
  volumes: Volumes,
  image: RunnableImage,
): SeenVolumes {
  const borrowed = (container.volumesFrom ?? []).flatMap(({ sourceContainer, readOnly }) => {
    const points = containerDefinitions.find(({ name }) => name === sourceContainer)?.mountPoints ?? [];
    return points.map((point) => ({ ...point, readOnly: readOnly || point.readOnly }));
  });
  const bindings: Binding[] = [];
  let seenAs: SeenAs | undefined;
  for (const { sourceVolume, containerPath, readOnly } of [...(container.mountPoints ?? []), ...borrowed]) {
    const { folder, readOnly: closed, owner } = volumes.get(sourceVolume!)!;
    const target = pathOf(containerPath!, image);
    if (bindings.some((binding) => binding.target === target)) {
      throw new TaskFailure(
        `CannotCreateContainerError: Error response from daemon: Duplicate mount point: ${containerPath}`,
        container.name,
      );
    }
    bindings.push({ source: folder, target, readOnly: closed || readOnly === true });
    if (owner) seenAs ??= { uid: owner.user, gid: owner.group };
  }
  return { bindings, ...(seenAs && { seenAs }) };
}

/** The path on this machine: below the image's root it is one of the build context. */
function pathOf(containerPath: string, image: RunnableImage): string {
  const path = containerPath.length > 1 ? containerPath.replace(/\/+$/, "") : containerPath;
  return image.localize(path);
}
