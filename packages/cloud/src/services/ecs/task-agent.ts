/** The container agent as a task's programs see it at `$ECS_AGENT_URI`: a worker protects its own task while it works (task scale-in protection endpoint). */
import type { IncomingMessage } from "node:http";
import type { UpdateTaskProtectionResponse } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { taskArn } from "./names.ts";
import type { TaskRun } from "./task-run.ts";

export interface AgentAnswer {
  status: number;
  body: unknown;
}

const mostBytes = 4096;

/** `GET` and `PUT` of `task-protection/v1/state`, asked with the rights of the task's role as on AWS. */
export async function protectionState(request: IncomingMessage, run: TaskRun): Promise<AgentAnswer> {
  const { scope, task, taskRole } = run;
  const arn = taskArn(scope, task.cluster, task.id);
  const fault = (status: number, code: string, message: string) => ({
    status,
    body: { error: { Arn: arn, Code: code, Message: message } },
  });
  const given = request.method === "PUT" ? await readJson(request) : {};
  if (given === undefined || (request.method === "PUT" && typeof given.ProtectionEnabled !== "boolean")) {
    return fault(400, "InvalidParameterException", "The body must be JSON with ProtectionEnabled, true or false.");
  }
  if (given.ExpiresInMinutes !== undefined && typeof given.ExpiresInMinutes !== "number") {
    return fault(400, "InvalidParameterException", "ExpiresInMinutes must be a number.");
  }
  if (!taskRole) return fault(403, "AccessDeniedException", "The task has no role with which the agent could call ECS.");
  const call = scope.cloud.as(taskRole, scope.region);
  const tasks = { cluster: task.cluster, tasks: [arn] };
  try {
    const answer =
      request.method === "PUT"
        ? await call("ecs", "UpdateTaskProtection", {
            ...tasks,
            protectionEnabled: given.ProtectionEnabled as boolean,
            ...(given.ExpiresInMinutes !== undefined && { expiresInMinutes: given.ExpiresInMinutes }),
          })
        : await call("ecs", "GetTaskProtection", tasks);
    return { status: 200, body: told(answer) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return fault(error.status, error.code, error.message);
  }
}

function told({ protectedTasks = [], failures = [] }: UpdateTaskProtectionResponse): unknown {
  const [failure] = failures;
  if (failure) return { failure: { Arn: failure.arn, Detail: failure.detail ?? null, Reason: failure.reason } };
  const [own] = protectedTasks;
  return {
    protection: {
      ExpirationDate: own?.expirationDate?.toISOString() ?? null,
      ProtectionEnabled: own?.protectionEnabled,
      TaskArn: own?.taskArn,
    },
  };
}

/** An object, or `undefined` where the body is none or is longer than any that is meant. */
async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBytes) return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
