/** Reusable delegation sets. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { delegationSets, type DelegationSetRecord, describeSet, requireDelegationSet } from "../delegation-sets.ts";
import { everywhere, newId, newNameServers, requireZone, zones } from "../zones.ts";

export const createReusableDelegationSet = operation("route53", "CreateReusableDelegationSet", (input, { cloud }) => {
  const { CallerReference: callerReference, HostedZoneId } = input;
  const all = delegationSets(cloud).list(everywhere);
  if (all.some((each) => each.callerReference === callerReference))
    throw new AwsError(
      "DelegationSetAlreadyCreated",
      "A delegation set with the same owner and caller reference combination has already been created.",
    );
  let nameServers = newNameServers(cloud);
  if (HostedZoneId !== undefined) {
    const zone = zones(cloud).get(everywhere, HostedZoneId.replace(/^\/?hostedzone\//, ""));
    if (!zone) throw new AwsError("HostedZoneNotFound", "The specified HostedZone can't be found.");
    if (zone.private) throw new AwsError("InvalidArgument", `The hosted zone ${zone.id} is private and has no delegation set.`);
    if (all.some((each) => each.nameServers.join() === zone.nameServers.join()))
      throw new AwsError("DelegationSetAlreadyReusable", "The specified delegation set has already been marked as reusable.");
    ({ nameServers } = requireZone(cloud, zone.id));
  }
  const record: DelegationSetRecord = { id: newId(cloud, "N"), callerReference, nameServers };
  delegationSets(cloud).put(everywhere, record.id, record);
  return { DelegationSet: describeSet(record), Location: `https://route53.amazonaws.com/2013-04-01/delegationset/${record.id}` } as never;
});

export const getReusableDelegationSet = operation("route53", "GetReusableDelegationSet", ({ Id }, { cloud }) => ({
  DelegationSet: describeSet(requireDelegationSet(cloud, Id)) as never,
}));

export const deleteReusableDelegationSet = operation("route53", "DeleteReusableDelegationSet", ({ Id }, { cloud }) => {
  const { id } = requireDelegationSet(cloud, Id);
  if (
    zones(cloud)
      .list(everywhere)
      .some(({ delegationSetId }) => delegationSetId === id)
  )
    throw new AwsError(
      "DelegationSetInUse",
      "The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.",
    );
  delegationSets(cloud).delete(everywhere, id);
  return {};
});

const mostSets = 100;

export const listReusableDelegationSets = operation("route53", "ListReusableDelegationSets", ({ Marker, MaxItems }, { cloud }) => {
  const size = Math.min(Number(MaxItems ?? mostSets), mostSets);
  const all = delegationSets(cloud).list(everywhere);
  const from =
    Marker === undefined
      ? 0
      : Math.max(
          0,
          all.findIndex(({ id }) => id === Marker),
        );
  const next = all[from + size];
  return {
    DelegationSets: all.slice(from, from + size).map(describeSet),
    ...(Marker !== undefined && { Marker }),
    IsTruncated: next !== undefined,
    ...(next && { NextMarker: next.id }),
    MaxItems: size,
  } as never;
});

export const getReusableDelegationSetLimit = operation(
  "route53",
  "GetReusableDelegationSetLimit",
  ({ DelegationSetId, Type }, { cloud }) => {
    const { id } = requireDelegationSet(cloud, DelegationSetId);
    const users = zones(cloud)
      .list(everywhere)
      .filter((zone) => zone.delegationSetId === id);
    return { Limit: { Type, Value: 100 }, Count: users.length };
  },
);
