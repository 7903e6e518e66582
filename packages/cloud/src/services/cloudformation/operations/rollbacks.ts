/** Turning an operation back: cancelling one that runs, and going on from one that stands still. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { startUndo } from "../../../cloudformation/phases.ts";
import { listResources, type Stack } from "../../../cloudformation/stack.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { newOperation, repeated, stackToChange } from "../begin.ts";
import { validationError } from "../errors.ts";
import { principalFor } from "../role.ts";

export const cancelUpdateStack = operation("cloudformation", "CancelUpdateStack", (input, context) => {
  const stack = stackToChange(input.StackName, context);
  if (stack.status !== "UPDATE_IN_PROGRESS") throw validationError("CancelUpdateStack cannot be called from current stack status");
  engineOf(context.cloud).cancel(stack);
  return {};
});

export const continueUpdateRollback = operation("cloudformation", "ContinueUpdateRollback", async (input, context) => {
  const { RoleARN, ClientRequestToken, ResourcesToSkip: skip = [] } = input;
  const found = stackToChange(input.StackName, context);
  if (repeated(found, "CONTINUE_ROLLBACK", ClientRequestToken)) return {};
  const failedStack = () => {
    const one = stackToChange(input.StackName, context);
    if (one.status === "UPDATE_ROLLBACK_FAILED") return one;
    throw validationError(`Stack:${one.id} is in ${one.status} state and can not continue update rollback.`);
  };
  const { roleArn } = failedStack();
  const principal = await principalFor(RoleARN ?? roleArn, context);
  const stack = failedStack();
  const resources = new Map(listResources(context.cloud.store, stack).map((resource) => [resource.logicalId, resource]));
  const strange = skip.filter((logicalId) => resources.get(logicalId)?.status !== "UPDATE_FAILED");
  if (strange.length > 0)
    throw validationError(`ResourcesToSkip must be resources in UPDATE_FAILED state; these are not: [${strange.join(", ")}]`);
  begin(context, stack, "CONTINUE_ROLLBACK", "UPDATE_ROLLBACK_IN_PROGRESS", { principal, clientRequestToken: ClientRequestToken, skip });
  return {};
});

export const rollbackStack = operation("cloudformation", "RollbackStack", async (input, context) => {
  const { RoleARN, ClientRequestToken, RetainExceptOnCreate = false } = input;
  const found = stackToChange(input.StackName, context);
  const earlier = repeated(found, "ROLLBACK", ClientRequestToken);
  if (earlier) return { StackId: found.id, OperationId: earlier.id };
  const failedStack = () => {
    const one = stackToChange(input.StackName, context);
    if (one.status === "CREATE_FAILED" || one.status === "UPDATE_FAILED") return one;
    throw validationError(`Stack:${one.id} is in ${one.status} state and can not be rolled back.`);
  };
  const { roleArn } = failedStack();
  const principal = await principalFor(RoleARN ?? roleArn, context);
  const stack = failedStack();
  const status = stack.model === undefined ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS";
  const id = begin(context, stack, "ROLLBACK", status, {
    principal,
    clientRequestToken: ClientRequestToken,
    retainExceptOnCreate: RetainExceptOnCreate,
  });
  return { StackId: stack.id, OperationId: id };
});

function begin(
  context: OperationContext,
  stack: Stack,
  type: "CONTINUE_ROLLBACK" | "ROLLBACK",
  status: "ROLLBACK_IN_PROGRESS" | "UPDATE_ROLLBACK_IN_PROGRESS",
  request: Omit<Parameters<typeof newOperation>[1], "type" | "phase">,
): string {
  const { cloud } = context;
  const begun = newOperation(context, { ...request, type, phase: stack.model === undefined ? "undo" : "restore" });
  engineOf(cloud).begin(stack, begun, status, "User Initiated", () => {
    if (begun.phase !== "undo") return;
    startUndo({ cloud, stack, resources: new Map(listResources(cloud.store, stack).map((resource) => [resource.logicalId, resource])) });
  });
  return begun.id;
}
