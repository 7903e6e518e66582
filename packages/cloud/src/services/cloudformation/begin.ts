/** Beginnings of operations: finding the stack, and the record of what is to be done. */
import { findStack, type Operation, type OperationType, type Phase, type Stack } from "../../cloudformation/stack.ts";
import type { Principal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";
import { check, clientRequestToken, stackNameOrId } from "./constraints.ts";
import { stackDoesNotExist, stackWithIdDoesNotExist, tokenAlreadyExists, validationError } from "./errors.ts";

/** A stack that is to be changed: by name, or by the id of a living one. @throws ValidationError `Stack [X] does not exist` */
export function stackToChange(nameOrId: string | undefined, context: OperationContext): Stack {
  check("stackName", nameOrId, stackNameOrId);
  const stack = findStack(context.cloud.store, context.region, nameOrId ?? "");
  if (!stack || stack.status === "DELETE_COMPLETE") throw stackDoesNotExist(nameOrId ?? "");
  return stack;
}

/** A stack that is described: deleted ones by their id. @throws ValidationError `Stack with id X does not exist` */
export function stackToDescribe(nameOrId: string | undefined, context: OperationContext): Stack {
  check("stackName", nameOrId, stackNameOrId);
  const stack = findStack(context.cloud.store, context.region, nameOrId ?? "");
  if (!stack) throw stackWithIdDoesNotExist(nameOrId ?? "");
  return stack;
}

/** States from which a stack can become another model. */
const updatable = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED"];

/** @throws ValidationError `Stack:… is in … state and can not be updated.` */
export function checkUpdatable(stack: Stack): void {
  if (!updatable.includes(stack.status)) throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

export interface OperationRequest extends Partial<Omit<Operation, "id" | "type" | "phase" | "principal" | "clientRequestToken">> {
  type: OperationType;
  phase: Phase;
  principal: Principal;
  clientRequestToken?: string | undefined;
}

/** An operation with an id of its own; without `onFailure` it rolls back. */
export function newOperation({ cloud }: OperationContext, { clientRequestToken: token, ...request }: OperationRequest): Operation {
  check("clientRequestToken", token, clientRequestToken);
  return {
    id: cloud.world.random.uuid(),
    onFailure: "ROLLBACK",
    ...request,
    ...(token === undefined ? {} : { clientRequestToken: token }),
  };
}

/** The operation that an earlier call with the same token began, if any. @throws TokenAlreadyExistsException when it was of another kind. */
export function repeated(stack: Stack | undefined, type: OperationType, token: string | undefined): { id: string } | undefined {
  const found = token === undefined ? undefined : stack?.lastOperations.find((one) => one.clientRequestToken === token);
  if (found && found.type !== type) throw tokenAlreadyExists(token!);
  return found;
}

/** A stack that does not exist yet; not written. */
export function newStack(name: string, { cloud, region, account }: OperationContext): Stack {
  const uuid = cloud.world.random.uuid();
  return {
    id: `arn:aws:cloudformation:${region}:${account}:stack/${name}/${uuid}`,
    uuid,
    name,
    region,
    status: "REVIEW_IN_PROGRESS",
    createdMs: cloud.world.clock.nowMs(),
    models: 0,
    outputs: [],
    imports: [],
    disableRollback: false,
    terminationProtection: false,
    lastOperations: [],
    lastEventMs: 0,
  };
}
