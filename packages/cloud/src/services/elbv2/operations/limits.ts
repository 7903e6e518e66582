/** DescribeAccountLimits, DescribeSSLPolicies. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { page } from "../paging.ts";
import { describePolicies, isPolicy } from "../ssl-policies.ts";

/** AWS's standard quotas ("Quotas for your Application Load Balancers"). */
const limits: Readonly<Record<string, number>> = {
  "application-load-balancers": 50,
  "certificates-per-application-load-balancer": 25,
  "condition-values-per-alb-rule": 5,
  "condition-wildcards-per-alb-rule": 6,
  "listeners-per-application-load-balancer": 50,
  "rules-per-application-load-balancer": 100,
  "target-groups": 3000,
  "target-groups-per-action-on-application-load-balancer": 5,
  "target-groups-per-application-load-balancer": 100,
  "target-id-registrations-per-application-load-balancer": 1000,
  "targets-per-application-load-balancer": 1000,
  "targets-per-target-group": 1000,
};

export const describeAccountLimits = operation("elbv2", "DescribeAccountLimits", (input) => {
  const all = Object.entries(limits).map(([Name, Max]) => ({ Name, Max: String(Max) }));
  const { items, marker } = page(all, input, "DescribeAccountLimits", ({ Name }) => Name);
  return { Limits: items, ...marker };
});

export const describeSslPolicies = operation("elbv2", "DescribeSSLPolicies", (input) => {
  const names = input.Names ?? [];
  for (const name of names) if (!isPolicy(name)) throw new AwsError("SSLPolicyNotFound", `SSL policy '${name}' not found`);
  const all = describePolicies().filter(({ Name }) => names.length === 0 || names.includes(Name));
  const { items, marker } = page(all, input, "DescribeSSLPolicies", ({ Name }) => Name);
  return { SslPolicies: items, ...marker };
});
