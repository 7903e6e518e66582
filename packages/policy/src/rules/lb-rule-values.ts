/** A rule of a listener has no more values than AWS takes. */
import { asList, asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::ListenerRule"];

export const rule: Rule = {
  id: "lb-rule-values",
  severity: "high",
  controls: [],
  types,
  reason: "AWS takes 5 values for the conditions of one rule; the stack fails.",
  remedy: "Spread them over several rules.",
  find: each(types, ({ properties }) => {
    const values = asRecords(properties["Conditions"]).reduce((sum, one) => {
      const configured = Object.values(one).flatMap((part) => asList(asRecord(part)["Values"]));
      return sum + (configured.length > 0 ? configured.length : asList(one["Values"]).length);
    }, 0);
    return values > 5 && `its conditions have ${values} values`;
  }),
};
