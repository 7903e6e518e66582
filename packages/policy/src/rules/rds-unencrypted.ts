/** Databases are encrypted at rest, which cannot be added later. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-unencrypted",
  severity: "high",
  controls: ["RDS.3", "RDS.27", "CIS 2.2.1"],
  types,
  reason: "Disks, snapshots and replicas of it are readable by whoever gets hold of them, and encryption cannot be switched on later.",
  remedy: "Set StorageEncrypted to true before the first deploy.",
  find: each(
    types,
    ({ properties }) =>
      properties["DBClusterIdentifier"] === undefined &&
      properties["SourceDBInstanceIdentifier"] === undefined &&
      properties["DBSnapshotIdentifier"] === undefined &&
      properties["SnapshotIdentifier"] === undefined &&
      !isTrue(properties["StorageEncrypted"]) &&
      "StorageEncrypted is not set",
  ),
};
