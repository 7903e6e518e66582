/** What happens to a resource's physical thing when it is no longer wanted. */
import type { Template } from "@plinth/cloudformation";
import type { Garbage } from "./stack.ts";

type Kind = "DeletionPolicy" | "UpdateReplacePolicy";

/** As the template says it, or CloudFormation's default for the type. */
export function declaredPolicy(
  template: Template | undefined,
  logicalId: string,
  kind: Kind,
): "Delete" | "Retain" | "RetainExceptOnCreate" | "Snapshot" {
  const resource = template && Object.hasOwn(template.Resources, logicalId) ? template.Resources[logicalId] : undefined;
  const declared = resource?.[kind];
  if (declared !== undefined) return declared;
  if (kind === "UpdateReplacePolicy") return "Delete";
  // Databases are snapshotted unless the template says otherwise; an instance of a cluster holds no data of its own.
  const isDatabase =
    resource?.Type === "AWS::RDS::DBCluster" ||
    (resource?.Type === "AWS::RDS::DBInstance" && resource.Properties?.DBClusterIdentifier === undefined);
  return isDatabase ? "Snapshot" : "Delete";
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
