/** What becomes of a resource's physical thing when it is deleted or replaced: what its template says, or CloudFormation's default. */
import type { DeletionPolicy, Resource } from "./template.ts";

/**
 * Without DeletionPolicy, databases are snapshotted (an instance of a cluster holds no data of its own), all else is deleted;
 * without UpdateReplacePolicy everything is. Source: CloudFormation User Guide, "DeletionPolicy attribute".
 */
export function declaredPolicy(resource: Resource | undefined, kind: "DeletionPolicy" | "UpdateReplacePolicy"): DeletionPolicy {
  const declared = resource?.[kind];
  if (declared !== undefined) return declared;
  if (kind === "UpdateReplacePolicy") return "Delete";
  const isDatabase =
    resource?.Type === "AWS::RDS::DBCluster" ||
    (resource?.Type === "AWS::RDS::DBInstance" && resource.Properties?.["DBClusterIdentifier"] === undefined);
  return isDatabase ? "Snapshot" : "Delete";
}
