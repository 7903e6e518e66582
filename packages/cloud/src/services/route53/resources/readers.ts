/** How zones, records and health checks are read again. */
import type { Readers } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

interface Wanted {
  Name: string;
  Type: string;
  SetIdentifier?: string;
  HostedZoneId?: string;
  HostedZoneName?: string;
}

export const readers: Readers = {
  "AWS::Route53::HostedZone": async ({ call, physicalId: Id }) => {
    const { HostedZone } = await call("route53", "GetHostedZone", { Id });
    return { Name: plain(HostedZone!.Name!), HostedZoneConfig: HostedZone!.Config };
  },
  "AWS::Route53::HealthCheck": async ({ call, physicalId: HealthCheckId }) => {
    const { HealthCheck } = await call("route53", "GetHealthCheck", { HealthCheckId });
    return { HealthCheckConfig: HealthCheck!.HealthCheckConfig };
  },
  "AWS::Route53::RecordSet": async ({ call, properties }) => {
    const found = await record(call, properties);
    return found && described(found, properties.Name);
  },
  "AWS::Route53::RecordSetGroup": async ({ call, properties }) => {
    const { HostedZoneId, HostedZoneName, RecordSets = [] } = properties;
    const zone = { ...(HostedZoneId !== undefined && { HostedZoneId }), ...(HostedZoneName !== undefined && { HostedZoneName }) };
    const found = await Promise.all(RecordSets.map(async (one) => ({ one, there: await record(call, { ...zone, ...one }) })));
    const there = found.flatMap((each) => (each.there ? [described(each.there, each.one.Name)] : []));
    return there.length === 0 && RecordSets.length > 0 ? undefined : { RecordSets: there };
  },
};

type Found = NonNullable<Awaited<ReturnType<typeof record>>>;

async function record(call: Call, { Name, Type, SetIdentifier, HostedZoneId, HostedZoneName }: Wanted) {
  let id = HostedZoneId;
  if (id === undefined) {
    const { HostedZones = [] } = await call("route53", "ListHostedZonesByName", { DNSName: HostedZoneName });
    id = HostedZones.find((zone) => plain(zone.Name!) === plain(HostedZoneName ?? ""))?.Id;
  }
  if (id === undefined) return undefined;
  const { ResourceRecordSets = [] } = await call("route53", "ListResourceRecordSets", {
    HostedZoneId: id,
    StartRecordName: Name,
    StartRecordType: Type as "A",
  });
  return ResourceRecordSets.find((one) => plain(one.Name!) === plain(Name) && one.Type === Type && one.SetIdentifier === SetIdentifier);
}

function described({ AliasTarget, ResourceRecords, TTL, Type }: Found, Name: string) {
  return {
    Name,
    Type,
    TTL: TTL ?? null,
    ResourceRecords: ResourceRecords?.map(({ Value }) => Value) ?? null,
    AliasTarget: AliasTarget ? { HostedZoneId: AliasTarget.HostedZoneId, EvaluateTargetHealth: AliasTarget.EvaluateTargetHealth } : null,
  };
}

/** Names end in a dot, and a star is written by its code. */
const plain = (name: string) => name.replace(/\.$/, "").replace("\\052", "*").toLowerCase();
