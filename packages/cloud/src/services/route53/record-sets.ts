/** Resource record sets: what is kept of each, their order in lists, and those that every zone has. */
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { sortKey } from "./names.ts";

/** As clients give it, with its names in canonical form. */
export type RecordSet = ResourceRecordSet & { Name: string; Type: string };

/** By zone id, and in the order of lists: by the name's labels from the last to the first, type, set identifier. */
export const recordSets = (cloud: Cloud): Collection<RecordSet> => cloud.store.collection(collection);

const collection = "route53:record-set";

export const recordKey = ({ Name, Type, SetIdentifier = "" }: { Name: string; Type: string; SetIdentifier?: string | undefined }) =>
  `${sortKey(Name)} ${Type} ${SetIdentifier}`;

/** All sets of a name, of every type. */
export const setsOf = (cloud: Cloud, zoneId: string, name: string): RecordSet[] => recordSets(cloud).list(zoneId, `${sortKey(name)} `);

/** Whether the name, or one below it, has records. Asks for one row: a zone may have ten thousand. */
export function nameExists(cloud: Cloud, zoneId: string, name: string): boolean {
  const from = sortKey(name);
  const sql = "select 1 from document where collection = ? and scope = ? and key >= ? and key < ? limit 1";
  return cloud.store.statement("state", sql).get(collection, zoneId, from, `${from}\u{10ffff}`) !== undefined;
}

const soaTtlSeconds = 900;
const nsTtlSeconds = 172_800;

/** The NS and SOA records that a zone is made with. */
export function ownRecords({ name, nameServers }: { name: string; nameServers: readonly string[] }): RecordSet[] {
  return [
    { Name: name, Type: "NS", TTL: nsTtlSeconds, ResourceRecords: nameServers.map((server) => ({ Value: `${server}.` })) },
    {
      Name: name,
      Type: "SOA",
      TTL: soaTtlSeconds,
      ResourceRecords: [{ Value: `${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` }],
    },
  ];
}
