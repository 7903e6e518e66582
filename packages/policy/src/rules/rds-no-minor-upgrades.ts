/** Databases take security fixes by themselves. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance"];

export const rule: Rule = {
  id: "rds-no-minor-upgrades",
  severity: "medium",
  controls: ["RDS.13", "CIS 2.2.2"],
  types,
  reason: "Known holes stay open until somebody remembers.",
  remedy: "Leave out AutoMinorVersionUpgrade, or set it to true.",
  find: each(types, ({ properties }) => String(properties["AutoMinorVersionUpgrade"]) === "false" && "AutoMinorVersionUpgrade is false"),
};
