/** What is kept with a stack beside its model: termination protection and its policy. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { findStack, type Stack } from "../../../cloudformation/stack.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { stackToChange } from "../begin.ts";
import { check, stackNameOrId } from "../constraints.ts";
import { refused, validationError } from "../errors.ts";
import { objectText } from "../template-source.ts";

export const updateTerminationProtection = operation("cloudformation", "UpdateTerminationProtection", (input, context) => {
  const stack = stackToChange(input.StackName, context);
  if (stack.parentId !== undefined) {
    throw validationError(
      `Cannot update termination protection on nested stack [${stack.name}]. Use the root stack [${stack.rootId}] instead.`,
    );
  }
  engineOf(context.cloud).change(stack, (live) => void (live.terminationProtection = input.EnableTerminationProtection ?? false));
  return { StackId: stack.id };
});

export const setStackPolicy = operation("cloudformation", "SetStackPolicy", async (input, context) => {
  const { id } = stackWithPolicy(input.StackName, context);
  const policy = await checkedPolicy(input, context);
  if (policy === undefined) throw validationError("Either StackPolicyBody or StackPolicyURL must be specified.");
  // It may have gone while the policy was fetched.
  engineOf(context.cloud).change(stackWithPolicy(id, context), (live) => void (live.policy = policy));
  return {};
});

export const getStackPolicy = operation("cloudformation", "GetStackPolicy", (input, context) => {
  const { policy } = stackWithPolicy(input.StackName, context);
  return policy === undefined ? {} : { StackPolicyBody: policy };
});

/** A living stack; these two operations have words of their own for one that is not there. */
function stackWithPolicy(nameOrId: string | undefined, { cloud, region }: OperationContext): Stack {
  check("stackName", nameOrId, stackNameOrId);
  const stack = findStack(cloud.store, region, nameOrId ?? "");
  if (!stack || stack.status === "DELETE_COMPLETE") throw validationError(`Stack: ${nameOrId ?? ""} does not exist`);
  return stack;
}

/**
 * A policy that allows everything is kept, and so is the empty one `{}`, which takes a policy away; one that would hold something
 * back is refused, since it would not.
 */
export async function checkedPolicy(
  { StackPolicyBody, StackPolicyURL: url }: { StackPolicyBody?: string | undefined; StackPolicyURL?: string | undefined },
  context: OperationContext,
): Promise<string | undefined> {
  if (StackPolicyBody !== undefined && url !== undefined)
    throw validationError("You cannot specify both StackPolicyURL and StackPolicyBody");
  const body = url === undefined ? StackPolicyBody : await objectText(url, "StackPolicyURL", context);
  if (body === undefined) return undefined;
  check("stackPolicyBody", body, { minLength: 1, maxLength: 16_384 });
  let policy: unknown;
  try {
    policy = JSON.parse(body);
  } catch {
    throw validationError("Error validating stack policy: Invalid stack policy");
  }
  if (JSON.stringify(policy) === "{}") return body;
  const statements = typeof policy === "object" && policy !== null && "Statement" in policy ? [policy.Statement].flat() : [];
  if (statements.length === 0) throw validationError("Error validating stack policy: Invalid stack policy");
  for (const statement of statements as Record<string, unknown>[]) {
    const allowsAll =
      statement.Effect === "Allow" && [statement.Action].flat().includes("Update:*") && [statement.Resource].flat().includes("*");
    if (!allowsAll || statement.Condition !== undefined) throw refused("stack policies that deny updates", "they would not be enforced");
  }
  return body;
}
