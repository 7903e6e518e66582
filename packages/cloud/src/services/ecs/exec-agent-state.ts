/** What describes say of a container's agent of ECS Exec: whether it runs, truthfully. */
import type { ManagedAgent } from "@aws-sdk/client-ecs";
import { sessionTargets } from "../../runtime/sessions/targets.ts";
import type { Scope } from "./names.ts";
import type { ContainerRecord, TaskRecord } from "./task.ts";

/** How sessions name a container (Systems Manager: "ecs:CLUSTER_TASK_RUNTIMEID"). */
export const targetId = (task: TaskRecord, { runtimeId }: ContainerRecord) => `ecs:${task.cluster}_${task.id}_${runtimeId}`;

export function describeAgent({ cloud }: Scope, task: TaskRecord, container: ContainerRecord): ManagedAgent {
  const agent = { name: "ExecuteCommandAgent" as const };
  const target = sessionTargets(cloud).get(targetId(task, container));
  if (!target) return { ...agent, lastStatus: container.lastStatus === "STOPPED" || task.lastStatus === "STOPPED" ? "STOPPED" : "PENDING" };
  const lastStartedAt = new Date(container.agentStartedMs!);
  const reason = target.disconnected() ?? target.terminalsMissing();
  return reason === undefined
    ? { ...agent, lastStatus: "RUNNING", lastStartedAt }
    : { ...agent, lastStatus: "STOPPED", lastStartedAt, reason };
}
