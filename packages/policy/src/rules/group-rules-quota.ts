/** A security group has no more rules than AWS takes. */
import { securityGroups } from "../reach/groups.ts";
import type { Rule } from "../rule.ts";

const types = ["AWS::EC2::SecurityGroup"];

export const rule: Rule = {
  id: "group-rules-quota",
  severity: "high",
  controls: [],
  types,
  reason: "AWS takes 60 rules in and 60 out for a group by default; the stack fails at the next.",
  remedy: "Join ranges, use a prefix list, or raise the quota L-0EA8095F.",
  find: (facts) => {
    const groups = securityGroups(facts);
    return facts.ofType(...types).flatMap((resource) => {
      const { ingress, egress } = groups.of(resource.id);
      const most = Math.max(ingress.length, egress.length);
      return most > 60 ? [{ resource, what: `it has ${most} rules` }] : [];
    });
  },
};
