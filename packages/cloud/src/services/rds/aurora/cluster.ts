/** An Aurora cluster as it is kept: what its describes answer, and where its life stands. Its instances are in instance.ts. */
import type { Cloud } from "../../../cloud.ts";
import { clusterNotFound } from "../errors.ts";
import type { SubnetPlace } from "../network.ts";
import type { Tag } from "../tags.ts";
import type { Capacity } from "./capacity.ts";

export type ClusterStatus =
  | "creating"
  | "available"
  | "modifying"
  | "backing-up"
  | "failing-over"
  | "promoting"
  | "stopping"
  | "stopped"
  | "starting"
  | "deleting"
  | "failed";

/** What ModifyDBCluster changes. */
export interface ClusterSettings {
  engineVersion: string;
  port: number;
  capacity?: Capacity;
  backupRetentionDays: number;
  backupWindow: string;
  maintenanceWindow: string;
  parameterGroup: string;
  securityGroups: string[];
  deletionProtection: boolean;
  copyTagsToSnapshot: boolean;
  iamAuthentication: boolean;
  /** Whether statements come over HTTP (services/rds-data). */
  httpEndpoint?: boolean;
  logExports: string[];
  autoMinorVersionUpgrade: boolean;
  storageType: string;
  networkType: string;
  databaseInsightsMode: string;
  performanceInsights: boolean;
  performanceInsightsRetentionDays?: number;
  performanceInsightsKmsKeyId?: string;
  monitoringIntervalSeconds: number;
  monitoringRoleArn?: string;
}

/** What is being applied; a password is kept as its verifier only. */
export type PendingClusterChanges = Partial<ClusterSettings> & { masterVerifier?: string; identifier?: string };

export interface Cluster {
  identifier: string;
  /** `cluster-` and 26 characters: stays when the cluster is renamed, and names its folder. */
  resourceId: string;
  status: ClusterStatus;
  settings: ClusterSettings;
  /** What is being applied now. */
  pending: PendingClusterChanges;
  /** What waits for the maintenance window. */
  deferred: PendingClusterChanges;
  masterUsername: string;
  /** A SCRAM verifier that the next writer to run still has to be given; `first` where it has no master user at all yet. */
  masterVerifier?: { verifier: string; first: boolean } | undefined;
  masterSecret?: { arn: string; kmsKeyId?: string } | undefined;
  databaseName?: string | undefined;
  subnetGroup?: { name: string; description: string; subnets: SubnetPlace[] } | undefined;
  zones: string[];
  storageEncrypted: boolean;
  kmsKeyId?: string | undefined;
  engineLifecycleSupport: string;
  server: "native" | "pglite";
  createdMs?: number | undefined;
  /** Where clients reach the writer, and the readers; kept as long as the cluster. */
  endpoint?: { address: string; port: number } | undefined;
  readerEndpoint?: { address: string; port: number } | undefined;
  /** The resource id of the instance that takes writes, and whose folder holds the data; none while it has no instance. */
  writer?: string | undefined;
  /** A change of the writer that has begun: until it is done, `writer` still names the former one, who has everything. */
  failover?: { to: string } | undefined;
  /** A folder with the data that it begins with, in the state folder (a snapshot's); else it begins empty. */
  source?: { folder: string; words: string } | undefined;
  /** While it is being made of another's backup and log: whose, the backup's folder, and up to when (ISO 8601). */
  recovery?: { resourceId: string; base: string; targetTime: string } | undefined;
  /** Why it is `failed`. */
  failure?: string | undefined;
  tags: Tag[];
}

export const clusters = (cloud: Cloud) => cloud.store.collection<Cluster>("rds.clusters");

/** By identifier or ARN. */
export function findCluster(cloud: Cloud, region: string, identifierOrArn: string): Cluster {
  const identifier = identifierOrArn.replace(/^arn:[^:]*:rds:[^:]*:[^:]*:cluster:/, "").toLowerCase();
  const found = clusters(cloud).get(region, identifier);
  if (!found) throw clusterNotFound(identifierOrArn);
  return found;
}

/** Reads, changes and writes at once; nothing when the cluster is gone. Answers what was written. */
export function changeCluster(cloud: Cloud, region: string, identifier: string, change: (cluster: Cluster) => void): Cluster | undefined {
  return cloud.store.transaction(() => {
    const cluster = clusters(cloud).get(region, identifier);
    if (!cluster) return undefined;
    change(cluster);
    clusters(cloud).put(region, identifier, cluster);
    return cluster;
  });
}

const resourceIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function newClusterResourceId(cloud: Cloud): string {
  return `cluster-${cloud.world.random.text(26, resourceIdAlphabet)}`;
}
