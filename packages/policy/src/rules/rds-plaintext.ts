/** Databases take encrypted connections only. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup"];

export const rule: Rule = {
  id: "rds-plaintext",
  severity: "medium",
  controls: ["RDS.38"],
  types,
  reason: "Passwords and data cross the network in the open.",
  remedy: "Leave rds.force_ssl at 1.",
  find: each(types, ({ properties }) => {
    const { "rds.force_ssl": ssl, require_secure_transport: secure } = asRecord(properties["Parameters"]);
    return (
      (ssl !== undefined && String(ssl) === "0" && "rds.force_ssl is 0") ||
      (secure !== undefined && /^(?:0|OFF)$/i.test(String(secure)) && "require_secure_transport is off")
    );
  }),
};
