/** Removes a stack and what it made. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { exportConflict } from "../../../cloudformation/exports.ts";
import { makeObsolete } from "../../../cloudformation/change-set.ts";
import { startDelete } from "../../../cloudformation/phases.ts";
import { markStack } from "../../../cloudformation/run.ts";
import { findStack, listResources } from "../../../cloudformation/stack.ts";
import { operation } from "../../../service.ts";
import { newOperation, repeated } from "../begin.ts";
import { check, clientRequestToken } from "../constraints.ts";
import { validationError } from "../errors.ts";
import { principalFor } from "../role.ts";

const whileFailed = ["DELETE_FAILED"];

export const deleteStack = operation("cloudformation", "DeleteStack", async (input, context) => {
  const { StackName: name = "", RetainResources = [], RoleARN, ClientRequestToken, DeletionMode } = input;
  check("clientRequestToken", ClientRequestToken, clientRequestToken);
  check("deletionMode", DeletionMode, { values: ["STANDARD", "FORCE_DELETE_STACK"] });
  const { cloud } = context;
  const engine = engineOf(cloud);
  const principal = await principalFor(RoleARN ?? findStack(cloud.store, context.region, name)?.roleArn, context);
  const stack = findStack(cloud.store, context.region, name);
  // As AWS: what is not there is deleted already.
  if (
    !stack ||
    stack.status === "DELETE_COMPLETE" ||
    stack.status === "DELETE_IN_PROGRESS" ||
    repeated(stack, "DELETE_STACK", ClientRequestToken)
  )
    return {};
  if (stack.terminationProtection) throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
  if (RetainResources.length > 0) {
    if (!whileFailed.includes(stack.status)) {
      throw validationError(
        `Invalid operation on stack [${stack.id}]. Cannot specify RetainResources when the stack is not in DELETE_FAILED state.`,
      );
    }
    const known = new Set(listResources(cloud.store, stack).map(({ logicalId }) => logicalId));
    const strange = RetainResources.filter((logicalId) => !known.has(logicalId));
    if (strange.length > 0)
      throw validationError(`The specified resources to retain do not belong to stack [${stack.name}]: [${strange.join(", ")}]`);
  }
  if (DeletionMode === "FORCE_DELETE_STACK" && !whileFailed.includes(stack.status)) {
    throw validationError(
      `Invalid operation on stack [${stack.id}]. FORCE_DELETE_STACK is only allowed for stacks in DELETE_FAILED state.`,
    );
  }
  const begun = newOperation(context, {
    type: "DELETE_STACK",
    phase: "delete",
    principal,
    clientRequestToken: ClientRequestToken,
    ...(RetainResources.length === 0 ? {} : { retain: RetainResources }),
    ...(DeletionMode === "FORCE_DELETE_STACK" ? { force: true } : {}),
  });
  if (stack.status === "CREATE_IN_PROGRESS") {
    engine.interrupt(stack, begun);
    return {};
  }
  if (stack.status.endsWith("_IN_PROGRESS") && stack.status !== "REVIEW_IN_PROGRESS") {
    throw validationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
  }
  const inUse = exportConflict(cloud.store, stack, []);
  if (inUse !== undefined) {
    engine.change(stack, (live) => markStack(cloud, live, live.status, `Delete canceled. ${inUse}.`));
    return {};
  }
  engine.begin(stack, begun, "DELETE_IN_PROGRESS", "User Initiated", () => {
    makeObsolete(cloud.store, stack);
    startDelete({ cloud, stack, resources: new Map(listResources(cloud.store, stack).map((resource) => [resource.logicalId, resource])) });
  });
  return {};
});
