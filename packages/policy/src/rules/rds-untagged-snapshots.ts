/** Snapshots carry the tags of their database. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-untagged-snapshots",
  severity: "low",
  controls: ["RDS.16", "RDS.17"],
  types,
  reason: "Nobody can tell whose snapshots they are.",
  remedy: "Set CopyTagsToSnapshot to true.",
  find: each(
    types,
    ({ properties }) =>
      properties["DBClusterIdentifier"] === undefined && !isTrue(properties["CopyTagsToSnapshot"]) && "CopyTagsToSnapshot is not set",
  ),
};
