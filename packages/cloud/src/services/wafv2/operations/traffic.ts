/** GetSampledRequests and GetRateBasedStatementManagedKeys: what has come to a web ACL. */
import { isIP } from "node:net";
import { limitedKeys } from "../../../runtime/firewall/rates.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, nonexistentItem } from "../errors.ts";
import { check, findByArn, findItem } from "../items.ts";
import { knownCounter } from "../references.ts";
import { keptMs, samplesOf } from "../samples.ts";
import { readRules } from "../stored-rules.ts";
import type { StoredAcl } from "../things.ts";

export const getSampledRequests = operation("wafv2", "GetSampledRequests", (input, context) => {
  const { cloud } = context;
  const acl = findByArn<StoredAcl>(context, "webacl", input.WebAclArn);
  if (!acl) throw nonexistentItem();
  check({ maxItems: [input.MaxItems, { range: [1, 500] }] });
  const nowMs = cloud.world.clock.nowMs();
  const startMs = input.TimeWindow!.StartTime!.getTime();
  const endMs = Math.min(input.TimeWindow!.EndTime!.getTime(), nowMs);
  if (endMs < startMs) throw invalidParameter("The time window is not valid.", "TIME_WINDOW", "TimeWindow");
  // As on AWS, a window that began earlier begins three hours ago.
  const window = { startMs: Math.max(startMs, nowMs - keptMs), endMs, most: Number(input.MaxItems) };
  const name = input.RuleMetricName === acl.visibility.MetricName ? "Default_Action" : input.RuleMetricName!;
  const metrics = new Set(["Default_Action", ...readRules(acl.rules).map(({ VisibilityConfig }) => VisibilityConfig!.MetricName!)]);
  if (!metrics.has(name)) throw nonexistentItem();
  const { population, sampled } = samplesOf(cloud, acl.arn, name, window);
  return {
    SampledRequests: sampled,
    PopulationSize: population,
    TimeWindow: { StartTime: new Date(window.startMs), EndTime: new Date(window.endMs) },
  };
});

/** Only for rates by address, as on AWS. */
export const getRateBasedStatementManagedKeys = operation("wafv2", "GetRateBasedStatementManagedKeys", (input, context) => {
  const acl = findItem<StoredAcl>(context, "webacl", { Name: input.WebACLName, Scope: input.Scope, Id: input.WebACLId });
  if (input.RuleGroupRuleName !== undefined) throw nonexistentItem();
  const rule = readRules(acl.rules).find(({ Name }) => Name === input.RuleName);
  const statement = rule?.Statement?.RateBasedStatement;
  if (!statement) throw nonexistentItem();
  if (statement.AggregateKeyType !== "IP" && statement.AggregateKeyType !== "FORWARDED_IP") {
    throw invalidParameter("The rate-based rule doesn't aggregate by IP address.", "RULE", input.RuleName!);
  }
  const counter = knownCounter(context.cloud, acl.arn, input.RuleName!);
  const keys = counter ? limitedKeys(counter, context.cloud.world.clock.nowMs()) : [];
  const of = (version: 4 | 6) => ({
    IPAddressVersion: `IPV${version}` as const,
    Addresses: keys.filter((address) => isIP(address) === version).map((address) => `${address}/${version === 4 ? 32 : 128}`),
  });
  return { ManagedKeysIPV4: of(4), ManagedKeysIPV6: of(6) };
});
