/** Repository policies, the registry's policy and lifecycle policies. */
import { operation } from "../../../service.ts";
import type { OperationContext } from "../../../service.ts";
import { invalidParameter, lifecyclePolicyNotFound, registryPolicyNotFound, repositoryPolicyNotFound } from "../errors.ts";
import { imagesOf } from "../image.ts";
import { applyLifecyclePolicy, expiredImages, readLifecyclePolicy } from "../lifecycle-policy.ts";
import { findRepository, saveRepository } from "../repository.ts";

const registryPolicies = ({ cloud }: OperationContext) => cloud.store.collection<{ policyText: string }>("ecr-registry-policy");

/** A policy document as far as ECR reads it before it keeps it: JSON with statements that have an effect and an action. */
function checkPolicy(text: string, kind: "repository" | "registry"): void {
  const invalid = invalidParameter("PolicyText", `Invalid ${kind} policy provided`);
  let value: { Version?: unknown; Statement?: unknown };
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    throw invalid;
  }
  const statements = typeof value === "object" && value !== null ? [value.Statement].flat() : [];
  const versionHolds = value?.Version === undefined || value.Version === "2012-10-17" || value.Version === "2008-10-17";
  const hold = statements.every((each) => {
    if (typeof each !== "object" || each === null) return false;
    const statement = each as Record<string, unknown>;
    return (
      (statement.Effect === "Allow" || statement.Effect === "Deny") &&
      ("Action" in statement || "NotAction" in statement) &&
      ("Principal" in statement || "NotPrincipal" in statement)
    );
  });
  if (!versionHolds || statements.length === 0 || !hold) throw invalid;
}

export const setRepositoryPolicy = operation("ecr", "SetRepositoryPolicy", (input, context) => {
  const record = findRepository(context, input.repositoryName, input.registryId);
  checkPolicy(input.policyText, "repository");
  record.policyText = input.policyText;
  saveRepository(context, record);
  return { registryId: context.account, repositoryName: record.name, policyText: record.policyText };
});

export const getRepositoryPolicy = operation("ecr", "GetRepositoryPolicy", (input, context) => {
  const { name, policyText } = findRepository(context, input.repositoryName, input.registryId);
  if (policyText === undefined) throw repositoryPolicyNotFound(name, context.account);
  return { registryId: context.account, repositoryName: name, policyText };
});

export const deleteRepositoryPolicy = operation("ecr", "DeleteRepositoryPolicy", (input, context) => {
  const { policyText, ...record } = findRepository(context, input.repositoryName, input.registryId);
  if (policyText === undefined) throw repositoryPolicyNotFound(record.name, context.account);
  saveRepository(context, record);
  return { registryId: context.account, repositoryName: record.name, policyText };
});

export const putRegistryPolicy = operation("ecr", "PutRegistryPolicy", (input, context) => {
  checkPolicy(input.policyText, "registry");
  registryPolicies(context).put(context.region, "policy", { policyText: input.policyText });
  return { registryId: context.account, policyText: input.policyText };
});

export const getRegistryPolicy = operation("ecr", "GetRegistryPolicy", (_input, context) => {
  const found = registryPolicies(context).get(context.region, "policy");
  if (!found) throw registryPolicyNotFound(context.account);
  return { registryId: context.account, policyText: found.policyText };
});

export const deleteRegistryPolicy = operation("ecr", "DeleteRegistryPolicy", (_input, context) => {
  const found = registryPolicies(context).get(context.region, "policy");
  if (!found) throw registryPolicyNotFound(context.account);
  registryPolicies(context).delete(context.region, "policy");
  return { registryId: context.account, policyText: found.policyText };
});

export const putLifecyclePolicy = operation("ecr", "PutLifecyclePolicy", async (input, context) => {
  const record = findRepository(context, input.repositoryName, input.registryId);
  readLifecyclePolicy(input.lifecyclePolicyText);
  record.lifecycle = { text: input.lifecyclePolicyText, lastEvaluatedMs: 0 };
  saveRepository(context, record);
  await applyLifecyclePolicy(context, record);
  return { registryId: context.account, repositoryName: record.name, lifecyclePolicyText: input.lifecyclePolicyText };
});

export const getLifecyclePolicy = operation("ecr", "GetLifecyclePolicy", (input, context) => {
  const { name, lifecycle } = findRepository(context, input.repositoryName, input.registryId);
  if (!lifecycle) throw lifecyclePolicyNotFound(name, context.account);
  return {
    registryId: context.account,
    repositoryName: name,
    lifecyclePolicyText: lifecycle.text,
    lastEvaluatedAt: new Date(lifecycle.lastEvaluatedMs),
  };
});

export const deleteLifecyclePolicy = operation("ecr", "DeleteLifecyclePolicy", (input, context) => {
  const { lifecycle, ...record } = findRepository(context, input.repositoryName, input.registryId);
  if (!lifecycle) throw lifecyclePolicyNotFound(record.name, context.account);
  saveRepository(context, record);
  return {
    registryId: context.account,
    repositoryName: record.name,
    lifecyclePolicyText: lifecycle.text,
    lastEvaluatedAt: new Date(lifecycle.lastEvaluatedMs),
  };
});

/** Evaluated at once: the preview is complete when it is asked for. */
export const getLifecyclePolicyPreview = operation("ecr", "GetLifecyclePolicyPreview", (input, context) => {
  const { name, lifecycle } = findRepository(context, input.repositoryName, input.registryId);
  if (!lifecycle) throw lifecyclePolicyNotFound(name, context.account);
  const expired = expiredImages(readLifecyclePolicy(lifecycle.text), imagesOf(context, name), context.cloud.world.clock.nowMs());
  return {
    registryId: context.account,
    repositoryName: name,
    lifecyclePolicyText: lifecycle.text,
    status: "COMPLETE" as const,
    previewResults: expired.map(({ image, rulePriority }) => ({
      ...(image.tags.length > 0 && { imageTags: image.tags }),
      imageDigest: image.digest,
      imagePushedAt: new Date(image.pushedMs),
      action: { type: "EXPIRE" as const },
      appliedRulePriority: rulePriority,
    })),
    summary: { expiringImageTotalCount: expired.length },
  };
});
