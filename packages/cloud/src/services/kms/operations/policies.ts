/** GetKeyPolicy, PutKeyPolicy and ListKeyPolicies. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { notFound } from "../errors.ts";
import { checkState, putKey } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { checkPolicy, policyName } from "../policies.ts";
import { ownKey } from "./keys.ts";

function checkPolicyName(name: string | undefined): void {
  checkConstraints("ValidationException", { policyName: [name, { length: [1, 128] }] });
  if (name !== undefined && name !== policyName) throw notFound("No such policy exists");
}

export const getKeyPolicy = operation("kms", "GetKeyPolicy", ({ KeyId, PolicyName }, context) => {
  const key = resolveKey(context, KeyId, { aliases: false });
  checkPolicyName(PolicyName);
  return { Policy: key.policy, PolicyName: policyName };
});

export const putKeyPolicy = operation("kms", "PutKeyPolicy", (input, context) => {
  checkConstraints("ValidationException", { policy: [input.Policy, { length: [1, 131_072], hidden: true }] });
  const key = ownKey(context, input.KeyId);
  checkPolicyName(input.PolicyName);
  checkState(context.cloud, key, ["Enabled", "Disabled", "PendingImport", "PendingDeletion", "PendingReplicaDeletion"]);
  checkPolicy(context, input.Policy, input.BypassPolicyLockoutSafetyCheck === true);
  putKey(context.cloud, { ...key, policy: input.Policy });
  return {};
});

export const listKeyPolicies = operation("kms", "ListKeyPolicies", ({ KeyId }, context) => {
  resolveKey(context, KeyId, { aliases: false });
  return { PolicyNames: [policyName], Truncated: false };
});
