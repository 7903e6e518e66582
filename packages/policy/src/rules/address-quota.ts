/** A system needs no more addresses than an account has. */
import type { Rule } from "../rule.ts";

const types = ["AWS::EC2::EIP"];

export const rule: Rule = {
  id: "address-quota",
  severity: "medium",
  controls: [],
  types,
  reason: "An account has 5 elastic addresses a region by default; the stack fails at the next.",
  remedy: "Fewer NAT gateways, or raise the quota L-0263D0A3.",
  find: ({ ofType }) => {
    const all = ofType(...types);
    return all.length > 5 ? [{ resource: all[5]!, what: `${all.length} elastic addresses are asked for` }] : [];
  },
};
