/** Load balancers stand in two zones. */
import { asList } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-one-zone",
  severity: "medium",
  controls: ["ELB.13"],
  types,
  reason: "When its zone fails nobody gets through.",
  remedy: "Name subnets in two zones.",
  find: each(types, ({ properties }) => {
    const subnets = [...asList(properties["Subnets"]), ...asList(properties["SubnetMappings"])];
    return subnets.length === 1 && !Array.isArray(subnets[0]) && "it stands in one subnet";
  }),
};
