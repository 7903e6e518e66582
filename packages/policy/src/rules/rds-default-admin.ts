/** The administrator of a database has no name that everybody guesses. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-default-admin",
  severity: "low",
  controls: ["RDS.24", "RDS.25"],
  types,
  reason: "Half of a login is known to everybody.",
  remedy: "Choose another MasterUsername.",
  find: each(
    types,
    ({ properties }) =>
      ["admin", "postgres"].includes(String(properties["MasterUsername"])) &&
      `its administrator is called ${String(properties["MasterUsername"])}`,
  ),
};
