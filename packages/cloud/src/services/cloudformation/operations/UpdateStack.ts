/** Makes a stack what another template, or other parameters, say. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { addTarget, getStack } from "../../../cloudformation/stack.ts";
import { makeObsolete } from "../../../cloudformation/change-set.ts";
import { operation } from "../../../service.ts";
import { checkUpdatable, newOperation, repeated, stackToChange } from "../begin.ts";
import { changesFor } from "../change-computation.ts";
import { validationError } from "../errors.ts";
import { principalFor } from "../role.ts";
import { differsBeyondResources, modelOf } from "../submission.ts";
import { givenPolicy, ownPolicy } from "./stack-settings.ts";

export const updateStack = operation("cloudformation", "UpdateStack", async (input, context) => {
  const { StackName, DisableRollback = false, RoleARN, ClientRequestToken } = input;
  const { store, world } = context.cloud;
  const found = stackToChange(StackName, context);
  const earlier = repeated(found, "UPDATE_STACK", ClientRequestToken);
  if (earlier) return { StackId: found.id, OperationId: earlier.id };
  checkUpdatable(found);
  const policyAfter = await ownPolicy(input, context);
  const policyDuringUpdate = await givenPolicy(
    { body: input.StackPolicyDuringUpdateBody, url: input.StackPolicyDuringUpdateURL },
    { body: "StackPolicyDuringUpdateBody", url: "StackPolicyDuringUpdateURL" },
    context,
  );
  const { model, failure } = await modelOf(input, found, context);
  const principal = await principalFor(RoleARN ?? found.roleArn, context);
  // What another call did in the meantime counts.
  const stack = getStack(store, context.region, found.uuid)!;
  checkUpdatable(stack);
  if (failure === undefined && changesFor(context, stack, model).length === 0 && !differsBeyondResources(context, stack, model))
    throw validationError("No updates are to be performed.");

  Object.assign(stack, {
    updatedMs: world.clock.nowMs(),
    disableRollback: DisableRollback,
    ...(RoleARN === undefined ? {} : { roleArn: RoleARN }),
  });
  const begun = newOperation(context, {
    type: "UPDATE_STACK",
    phase: "make",
    principal,
    clientRequestToken: ClientRequestToken,
    onFailure: DisableRollback ? "DO_NOTHING" : "ROLLBACK",
    retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
    ...(failure === undefined ? {} : { turnedBack: failure }),
    ...(policyAfter === undefined ? {} : { policyAfter }),
    ...(policyDuringUpdate === undefined ? {} : { policyDuringUpdate }),
  });
  engineOf(context.cloud).begin(stack, begun, "UPDATE_IN_PROGRESS", "User Initiated", () => {
    addTarget(store, stack, model);
    makeObsolete(store, stack);
  });
  return { StackId: stack.id, OperationId: begun.id };
});
