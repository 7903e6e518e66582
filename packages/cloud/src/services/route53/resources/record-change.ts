/** A record set of a template as Route 53's API takes it, and the zone that it means. */
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Call } from "../../../service.ts";
import { canonicalName } from "../names.ts";

export type TemplateRecordSet = Omit<ResourceProperties["AWS::Route53::RecordSet"], "Comment">;

const bareZoneId = (id: string) => id.replace(/^\/?hostedzone\//, "");

/** @throws AwsError where a name leads to no zone, or to several. */
export async function zoneIdOf(
  call: Call,
  { HostedZoneId, HostedZoneName }: Pick<TemplateRecordSet, "HostedZoneId" | "HostedZoneName">,
): Promise<string> {
  if (HostedZoneId !== undefined) return bareZoneId(HostedZoneId);
  if (HostedZoneName === undefined) throw new AwsError("InvalidRequest", "Either HostedZoneId or HostedZoneName must be specified.");
  const name = canonicalName(HostedZoneName);
  const { HostedZones = [] } = await call("route53", "ListHostedZonesByName", { DNSName: name });
  const found = HostedZones.filter(({ Name }) => Name === name);
  if (found.length === 0) throw new AwsError("InvalidRequest", `No hosted zones named ${HostedZoneName} found`);
  if (found.length > 1)
    throw new AwsError("InvalidRequest", `Found multiple hosted zones named ${HostedZoneName}; use HostedZoneId instead`);
  return bareZoneId(found[0]!.Id!);
}

export function asRecordSet(given: TemplateRecordSet): ResourceRecordSet {
  const { HostedZoneId: _, HostedZoneName: __, AliasTarget, ResourceRecords, TTL, ...rest } = given;
  return {
    ...(rest as ResourceRecordSet),
    ...(TTL !== undefined && { TTL: Number(TTL) }),
    ...(ResourceRecords && { ResourceRecords: ResourceRecords.map((Value) => ({ Value })) }),
    ...(AliasTarget && { AliasTarget: { EvaluateTargetHealth: false, ...AliasTarget } }),
  };
}

/** What stands in the zone under the name, type and identifier of `set`. */
export async function standing(
  call: Call,
  HostedZoneId: string,
  { Name, Type, SetIdentifier }: ResourceRecordSet,
): Promise<ResourceRecordSet | undefined> {
  const { ResourceRecordSets = [] } = await call("route53", "ListResourceRecordSets", {
    HostedZoneId,
    StartRecordName: Name!,
    StartRecordType: Type!,
    ...(SetIdentifier !== undefined && { StartRecordIdentifier: SetIdentifier }),
    MaxItems: 1,
  });
  const [found] = ResourceRecordSets;
  return found?.Name === canonicalName(Name!) && found.Type === Type && found.SetIdentifier === SetIdentifier ? found : undefined;
}

export const sameSet = (a: ResourceRecordSet, b: ResourceRecordSet) =>
  canonicalName(a.Name!) === canonicalName(b.Name!) && a.Type === b.Type && a.SetIdentifier === b.SetIdentifier;

/** Also where it, or its zone, is gone already. */
export async function removeSets(call: Call, HostedZoneId: string, sets: readonly ResourceRecordSet[]): Promise<void> {
  try {
    const found = await Promise.all(sets.map((set) => standing(call, HostedZoneId, set)));
    const Changes = found.flatMap((set) => (set ? [{ Action: "DELETE" as const, ResourceRecordSet: set }] : []));
    if (Changes.length > 0) await call("route53", "ChangeResourceRecordSets", { HostedZoneId, ChangeBatch: { Changes } as never });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "NoSuchHostedZone")) throw error;
  }
}

/** Whether what stands is what is wanted, as after a create that was interrupted. */
export function fits(found: ResourceRecordSet | undefined, wanted: ResourceRecordSet): boolean {
  if (!found) return false;
  const values = (set: ResourceRecordSet) => (set.ResourceRecords ?? []).map(({ Value }) => Value).toSorted();
  const target = ({ AliasTarget: alias }: ResourceRecordSet) =>
    alias && [alias.HostedZoneId, alias.DNSName?.replace(/\.$/, "").toLowerCase()];
  const facts = (set: ResourceRecordSet) =>
    JSON.stringify([set.TTL, values(set), target(set), set.Weight, set.Failover, set.Region, set.HealthCheckId]);
  return facts(found) === facts(wanted);
}
