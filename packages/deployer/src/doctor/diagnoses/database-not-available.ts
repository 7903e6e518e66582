/** Databases that stand still, or are on their way somewhere. */
import { isAwsError, type Aws } from "../../aws.ts";
import type { Diagnosis, Finding, StageResource } from "../diagnosis.ts";

export const databaseNotAvailable: Diagnosis = {
  title: "databases are available",
  async look({ aws, resources, stoppedSince, options }) {
    if (stoppedSince !== undefined) return [];
    const databases = resources.filter(({ type }) => type === "AWS::RDS::DBInstance" || type === "AWS::RDS::DBCluster");
    const found = await Promise.all(databases.map((database) => lookAt(aws.in(database.region), database, options)));
    return found.flat();
  },
};

async function lookAt(aws: Aws, { logicalId, physicalId, type }: StageResource, options: string): Promise<Finding[]> {
  const status = await statusOf(aws, physicalId, type === "AWS::RDS::DBCluster");
  if (status === "available") return [];
  const still = status === "stopped" || status === "stopping";
  return [
    {
      severity: status === undefined || still || status === "failed" || status === "storage-full" ? "error" : "warning",
      subject: physicalId,
      symptom: status === undefined ? "is gone" : `is ${status}`,
      cause:
        status === undefined
          ? "Somebody has deleted the database by hand."
          : still
            ? "Somebody has stopped the database by hand: no connection reaches it."
            : status === "storage-full"
              ? "Its storage is used up: it takes no writes."
              : "Something about it is being changed; connections may wait until that is done.",
      remedy:
        status === undefined
          ? "Restore it from its last snapshot under the same name."
          : still
            ? `aws rds start-db-${type.endsWith("Cluster") ? "cluster --db-cluster" : "instance --db-instance"}-identifier ${physicalId}`
            : `Wait; plinth status${options} shows how it is`,
      evidence: [`${logicalId} ${physicalId}: ${status ?? "not found"}`],
    },
  ];
}

async function statusOf(aws: Aws, id: string, isCluster: boolean): Promise<string | undefined> {
  try {
    if (isCluster) return (await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: id })).DBClusters?.[0]?.Status;
    return (await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: id })).DBInstances?.[0]?.DBInstanceStatus;
  } catch (error) {
    if (isAwsError(error, "DBInstanceNotFound", "DBInstanceNotFoundFault", "DBClusterNotFoundFault")) return undefined;
    throw error;
  }
}
