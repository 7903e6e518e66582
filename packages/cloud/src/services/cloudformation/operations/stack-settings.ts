/** What is kept with a stack beside its model: termination protection and its policy. */
import { engineOf } from "../../../cloudformation/engine.ts";
import { operation } from "../../../service.ts";
import { stackToChange, stackToDescribe } from "../begin.ts";
import { check } from "../constraints.ts";
import { refused, validationError } from "../errors.ts";

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

export const setStackPolicy = operation("cloudformation", "SetStackPolicy", (input, context) => {
  const stack = stackToChange(input.StackName, context);
  const policy = checkedPolicy(input);
  if (policy === undefined) throw validationError("Either StackPolicyBody or StackPolicyURL must be specified.");
  engineOf(context.cloud).change(stack, (live) => void (live.policy = policy));
  return {};
});

export const getStackPolicy = operation("cloudformation", "GetStackPolicy", (input, context) => {
  const { policy } = stackToDescribe(input.StackName, context);
  return policy === undefined ? {} : { StackPolicyBody: policy };
});

/** A policy that allows everything is kept; one that would hold something back is refused, since it would not. */
export function checkedPolicy({
  StackPolicyBody: body,
  StackPolicyURL: url,
}: {
  StackPolicyBody?: string | undefined;
  StackPolicyURL?: string | undefined;
}): string | undefined {
  if (url !== undefined) throw refused("StackPolicyURL", "give the policy as StackPolicyBody");
  if (body === undefined) return undefined;
  check("stackPolicyBody", body, { minLength: 1, maxLength: 16_384 });
  let policy: unknown;
  try {
    policy = JSON.parse(body);
  } catch {
    throw validationError("Error validating stack policy: Invalid stack policy");
  }
  const statements = typeof policy === "object" && policy !== null && "Statement" in policy ? [policy.Statement].flat() : [];
  if (statements.length === 0) throw validationError("Error validating stack policy: Invalid stack policy");
  for (const statement of statements as Record<string, unknown>[]) {
    const allowsAll =
      statement.Effect === "Allow" && [statement.Action].flat().includes("Update:*") && [statement.Resource].flat().includes("*");
    if (!allowsAll || statement.Condition !== undefined) throw refused("stack policies that deny updates", "they would not be enforced");
  }
  return body;
}
