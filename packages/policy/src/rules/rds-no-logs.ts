/** What a database writes is kept outside of it. */
import { asList } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-no-logs",
  severity: "low",
  controls: ["RDS.9", "RDS.36"],
  production: true,
  types,
  reason: "Its log is gone with its disk, and no alarm can look at it.",
  remedy: "Name postgresql in EnableCloudwatchLogsExports.",
  find: each(
    types,
    ({ properties }) =>
      properties["DBClusterIdentifier"] === undefined &&
      asList(properties["EnableCloudwatchLogsExports"]).length === 0 &&
      "its log is not exported",
  ),
};
