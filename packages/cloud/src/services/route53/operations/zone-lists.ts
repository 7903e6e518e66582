/** ListHostedZones, by name, by VPC, and how many there are. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { invalidInput } from "../errors.ts";
import { sortKey } from "../names.ts";
import { zoneName } from "../zone-name.ts";
import { bareId, describeZone, everywhere, zones } from "../zones.ts";

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
