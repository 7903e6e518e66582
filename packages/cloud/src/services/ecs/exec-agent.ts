/** The agent of ECS Exec beside a container: by it sessions find the container, as long as that runs and its role lets the agent connect. */
import { decide } from "../../identity/authorize.ts";
import { sessionTargets } from "../../runtime/sessions/targets.ts";
import type { RunningContainer } from "../../runtime/tasks/container.ts";
import { targetId } from "./exec-agent-state.ts";
import { reachFrom } from "./exec-reach.ts";
import type { ContainerRecord } from "./task.ts";
import type { TaskRun } from "./task-run.ts";

/** What the agent does as the task's role (ECS Developer Guide, "ECS Exec", required permissions). */
const channelActions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];

/** The answer takes it away again. */
export function connectAgent(run: TaskRun, record: ContainerRecord, container: RunningContainer): () => void {
  const { cloud } = run.scope;
  const targets = sessionTargets(cloud);
  const id = targetId(run.task, record);
  const disconnect = () => void targets.delete(id);
  targets.set(id, {
    disconnected: () => obstacle(run),
    terminalsMissing: () => missingTerminals(run),
    reach: (host, port) => reachFrom(run, host, port),
    env: container.env,
    cwd: container.cwd,
    enclose: container.enclose,
    gone: container.exited,
  });
  void container.exited.then(disconnect);
  return disconnect;
}

function missingTerminals({ scope }: TaskRun): string | undefined {
  const missing = scope.cloud.world.processes.terminalsMissing();
  return missing === undefined ? undefined : `The agent cannot open terminals: ${missing}.`;
}

function obstacle({ scope, taskRole }: TaskRun): string | undefined {
  if (!taskRole) return "The task has no role with which the agent could connect.";
  const denied = channelActions.find(
    (action) => decide({ ...scope, principal: taskRole }, { action: `ssmmessages:${action}`, resource: "*" }).outcome !== "allowed",
  );
  return denied === undefined ? undefined : `The task role is not allowed ssmmessages:${denied}.`;
}
