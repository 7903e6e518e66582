/** CreateHostedZone, DeleteHostedZone, and what reads and changes hosted zones. */
import type { VPC } from "@aws-sdk/client-route-53";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { noteChange } from "../changes.ts";
import { delegationSets, requireDelegationSet } from "../delegation-sets.ts";
import { invalidDomainName, invalidInput } from "../errors.ts";
import { BadName, canonicalName, liesIn, sortKey } from "../names.ts";
import { queryLogsOf } from "../query-logs.ts";
import { ownRecords, recordKey, recordSets } from "../record-sets.ts";
import { zonesChanged } from "../zone-table.ts";
import {
  bareId,
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

function zoneName(given: string): string {
  try {
    return canonicalName(given);
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    throw invalidDomainName(error.message);
  }
}

async function readVpc(
  { cloud, principal }: { cloud: Cloud; principal: Parameters<Cloud["as"]>[0] },
  { VPCId: id, VPCRegion: region }: VPC,
): Promise<{ region: string; id: string }> {
  if (!id || !region) throw new AwsError("InvalidVPCId", "The VPC ID that you specified is invalid.");
  try {
    await cloud.as(principal, region)("ec2", "DescribeVpcs", { VpcIds: [id] });
  } catch (error) {
    if (!(error instanceof AwsError && error.code.startsWith("InvalidVpc"))) throw error;
    throw new AwsError("InvalidVPCId", `The VPC: ${id} you provided is not valid.`);
  }
  return { region, id };
}

/** In one VPC there is one zone of a name. */
function checkConflict(all: readonly ZoneRecord[], name: string, vpc: { region: string; id: string }): void {
  const other = all.find((zone) => zone.name === name && zone.vpcs.some(({ id, region }) => id === vpc.id && region === vpc.region));
  if (other)
    throw new AwsError(
      "ConflictingDomainExists",
      `The VPC ${vpc.id} in region ${vpc.region} has already been associated with the hosted zone ${other.id} with the same domain name.`,
    );
}

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

const mostZones = 100;

function sizeOf(given: number | string | undefined): number {
  const size = given === undefined ? mostZones : Number(given);
  if (!(Number.isInteger(size) && size >= 1)) throw invalidInput("The value of maxitems must be a number from 1 to 100.");
  return Math.min(size, mostZones);
}

export const listHostedZones = operation("route53", "ListHostedZones", (input, { cloud }) => {
  const { Marker, MaxItems, DelegationSetId, HostedZoneType } = input;
  const size = sizeOf(MaxItems);
  const set = DelegationSetId === undefined ? undefined : bareId(DelegationSetId);
  const all = zones(cloud)
    .list(everywhere)
    .filter((zone) => set === undefined || zone.delegationSetId === set)
    .filter((zone) => HostedZoneType === undefined || zone.private);
  const from = Marker === undefined ? 0 : all.findIndex(({ id }) => id === bareId(Marker));
  if (from < 0) throw noSuchMarker(Marker!);
  const next = all[from + size];
  return {
    HostedZones: all.slice(from, from + size).map((zone) => describeZone(cloud, zone)),
    ...(Marker !== undefined && { Marker }),
    IsTruncated: next !== undefined,
    ...(next && { NextMarker: next.id }),
    MaxItems: MaxItems ?? mostZones,
  } as never;
});

const noSuchMarker = (marker: string) => invalidInput(`The marker ${marker} is not a hosted zone's.`);

/** In the order of names read from their ends; begins at a name, not only with that name. */
export const listHostedZonesByName = operation("route53", "ListHostedZonesByName", (input, { cloud }) => {
  const { DNSName, HostedZoneId, MaxItems } = input;
  if (HostedZoneId !== undefined && DNSName === undefined)
    throw invalidInput("If you specify a value for hostedzoneid, you must also specify a value for dnsname.");
  const size = sizeOf(MaxItems);
  const from = DNSName === undefined ? "" : `${sortKey(zoneName(DNSName))} ${HostedZoneId === undefined ? "" : bareId(HostedZoneId)}`;
  const all = zones(cloud)
    .list(everywhere)
    .map((zone) => ({ zone, position: `${sortKey(zone.name)} ${zone.id}` }))
    .toSorted((a, b) => (a.position < b.position ? -1 : 1))
    .filter(({ position }) => position >= from);
  const next = all[size]?.zone;
  return {
    HostedZones: all.slice(0, size).map(({ zone }) => describeZone(cloud, zone)),
    ...(DNSName !== undefined && { DNSName: zoneName(DNSName) }),
    ...(HostedZoneId !== undefined && { HostedZoneId: bareId(HostedZoneId) }),
    IsTruncated: next !== undefined,
    ...(next && { NextDNSName: next.name, NextHostedZoneId: next.id }),
    MaxItems: size,
  };
});

export const getHostedZoneCount = operation("route53", "GetHostedZoneCount", (_input, { cloud }) => ({
  HostedZoneCount: zones(cloud).list(everywhere).length,
}));

export const listHostedZonesByVpc = operation("route53", "ListHostedZonesByVPC", (input, { cloud, account }) => {
  const { VPCId, VPCRegion, NextToken } = input;
  const size = sizeOf(input.MaxItems);
  const all = zones(cloud)
    .list(everywhere)
    .filter(({ vpcs }) => vpcs.some(({ id, region }) => id === VPCId && region === VPCRegion));
  const from = NextToken === undefined ? 0 : all.findIndex(({ id }) => id === NextToken);
  if (from < 0)
    throw new AwsError(
      "InvalidPaginationToken",
      "The value that you specified to get the second or subsequent page of results is invalid.",
    );
  const next = all[from + size];
  return {
    HostedZoneSummaries: all
      .slice(from, from + size)
      .map(({ id, name }) => ({ HostedZoneId: id, Name: name, Owner: { OwningAccount: account } })),
    MaxItems: size,
    ...(next && { NextToken: next.id }),
  };
});

export const associateVpcWithHostedZone = operation("route53", "AssociateVPCWithHostedZone", async (input, context) => {
  const { cloud } = context;
  const zone = requireZone(cloud, input.HostedZoneId);
  if (!zone.private)
    throw new AwsError(
      "PublicZoneVPCAssociation",
      "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support associating a VPC with a public hosted zone.",
    );
  const vpc = await readVpc(context, input.VPC);
  checkConflict(zones(cloud).list(everywhere), zone.name, vpc);
  zones(cloud).put(everywhere, zone.id, { ...requireZone(cloud, zone.id), vpcs: [...zone.vpcs, vpc] });
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud, input.Comment) };
});

export const disassociateVpcFromHostedZone = operation("route53", "DisassociateVPCFromHostedZone", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const { VPCId, VPCRegion } = input.VPC;
  const left = zone.vpcs.filter(({ id, region }) => id !== VPCId || (VPCRegion !== undefined && region !== VPCRegion));
  if (left.length === zone.vpcs.length)
    throw new AwsError("VPCAssociationNotFound", "The specified VPC and hosted zone are not currently associated.", 404);
  if (left.length === 0)
    throw new AwsError(
      "LastVPCAssociation",
      "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a hosted zone.",
    );
  zones(cloud).put(everywhere, zone.id, { ...zone, vpcs: left });
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud, input.Comment) };
});

/** Kept and listed: a VPC of another account is none here. */
export const createVpcAssociationAuthorization = operation("route53", "CreateVPCAssociationAuthorization", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const vpc = { region: input.VPC.VPCRegion ?? "", id: input.VPC.VPCId ?? "" };
  const others = zone.authorizedVpcs.filter(({ id, region }) => id !== vpc.id || region !== vpc.region);
  zones(cloud).put(everywhere, zone.id, { ...zone, authorizedVpcs: [...others, vpc] });
  return { HostedZoneId: zone.id, VPC: input.VPC };
});

export const deleteVpcAssociationAuthorization = operation("route53", "DeleteVPCAssociationAuthorization", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const left = zone.authorizedVpcs.filter(({ id, region }) => id !== input.VPC.VPCId || region !== input.VPC.VPCRegion);
  if (left.length === zone.authorizedVpcs.length)
    throw new AwsError(
      "VPCAssociationAuthorizationNotFound",
      "The VPC that you specified is not authorized to be associated with the hosted zone.",
      404,
    );
  zones(cloud).put(everywhere, zone.id, { ...zone, authorizedVpcs: left });
  return {};
});

export const listVpcAssociationAuthorizations = operation("route53", "ListVPCAssociationAuthorizations", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  return { HostedZoneId: zone.id, VPCs: describeVpcs(zone.authorizedVpcs) };
});

export const getDnssec = operation("route53", "GetDNSSEC", ({ HostedZoneId }, { cloud }) => {
  requireZone(cloud, HostedZoneId);
  return { Status: { ServeSignature: "NOT_SIGNING" }, KeySigningKeys: [] };
});

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
