/** Makes a stack from a template. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { addTarget, findStack } from "../../../cloudformation/stack.ts";
import { makeObsolete } from "../../../cloudformation/change-set.ts";
import { operation } from "../../../service.ts";
import { newOperation, newStack, repeated } from "../begin.ts";
import { check, onFailure as onFailureConstraint, stackName, timeoutInMinutes } from "../constraints.ts";
import { stackAlreadyExists, validationError } from "../errors.ts";
import { principalFor } from "../role.ts";
import { modelOf } from "../submission.ts";
import { ownPolicy } from "./stack-settings.ts";

export const createStack = operation("cloudformation", "CreateStack", async (input, context) => {
  const { StackName: name = "", DisableRollback, OnFailure, TimeoutInMinutes, RoleARN, ClientRequestToken } = input;
  check("stackName", name, stackName);
  check("onFailure", OnFailure, onFailureConstraint);
  check("timeoutInMinutes", TimeoutInMinutes, timeoutInMinutes);
  if (DisableRollback !== undefined && OnFailure !== undefined)
    throw validationError("Only one of OnFailure and DisableRollback may be specified.");
  const { store, world } = context.cloud;
  const found = findStack(store, context.region, name);
  const earlier = repeated(found, "CREATE_STACK", ClientRequestToken);
  if (found && earlier) return { StackId: found.id, OperationId: earlier.id };
  if (found && found.status !== "REVIEW_IN_PROGRESS") throw stackAlreadyExists(name);

  const stack = found ?? newStack(name, context);
  const policy = await ownPolicy(input, context);
  const { model, failure } = await modelOf(input, stack, context);
  const principal = await principalFor(RoleARN, context);
  // What another call made in the meantime counts.
  const now = findStack(store, context.region, name);
  if (now && now.status !== "REVIEW_IN_PROGRESS") throw stackAlreadyExists(name);

  Object.assign(stack, {
    disableRollback: DisableRollback ?? OnFailure === "DO_NOTHING",
    terminationProtection: input.EnableTerminationProtection ?? false,
    ...(TimeoutInMinutes === undefined ? {} : { timeoutMinutes: TimeoutInMinutes }),
    ...(RoleARN === undefined ? {} : { roleArn: RoleARN }),
    ...(policy === undefined ? {} : { policy }),
  });
  const begun = newOperation(context, {
    type: "CREATE_STACK",
    phase: "make",
    principal,
    clientRequestToken: ClientRequestToken,
    onFailure: DisableRollback ? "DO_NOTHING" : (OnFailure ?? "ROLLBACK"),
    retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
    ...(failure === undefined ? {} : { turnedBack: failure }),
    ...(TimeoutInMinutes === undefined ? {} : { deadlineMs: world.clock.nowMs() + TimeoutInMinutes * 60_000 }),
  });
  engineOf(context.cloud).begin(stack, begun, "CREATE_IN_PROGRESS", "User Initiated", () => {
    addTarget(store, stack, model);
    makeObsolete(store, stack);
  });
  return { StackId: stack.id, OperationId: begun.id };
});
