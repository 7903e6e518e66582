/** No database has an address on the internet. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance"];

export const rule: Rule = {
  id: "rds-public",
  severity: "high",
  controls: ["RDS.2", "CIS 2.2.3"],
  types,
  reason: "A database with a public address is one security group rule away from everybody.",
  remedy: "Leave out PubliclyAccessible, or set it to false; reach it through a bastion.",
  find: each(types, ({ properties }) => isTrue(properties["PubliclyAccessible"]) && "PubliclyAccessible is true"),
};
