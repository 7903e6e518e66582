/** CreateHostedZone, DeleteHostedZone, and what reads and changes one. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { noteChange } from "../changes.ts";
import { requireDelegationSet } from "../delegation-sets.ts";
import { invalidInput } from "../errors.ts";
import { liesIn } from "../names.ts";
import { queryLogsOf } from "../query-logs.ts";
import { ownRecords, recordKey, recordSets } from "../record-sets.ts";
import { checkConflict, readVpc } from "../vpcs.ts";
import { zoneName } from "../zone-name.ts";
import { zonesChanged } from "../zone-table.ts";
import {
  describeDelegation,
  describeVpcs,
  describeZone,
  everywhere,
  newId,
  newNameServers,
  requireZone,
  type ZoneRecord,
  zones,
} from "../zones.ts";

const location = (path: string) => `https://route53.amazonaws.com/2013-04-01/${path}`;

export const createHostedZone = operation("route53", "CreateHostedZone", async (input, context) => {
  const { cloud } = context;
  const { CallerReference: callerReference, HostedZoneConfig: config, VPC: vpc, DelegationSetId } = input;
  checkConstraints("InvalidInput", {
    callerReference: [callerReference, { length: [1, 128] }],
    "hostedZoneConfig.comment": [config?.Comment, { length: [0, 256] }],
  });
  const name = zoneName(input.Name);
  const isPrivate = vpc !== undefined || config?.PrivateZone === true;
  if (vpc && config?.PrivateZone === false) throw invalidInput("When you're creating a public hosted zone, you can't specify a VPC.");
  const vpcs = vpc ? [await readVpc(context, vpc)] : [];
  const all = zones(cloud).list(everywhere);
  const again = all.find((zone) => zone.callerReference === callerReference && zone.name === name);
  if (again && again.comment === config?.Comment && JSON.stringify(again.vpcs) === JSON.stringify(vpcs))
    throw new AwsError("HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.", 409);
  const set = DelegationSetId === undefined ? undefined : requireDelegationSet(cloud, DelegationSetId);
  if (set && isPrivate) throw invalidInput("A reusable delegation set can't be used with a private hosted zone.");
  const conflict = set && all.find((zone) => zone.delegationSetId === set.id && (liesIn(zone.name, name) || liesIn(name, zone.name)));
  if (conflict)
    throw new AwsError(
      "ConflictingDomainExists",
      `Cannot create hosted zone with DelegationSetId DelegationSetId:${set.id} as the DNSName ${name} conflicts with existing ones sharing the delegation set`,
    );
  for (const each of vpcs) checkConflict(all, name, each);
  const zone: ZoneRecord = {
    id: newId(cloud, "Z"),
    name,
    callerReference,
    ...(config?.Comment !== undefined && { comment: config.Comment }),
    private: isPrivate,
    vpcs,
    authorizedVpcs: [],
    nameServers: set?.nameServers ?? (isPrivate ? privateNameServers : newNameServers(cloud)),
    ...(set && { delegationSetId: set.id }),
    createdMs: cloud.world.clock.nowMs(),
    tags: { ...originOf(input)?.tags },
  };
  cloud.store.transaction(() => {
    zones(cloud).put(everywhere, zone.id, zone);
    for (const record of ownRecords(zone)) recordSets(cloud).put(zone.id, recordKey(record), record);
  });
  zonesChanged(cloud);
  const delegation = describeDelegation(zone);
  return {
    HostedZone: describeZone(cloud, zone),
    ChangeInfo: noteChange(cloud),
    ...(delegation && { DelegationSet: delegation }),
    ...(vpc && { VPC: vpc }),
    Location: location(`hostedzone/${zone.id}`),
  } as never;
});

/** What the NS records of private zones name: nobody outside asks them. */
const privateNameServers = ["ns-1536.awsdns-00.co.uk", "ns-0.awsdns-00.com", "ns-1024.awsdns-00.org", "ns-512.awsdns-00.net"];

export const getHostedZone = operation("route53", "GetHostedZone", ({ Id }, { cloud }) => {
  const zone = requireZone(cloud, Id);
  const delegation = describeDelegation(zone);
  return {
    HostedZone: describeZone(cloud, zone),
    ...(delegation && { DelegationSet: delegation }),
    ...(zone.private && { VPCs: describeVpcs(zone.vpcs) }),
  };
});

export const deleteHostedZone = operation("route53", "DeleteHostedZone", ({ Id }, { cloud }) => {
  const zone = requireZone(cloud, Id);
  const own = recordSets(cloud).list(zone.id);
  if (own.some(({ Name, Type }) => Name !== zone.name || (Type !== "NS" && Type !== "SOA")))
    throw new AwsError(
      "HostedZoneNotEmpty",
      "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
    );
  cloud.store.transaction(() => {
    for (const record of own) recordSets(cloud).delete(zone.id, recordKey(record));
    for (const { id } of queryLogsOf(cloud, zone.id)) cloud.store.collection("route53:query-log").delete(everywhere, id);
    zones(cloud).delete(everywhere, zone.id);
  });
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud) };
});

export const updateHostedZoneComment = operation("route53", "UpdateHostedZoneComment", ({ Id, Comment }, { cloud }) => {
  const zone = requireZone(cloud, Id);
  checkConstraints("InvalidInput", { comment: [Comment, { length: [0, 256] }] });
  const { comment: _, ...rest } = zone;
  const changed: ZoneRecord = { ...rest, ...(Comment !== undefined && { comment: Comment }) };
  zones(cloud).put(everywhere, zone.id, changed);
  return { HostedZone: describeZone(cloud, changed) };
});

export const getDnssec = operation("route53", "GetDNSSEC", ({ HostedZoneId }, { cloud }) => {
  requireZone(cloud, HostedZoneId);
  return { Status: { ServeSignature: "NOT_SIGNING" }, KeySigningKeys: [] };
});
