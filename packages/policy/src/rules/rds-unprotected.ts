/** A database in production cannot be deleted by mistake. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-unprotected",
  severity: "medium",
  controls: ["RDS.7", "RDS.8"],
  production: true,
  types,
  reason: "One wrong call deletes the database.",
  remedy: "Set DeletionProtection to true.",
  find: each(
    types,
    ({ properties }) =>
      properties["DBClusterIdentifier"] === undefined && !isTrue(properties["DeletionProtection"]) && "DeletionProtection is not set",
  ),
};
