/** A database in production has a standby in a second zone. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance"];

export const rule: Rule = {
  id: "rds-single-zone",
  severity: "medium",
  controls: ["RDS.5"],
  production: true,
  types,
  reason: "When its zone fails, or its machine is patched, everything that needs it stands still.",
  remedy: "Set MultiAZ to true: in the app multiAz: true.",
  find: each(
    types,
    ({ properties }) =>
      properties["DBClusterIdentifier"] === undefined &&
      properties["SourceDBInstanceIdentifier"] === undefined &&
      !isTrue(properties["MultiAZ"]) &&
      "it stands in one zone",
  ),
};
