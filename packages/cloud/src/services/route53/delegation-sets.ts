/** Reusable delegation sets: four name servers that several zones share. */
import type { DelegationSet } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { noSuchDelegationSet } from "./errors.ts";
import { bareId, everywhere } from "./zones.ts";

export interface DelegationSetRecord {
  id: string;
  callerReference: string;
  nameServers: string[];
}

export const delegationSets = (cloud: Cloud): Collection<DelegationSetRecord> => cloud.store.collection("route53:delegation-set");

export function requireDelegationSet(cloud: Cloud, id: string): DelegationSetRecord {
  const found = delegationSets(cloud).get(everywhere, bareId(id));
  if (!found) throw noSuchDelegationSet(bareId(id));
  return found;
}

export const describeSet = ({ id, callerReference, nameServers }: DelegationSetRecord): DelegationSet => ({
  Id: `/delegationset/${id}`,
  CallerReference: callerReference,
  NameServers: nameServers,
});
