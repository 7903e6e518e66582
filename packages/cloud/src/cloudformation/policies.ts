/** What happens to a resource's physical thing when it is no longer wanted. */
import { declaredPolicy as policyOf, type Template } from "@plinth/cloudformation";
import type { Garbage } from "./stack.ts";

type Kind = "DeletionPolicy" | "UpdateReplacePolicy";

/** As the template says it, or CloudFormation's default for the type. */
export function declaredPolicy(
  template: Template | undefined,
  logicalId: string,
  kind: Kind,
): "Delete" | "Retain" | "RetainExceptOnCreate" | "Snapshot" {
  const resource = template && Object.hasOwn(template.Resources, logicalId) ? template.Resources[logicalId] : undefined;
  return policyOf(resource, kind);
}

/** At a removal: of a whole stack, from a template, or at a replacement. */
export function removalPolicy(template: Template | undefined, logicalId: string, kind: Kind): Garbage["policy"] {
  const policy = declaredPolicy(template, logicalId, kind);
  return policy === "RetainExceptOnCreate" ? "Retain" : policy;
}

/** At the undoing of what this very operation created. */
export function undoPolicy(template: Template | undefined, logicalId: string, retainExceptOnCreate: boolean): Garbage["policy"] {
  const policy = declaredPolicy(template, logicalId, "DeletionPolicy");
  if (policy === "RetainExceptOnCreate") return "Delete";
  return policy === "Retain" && retainExceptOnCreate ? "Delete" : policy;
}
