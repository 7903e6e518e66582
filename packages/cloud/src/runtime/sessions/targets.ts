/** Where sessions can lead: containers of tasks with ECS Exec, by `ecs:CLUSTER_TASK_RUNTIMEID`. Kept by ECS, used by Systems Manager, too. */
import type { Cloud } from "../../cloud.ts";

export interface SessionTarget {
  /** `undefined` while its agent is connected, else why it is not. */
  disconnected(): string | undefined;
  /** `undefined` while terminals can be opened in it, else why not. */
  terminalsMissing(): string | undefined;
  /**
   * Where on this machine a host and port are that it may reach; without a host itself.
   * @throws Error which says why it may not, or that nothing is there
   */
  reach(host: string | undefined, port: number): Promise<{ address: string; port: number }>;
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Puts a command into the container's view of files, where that is one of its own. */
  enclose?: ((command: readonly string[], cwd: string) => string[]) | undefined;
  /** Resolves when it has ended: its sessions end with it. */
  readonly gone: Promise<unknown>;
}

const key = Symbol("session targets");

export function sessionTargets(cloud: Cloud): Map<string, SessionTarget> {
  return cloud.memory(key, () => new Map<string, SessionTarget>());
}
