/** What a firewall in production refuses is recorded. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::WAFv2::WebACL"];

export const rule: Rule = {
  id: "firewall-no-log",
  severity: "low",
  controls: ["WAF.11"],
  production: true,
  types,
  reason: "Nobody learns whom it shuts out, and why.",
  remedy: "Add an AWS::WAFv2::LoggingConfiguration.",
  find: each(
    types,
    (acl, { ofType, named }) =>
      !ofType("AWS::WAFv2::LoggingConfiguration").some(({ properties }) => named(properties["ResourceArn"])?.id === acl.id) &&
      "it keeps no log",
  ),
};
