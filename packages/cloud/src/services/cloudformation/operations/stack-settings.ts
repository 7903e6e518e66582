/** What is kept with a stack beside its model: termination protection and its policy. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { findStack, type Stack } from "../../../cloudformation/stack.ts";
import { policyInForce, readStackPolicy } from "../../../cloudformation/stack-policy.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { stackToChange } from "../begin.ts";
import { check, stackNameOrId } from "../constraints.ts";
import { validationError } from "../errors.ts";
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
  const policy = await ownPolicy(input, context);
  if (policy === undefined) throw validationError("Either StackPolicyBody or StackPolicyURL must be specified.");
  // It may have gone while the policy was fetched.
  engineOf(context.cloud).change(stackWithPolicy(id, context), (live) => void (live.policy = policy));
  return {};
});

export const getStackPolicy = operation("cloudformation", "GetStackPolicy", (input, context) => {
  const policy = policyInForce(stackWithPolicy(input.StackName, context));
  return policy === undefined ? {} : { StackPolicyBody: policy };
});

/** A living stack; these two operations have words of their own for one that is not there. */
function stackWithPolicy(nameOrId: string | undefined, { cloud, region }: OperationContext): Stack {
  check("stackName", nameOrId, stackNameOrId);
  const stack = findStack(cloud.store, region, nameOrId ?? "");
  if (!stack || stack.status === "DELETE_COMPLETE") throw validationError(`Stack: ${nameOrId ?? ""} does not exist`);
  return stack;
}

/** The text of a stack policy, given as it is or by its place in S3; `{}` is the one that holds nothing back. @throws ValidationError */
export async function givenPolicy(
  { body: given, url }: { body: string | undefined; url: string | undefined },
  names: { body: string; url: string },
  context: OperationContext,
): Promise<string | undefined> {
  if (given !== undefined && url !== undefined) throw validationError(`You cannot specify both ${names.url} and ${names.body}`);
  const body = url === undefined ? given : await objectText(url, names.url, context);
  if (body === undefined) return undefined;
  check(`${names.body[0]!.toLowerCase()}${names.body.slice(1)}`, body, { minLength: 1, maxLength: 16_384 });
  if (!readStackPolicy(body)) throw validationError("Error validating stack policy: Invalid stack policy");
  return body;
}

/** The policy that is to be the stack's. @throws ValidationError */
export const ownPolicy = (
  { StackPolicyBody: body, StackPolicyURL: url }: { StackPolicyBody?: string | undefined; StackPolicyURL?: string | undefined },
  context: OperationContext,
) => givenPolicy({ body, url }, { body: "StackPolicyBody", url: "StackPolicyURL" }, context);
