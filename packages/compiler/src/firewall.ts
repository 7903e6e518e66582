/** The firewall before a load balancer: a web ACL, which stands before it. Source: aws-recipes §9. */
import type { FirewallRule } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Made } from "./value.ts";

/** AWS's managed group behind each word. */
export const managedGroups: Record<FirewallRule, string> = {
  common: "AWSManagedRulesCommonRuleSet",
  "sql-injection": "AWSManagedRulesSQLiRuleSet",
  "known-bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
  "ip-reputation": "AWSManagedRulesAmazonIpReputationList",
};

/** `"2000 per 5 minutes"`, or `undefined` for a text that is none. */
export function rateOf(text: string): { limit: number; windowSeconds: number } | undefined {
  const found = /^(\d+) per (1|2|5|10) minutes?$/.exec(text);
  return found ? { limit: Number(found[1]), windowSeconds: Number(found[2]) * 60 } : undefined;
}

export function buildFirewall(compilation: Compilation, named: Named<"loadBalancer">): Made | undefined {
  const { draft, stem } = compilation;
  const { firewall } = named.declared.options;
  if (!firewall) return undefined;
  const name = `${stem}-${named.kebab}`;
  const rate = firewall.rateLimit === undefined ? undefined : rateOf(firewall.rateLimit);
  const counts = firewall.mode === "count";
  const visibility = (metric: string) => ({ SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: metric });
  const rules = firewall.rules ?? (Object.keys(managedGroups) as FirewallRule[]);

  return draft.add("waf", `${named.id}Firewall`, { ...compilation.origin(named), part: "WebACL" }, () => ({
    Type: "AWS::WAFv2::WebACL",
    Properties: {
      Name: name,
      Scope: "REGIONAL",
      DefaultAction: { Allow: {} },
      VisibilityConfig: visibility(name),
      Rules: [
        ...(rate
          ? [
              {
                Name: "rate-limit",
                Priority: 0,
                Action: counts ? { Count: {} } : { Block: {} },
                Statement: { RateBasedStatement: { AggregateKeyType: "IP", Limit: rate.limit, EvaluationWindowSec: rate.windowSeconds } },
                VisibilityConfig: visibility(`${name}-rate-limit`),
              },
            ]
          : []),
        ...rules.map((rule, i) => ({
          Name: rule,
          Priority: (i + 1) * 10,
          OverrideAction: counts ? { Count: {} } : { None: {} },
          Statement: {
            ManagedRuleGroupStatement: {
              VendorName: "AWS",
              Name: managedGroups[rule],
              // It would refuse every upload of more than 8 KB.
              ...(rule === "common" && { RuleActionOverrides: [{ Name: "SizeRestrictions_BODY", ActionToUse: { Count: {} } }] }),
            },
          },
          VisibilityConfig: visibility(`${name}-${rule}`),
        })),
      ],
    },
  }));
}
