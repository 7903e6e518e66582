/** The tasks that run in this cloud: what others may know and ask of each while it lives. */
import type { Credentials } from "../../identity/credentials.ts";
import type { RunningContainer } from "../../runtime/tasks/container.ts";
import type { RolePrincipal } from "../../runtime/tasks/task-role.ts";
import type { Scope } from "./names.ts";
import type { StopCode, TaskRecord } from "./task.ts";
import type { TaskNetwork } from "./task-network.ts";

export interface TaskRun {
  readonly scope: Scope;
  /** As it is now; the store has the same. */
  readonly task: TaskRecord;
  readonly network: TaskNetwork | undefined;
  readonly containers: ReadonlyMap<string, RunningContainer>;
  /** What the credentials route asks for. */
  readonly credentialsToken: string | undefined;
  /** The role that its programs act as. */
  readonly taskRole: RolePrincipal | undefined;
  /** The task role's credentials, fresh for a while. */
  credentials(): Required<Credentials> | undefined;
  /** Begins to stop it, once; `limitMs` bounds every container's stop timeout. */
  stop(reason: string, code: StopCode, limitMs?: number): void;
  /** Resolves when it is STOPPED. Never rejects. */
  readonly stopped: Promise<void>;
}

const runsKey = Symbol("ecs task runs");

/** The tasks that run in this cloud now, by id. */
export function taskRuns(cloud: Scope["cloud"]): Map<string, TaskRun> {
  return cloud.memory(runsKey, () => new Map<string, TaskRun>());
}
