/** A firewall stands before what the internet reaches. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-no-firewall",
  severity: "low",
  controls: ["CloudFront.6"],
  production: true,
  types,
  reason: "Every scan and every flood of requests reaches the programs.",
  remedy: "Name a WebACLId; its rules are paid for by request.",
  find: each(
    types,
    ({ properties }) => asRecord(properties["DistributionConfig"])["WebACLId"] === undefined && "no firewall stands before it",
  ),
};
