/** A firewall stands before what the internet reaches. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-no-firewall",
  severity: "low",
  controls: ["ELB.16"],
  production: true,
  types,
  reason: "Every scan and every flood of requests reaches the programs.",
  remedy: "Associate an AWS::WAFv2::WebACL: in the app firewall.",
  find: each(
    types,
    (balancer, { ofType, named }) =>
      (balancer.properties["Type"] ?? "application") === "application" &&
      balancer.properties["Scheme"] !== "internal" &&
      !ofType("AWS::WAFv2::WebACLAssociation").some(({ properties }) => named(properties["ResourceArn"])?.id === balancer.id) &&
      "no firewall stands before it",
  ),
};
