/** Proxies of databases take encrypted connections only. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBProxy"];

export const rule: Rule = {
  id: "proxy-plaintext",
  severity: "medium",
  controls: [],
  types,
  reason: "Passwords and data cross the network in the open.",
  remedy: "Set RequireTLS to true.",
  find: each(types, ({ properties }) => !isTrue(properties["RequireTLS"]) && "RequireTLS is not set"),
};
