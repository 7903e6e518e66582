/** A global cluster as it is kept: clusters in several regions, one of which takes writes while the others follow it. It belongs to no region itself. */
import type { Cloud } from "../../../cloud.ts";
import { type Cluster } from "../aurora/cluster.ts";
import { globalClusterNotFound } from "../errors.ts";
import type { Tag } from "../tags.ts";
import { clusterOf } from "../work.ts";

/** One of its clusters, found by what stays when it is renamed. */
export interface Place {
  region: string;
  resourceId: string;
}

export interface GlobalMember extends Place {
  /** Whether it is the primary: the one that takes writes. */
  writer: boolean;
  /** It is being taken out, and goes on by itself. */
  leaving?: boolean;
}

/** A change of the primary that was asked for. Until the members say otherwise, the former primary is the one that counts. */
export interface PrimaryChange {
  kind: "switchover" | "failover";
  status: "pending" | "switching-over" | "failing-over";
  from: Place;
  to: Place;
}

export interface GlobalCluster {
  identifier: string;
  /** `cluster-` and 16 characters: stays when it is renamed. */
  resourceId: string;
  engineVersion: string;
  databaseName?: string | undefined;
  storageEncrypted: boolean;
  deletionProtection: boolean;
  engineLifecycleSupport: string;
  /** Where clients reach the writer of whichever cluster is the primary. */
  endpoint?: { address: string; port: number } | undefined;
  members: GlobalMember[];
  change?: PrimaryChange | undefined;
  tags: Tag[];
}

/** The one scope of all: a global cluster is the same in every region. */
export const everywhere = "global";

export const globalClusters = (cloud: Cloud) => cloud.store.collection<GlobalCluster>("rds.global-clusters");

/** By identifier or ARN. */
export function findGlobalCluster(cloud: Cloud, identifierOrArn: string): GlobalCluster {
  const identifier = identifierOrArn.replace(/^arn:[^:]*:rds:[^:]*:[^:]*:global-cluster:/, "").toLowerCase();
  const found = globalClusters(cloud).get(everywhere, identifier);
  if (!found) throw globalClusterNotFound(identifierOrArn);
  return found;
}

/** Reads, changes and writes at once; nothing when it is gone. Answers what was written. */
export function changeGlobal(cloud: Cloud, resourceId: string, change: (global: GlobalCluster) => void): GlobalCluster | undefined {
  return cloud.store.transaction(() => {
    const global = globalByResource(cloud, resourceId);
    if (!global) return undefined;
    const { identifier } = global;
    change(global);
    if (global.identifier !== identifier) globalClusters(cloud).delete(everywhere, identifier);
    globalClusters(cloud).put(everywhere, global.identifier, global);
    return global;
  });
}

export function globalByResource(cloud: Cloud, resourceId: string): GlobalCluster | undefined {
  return globalClusters(cloud)
    .list(everywhere)
    .find((each) => each.resourceId === resourceId);
}

export const samePlace = (a: Place, b: Place): boolean => a.region === b.region && a.resourceId === b.resourceId;

export const primaryOfGlobal = ({ members }: Pick<GlobalCluster, "members">): GlobalMember | undefined =>
  members.find(({ writer }) => writer);

export interface Membership {
  global: GlobalCluster;
  member: GlobalMember;
}

/** What a cluster is to the global cluster that it is in; nothing where it stands alone. */
export function globalOf(cloud: Cloud, region: string, { resourceId }: Pick<Cluster, "resourceId">): Membership | undefined {
  for (const global of globalClusters(cloud).list(everywhere)) {
    const member = global.members.find((each) => samePlace(each, { region, resourceId }));
    if (member) return { global, member };
  }
  return undefined;
}

/** Whether it follows the cluster of another region, and takes no writes. */
export function isSecondary(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId">): boolean {
  return globalOf(cloud, region, cluster)?.member.writer === false;
}

/** The cluster that a secondary follows. */
export function primaryFor(cloud: Cloud, region: string, cluster: Pick<Cluster, "resourceId">): { region: string; cluster: Cluster } {
  const place = primaryOfGlobal(globalOf(cloud, region, cluster)!.global);
  const primary = place && clusterOf(cloud, place.region, place.resourceId);
  if (!primary) throw new Error("the global cluster has no primary DB cluster that could be followed");
  return { region: place.region, cluster: primary };
}
