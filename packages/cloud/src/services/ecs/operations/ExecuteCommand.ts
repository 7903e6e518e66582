/** Opens a session in a container of a task that has ECS Exec; the client goes on over Session Manager's data channel. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { commandWords } from "../../../runtime/sessions/command-words.ts";
import { liveSessions, openSession } from "../../../runtime/sessions/sessions.ts";
import { sessionTargets } from "../../../runtime/sessions/targets.ts";
import { requireCluster } from "../cluster.ts";
import { clientError, invalidParameter } from "../errors.ts";
import { targetId } from "../exec-agent-state.ts";
import { clusterArn, containerArn, lastName, taskArn } from "../names.ts";
import { findTask } from "../task.ts";

/** In one container (ECS Developer Guide, "ECS Exec", considerations). */
const mostSessions = 2;

export const executeCommand = operation("ecs", "ExecuteCommand", (input, context) => {
  const { cloud, region } = context;
  const cluster = requireCluster(context, input.cluster);
  if (!input.interactive) throw invalidParameter("Interactive is the only mode supported currently.");
  const id = lastName(input.task);
  if (id.length !== 32 && id.length !== 36) throw invalidParameter("task length should be one of [32,36]");
  const task = findTask(context, cluster.name, input.task);
  if (!task) throw invalidParameter("The referenced task was not found.");
  if (input.container === undefined && task.containers.length > 1) {
    throw invalidParameter("Container name must be specified when the task has more than one container.");
  }
  const container = input.container === undefined ? task.containers[0] : task.containers.find(({ name }) => name === input.container);
  if (!container) throw invalidParameter(`The container ${input.container} is not a container of the task.`);
  const target = sessionTargets(cloud).get(targetId(task, container));
  if (!task.enableExecuteCommand || !target) {
    throw invalidParameter(
      "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.",
    );
  }
  if ((target.disconnected() ?? target.terminalsMissing()) !== undefined) {
    throw new AwsError("TargetNotConnectedException", "The execute command failed due to an internal error. Try again later.");
  }
  const here = [...liveSessions(cloud).values()].filter((session) => session.target === target && session.purpose.kind === "terminal");
  if (here.length >= mostSessions) {
    throw clientError(`Unable to start new execute sessions because the maximum session limit of ${mostSessions} has been reached.`);
  }
  const session = openSession(cloud, {
    prefix: "ecs-execute-command",
    region,
    targetId: targetId(task, container),
    target,
    owner: context.principal.arn,
    document: "AmazonECS-ExecuteInteractiveCommand",
    purpose: { kind: "terminal", command: words(input.command) },
  });
  return {
    clusterArn: clusterArn(context, cluster.name),
    containerArn: containerArn(context, cluster.name, task.id, container.id),
    containerName: container.name,
    interactive: true,
    session,
    taskArn: taskArn(context, cluster.name, task.id),
  };
});

function words(command: string): string[] {
  try {
    return commandWords(command);
  } catch (error) {
    throw invalidParameter(`Failed to parse commands input: ${(error as Error).message}`);
  }
}
