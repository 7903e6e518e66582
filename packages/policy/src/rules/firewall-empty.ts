/** A firewall has rules. */
import { asList } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"];

export const rule: Rule = {
  id: "firewall-empty",
  severity: "medium",
  controls: ["WAF.10"],
  types,
  reason: "It lets everything pass.",
  remedy: "Add rules; AWS has groups of them.",
  find: each(types, ({ properties }) => asList(properties["Rules"]).length === 0 && "it has no rules"),
};
