/** No password stands in a template. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::ElastiCache::ReplicationGroup"];

export const rule: Rule = {
  id: "rds-password-in-template",
  severity: "high",
  controls: [],
  types,
  reason: "Whoever may read the template, its history or the stack reads the password.",
  remedy: "Take it from Secrets Manager: {{resolve:secretsmanager:…}}, or ManageMasterUserPassword.",
  find: each(types, ({ properties }) => {
    const text = properties["MasterUserPassword"] ?? properties["AuthToken"];
    return typeof text === "string" && !text.includes("{{resolve:") && !text.includes("⟨") && "its password stands in the template";
  }),
};
