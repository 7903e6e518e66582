/** Hosted zones: what is kept of each, and their name servers. */
import type { DelegationSet, HostedZone, VPC } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { noSuchHostedZone } from "./errors.ts";
import { recordSets } from "./record-sets.ts";

/** Route 53 is one for all regions. */
export const everywhere = "global";

export interface ZoneRecord {
  id: string;
  /** With the dot at the end. */
  name: string;
  callerReference: string;
  comment?: string;
  private: boolean;
  /** Of a private zone. */
  vpcs: { region: string; id: string }[];
  /** VPCs of other accounts that may be associated. */
  authorizedVpcs: { region: string; id: string }[];
  /** Without the dot at the end. */
  nameServers: string[];
  delegationSetId?: string;
  createdMs: number;
  tags: Record<string, string>;
}

export const zones = (cloud: Cloud): Collection<ZoneRecord> => cloud.store.collection("route53:zone");

/** Clients may give ids as they get them: `/hostedzone/Z1`. */
export const bareId = (id: string) => id.replace(/^\/?(?:hostedzone|change|delegationset|healthcheck)\//, "");

export function requireZone(cloud: Cloud, id: string): ZoneRecord {
  const found = zones(cloud).get(everywhere, bareId(id));
  if (!found) throw noSuchHostedZone(bareId(id));
  return found;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** `Z` (a zone), `C` (a change) or `N` (a delegation set), and 20 characters. */
export const newId = ({ world }: Cloud, kind: "Z" | "C" | "N") => kind + world.random.text(20, alphabet);

/** Four, each of another top-level domain and number range, as AWS gives them. */
export function newNameServers({ world }: Cloud): string[] {
  const [numbers, sets] = [world.random.bytes(8), world.random.bytes(4)];
  const domains = ["com", "net", "org", "co.uk"];
  return domains.map((domain, index) => {
    const number = index * 512 + (((numbers[index * 2]! << 8) | numbers[index * 2 + 1]!) % 512);
    return `ns-${number}.awsdns-${String(sets[index]! % 64).padStart(2, "0")}.${domain}`;
  });
}

export function describeZone(cloud: Cloud, zone: ZoneRecord): HostedZone {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: { ...(zone.comment !== undefined && { Comment: zone.comment }), PrivateZone: zone.private },
    ResourceRecordSetCount: recordSets(cloud).entries(zone.id).length,
  };
}

export function describeDelegation({ private: isPrivate, nameServers, delegationSetId }: ZoneRecord): DelegationSet | undefined {
  if (isPrivate) return undefined;
  return { ...(delegationSetId !== undefined && { Id: `/delegationset/${delegationSetId}` }), NameServers: nameServers };
}

export const describeVpcs = (vpcs: ZoneRecord["vpcs"]): VPC[] =>
  vpcs.map(({ region, id }) => ({ VPCRegion: region as "eu-central-1", VPCId: id }));
