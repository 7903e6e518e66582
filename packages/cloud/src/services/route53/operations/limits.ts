/** GetHostedZoneLimit and GetAccountLimit: AWS's default quotas, and what of them is used. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { delegationSets } from "../delegation-sets.ts";
import { recordSets } from "../record-sets.ts";
import { everywhere, requireZone, zones } from "../zones.ts";

const limits = { MAX_RRSETS_BY_ZONE: 10_000, MAX_VPCS_ASSOCIATED_BY_ZONE: 300 } as const;

export const getHostedZoneLimit = operation("route53", "GetHostedZoneLimit", ({ HostedZoneId, Type }, { cloud }) => {
  const zone = requireZone(cloud, HostedZoneId);
  checkConstraints("InvalidInput", { type: [Type, { enum: Object.keys(limits) }] });
  const Count = Type === "MAX_RRSETS_BY_ZONE" ? recordSets(cloud).entries(zone.id).length : zone.vpcs.length;
  return { Limit: { Type, Value: limits[Type as keyof typeof limits] }, Count };
});

const accountLimits = {
  MAX_HEALTH_CHECKS_BY_OWNER: 200,
  MAX_HOSTED_ZONES_BY_OWNER: 500,
  MAX_REUSABLE_DELEGATION_SETS_BY_OWNER: 100,
  MAX_TRAFFIC_POLICIES_BY_OWNER: 50,
  MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER: 5,
} as const;

export const getAccountLimit = operation("route53", "GetAccountLimit", ({ Type }, { cloud }) => {
  checkConstraints("InvalidInput", { type: [Type, { enum: Object.keys(accountLimits) }] });
  const counted: Readonly<Record<string, number>> = {
    MAX_HEALTH_CHECKS_BY_OWNER: cloud.store.collection("route53:health-check").list(everywhere).length,
    MAX_HOSTED_ZONES_BY_OWNER: zones(cloud).list(everywhere).length,
    MAX_REUSABLE_DELEGATION_SETS_BY_OWNER: delegationSets(cloud).list(everywhere).length,
  };
  return { Limit: { Type, Value: accountLimits[Type as keyof typeof accountLimits] }, Count: counted[Type] ?? 0 };
});
