/** Logs in to a database with a version of a secret, from inside its network, before any program does. */
import type { Run } from "@plinth/compiler";
import type { Deployment } from "../../deployment.ts";
import { outputOf } from "../../parameters.ts";
import type { DeployedStack } from "../../stacks/stack-state.ts";
import { mustSucceed, runTask } from "../../tasks/run-task.ts";

/**
 * The administration's own task definition with this login in place of the administrator's. It is registered for the moment:
 * a value in RunTask's overrides would be open in ECS and in the account's trail.
 * @throws DeployError `task-failed` with what the server said.
 */
export async function logIn(
  { aws, time, signal, emit }: Deployment,
  run: Run,
  stacks: ReadonlyMap<string, DeployedStack>,
  { secretId, version }: { secretId: string; version: string },
): Promise<void> {
  const { taskDefinition: own } = await aws.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: outputOf(stacks, run.taskDefinition, run.name),
  });
  const container = own?.containerDefinitions?.find(({ name }) => name === run.container);
  if (!own || !container) throw new Error(`${run.name} has no container ${run.container}`);
  const family = `${own.family}-login`;
  const valueFrom = (member: string) => `${secretId}:${member}::${version}`;
  try {
    const { taskDefinition } = await aws.call("ecs", "RegisterTaskDefinition", {
      family,
      containerDefinitions: [
        {
          ...container,
          secrets: [
            { name: "PGUSER", valueFrom: valueFrom("username") },
            { name: "PGPASSWORD", valueFrom: valueFrom("password") },
          ],
        },
      ],
      executionRoleArn: own.executionRoleArn,
      taskRoleArn: own.taskRoleArn,
      networkMode: own.networkMode,
      requiresCompatibilities: own.requiresCompatibilities,
      cpu: own.cpu,
      memory: own.memory,
      runtimePlatform: own.runtimePlatform,
    });
    const result = await runTask(aws, time, signal, {
      run,
      stacks,
      taskDefinition: taskDefinition?.taskDefinitionArn ?? family,
      env: { SQL: "DO $$ BEGIN END $$" },
      onLine: (line) => emit({ type: "log", task: run.name, line }),
      startedBy: "plinth secrets rotate",
    });
    mustSucceed(
      `that logs in to ${run.name}`,
      result,
      "No program was given the new password: they go on with the one they have. Correct the cause and rotate again.",
    );
  } finally {
    // Also what an attempt that was killed has left.
    const { taskDefinitionArns = [] } = await aws.call("ecs", "ListTaskDefinitions", { familyPrefix: family, status: "ACTIVE" });
    for (const taskDefinition of taskDefinitionArns) await aws.call("ecs", "DeregisterTaskDefinition", { taskDefinition });
  }
}
