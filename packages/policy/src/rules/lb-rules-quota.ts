/** A load balancer has no more rules than AWS takes. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-rules-quota",
  severity: "high",
  controls: [],
  types,
  reason: "AWS takes 100 rules for a load balancer by default; the stack fails at the next.",
  remedy: "Join paths into one rule (5 values each), or raise the quota.",
  find: each(types, (balancer, { ofType, named }) => {
    const listeners = new Set(
      ofType("AWS::ElasticLoadBalancingV2::Listener")
        .filter(({ properties }) => named(properties["LoadBalancerArn"])?.id === balancer.id)
        .map(({ id }) => id),
    );
    const rules = ofType("AWS::ElasticLoadBalancingV2::ListenerRule").filter(({ properties }) =>
      listeners.has(named(properties["ListenerArn"])?.id ?? ""),
    );
    return rules.length > 100 && `it has ${rules.length} rules`;
  }),
};
