/** What a task's containers need before they start: roles, images, secrets, logs. */
import { AwsError } from "../../aws-error.ts";
import { resolveImage, type RunnableImage } from "../../runtime/tasks/image.ts";
import type { LogDriver } from "../../runtime/tasks/log-driver.ts";
import { readSecrets } from "../../runtime/tasks/secrets.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { assumeTaskRole, type RolePrincipal } from "../../runtime/tasks/task-role.ts";
import type { Call } from "../../service.ts";
import { overrideOf, refuseUnserved, variables } from "./container-command.ts";
import { openContainerLog } from "./container-log.ts";
import { openVolumes, type Volumes } from "./task-volumes.ts";
import type { Scope } from "./names.ts";
import type { ContainerRecord, TaskRecord } from "./task.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";

export interface Prepared {
  taskRole: RolePrincipal | undefined;
  /** By container; its variables are its own, its secrets' and its override's. */
  images: ReadonlyMap<string, RunnableImage>;
  environments: ReadonlyMap<string, Record<string, string>>;
  volumes: Volumes;
}

interface Steps {
  record(container: string): ContainerRecord;
  save(change?: Partial<TaskRecord>): void;
  /** Throws when the task was told to stop meanwhile. */
  goOn(): void;
}

/** `folder` is the task's own. Puts into `logs` what it opens, whether or not it comes to its end. Throws TaskFailure. */
export async function prepare(
  scope: Scope,
  task: TaskRecord,
  definition: TaskDefinitionRecord["definition"],
  logs: Map<string, LogDriver>,
  folder: string,
  { record, save, goOn }: Steps,
): Promise<Prepared> {
  const { cloud, region } = scope;
  const unassumable = (role: string, error: unknown) =>
    new TaskFailure(
      `ResourceInitializationError: ECS was unable to assume the role '${role}' that was provided for this task: ${error instanceof AwsError ? error.message : String(error)}`,
    );
  const assume = (role: string | undefined) => {
    if (role === undefined) return undefined;
    try {
      return assumeTaskRole(cloud, role, task.id, region);
    } catch (error) {
      throw unassumable(role, error);
    }
  };
  const images = new Map<string, RunnableImage>();
  const execution = assume(task.overrides.executionRoleArn ?? definition.executionRoleArn);
  const taskRole = assume(task.overrides.taskRoleArn ?? definition.taskRoleArn);
  const callIn = execution && ((home: string): Call => cloud.as(execution, home));
  goOn();
  const volumes = await openVolumes(scope, task, definition, taskRole, folder);
  goOn();
  save({ pullStartedMs: cloud.world.clock.nowMs() });
  for (const { name, image } of definition.containerDefinitions) {
    const found = await resolveImage(cloud, image!, callIn);
    images.set(name!, found);
    if (found.digest !== undefined) record(name!).imageDigest = found.digest;
    goOn();
  }
  save({ pullStoppedMs: cloud.world.clock.nowMs() });
  const environments = new Map<string, Record<string, string>>();
  for (const container of definition.containerDefinitions) {
    refuseUnserved(container);
    const secrets = (container.secrets ?? []).map(({ name, valueFrom }) => ({ name: name!, valueFrom: valueFrom! }));
    const values = await readSecrets(secrets, region, callIn);
    goOn();
    environments.set(container.name!, {
      ...variables(container.environment),
      ...values,
      ...variables(overrideOf(task, container)?.environment),
    });
    logs.set(container.name!, await openContainerLog(cloud, task.id, container, callIn));
    goOn();
  }
  return { taskRole, images, environments, volumes };
}
