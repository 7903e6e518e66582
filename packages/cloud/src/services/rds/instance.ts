/** A DB instance as it is kept: what its describes answer, and where its life stands. */
import type { Cloud } from "../../cloud.ts";
import type { Engine } from "./engine-versions.ts";
import { instanceNotFound } from "./errors.ts";
import type { SubnetPlace } from "./network.ts";
import type { Tag } from "./tags.ts";

export type InstanceStatus =
  | "creating"
  | "backing-up"
  | "available"
  | "modifying"
  | "rebooting"
  | "stopping"
  | "stopped"
  | "starting"
  | "deleting"
  | "failed"
  | "incompatible-restore";

/** What ModifyDBInstance changes. */
export interface InstanceSettings {
  instanceClass: string;
  engineVersion: string;
  allocatedStorage: number;
  maxAllocatedStorage?: number;
  storageType: string;
  iops?: number;
  storageThroughput?: number;
  port: number;
  multiAz: boolean;
  backupRetentionDays: number;
  backupWindow: string;
  maintenanceWindow: string;
  autoMinorVersionUpgrade: boolean;
  licenseModel: string;
  publiclyAccessible: boolean;
  copyTagsToSnapshot: boolean;
  deletionProtection: boolean;
  monitoringIntervalSeconds: number;
  monitoringRoleArn?: string;
  iamAuthentication: boolean;
  performanceInsights: boolean;
  performanceInsightsRetentionDays?: number;
  performanceInsightsKmsKeyId?: string;
  databaseInsightsMode: string;
  logExports: string[];
  certificateAuthority: string;
  dedicatedLogVolume: boolean;
  networkType: string;
  parameterGroup: string;
  optionGroup: string;
  securityGroups: string[];
}

/** Changes that wait for the maintenance window, or are being applied; a password is kept as its verifier only. */
export type PendingChanges = Partial<InstanceSettings> & { masterVerifier?: string; identifier?: string };

export interface Membership {
  /** The cluster's identifier. */
  cluster: string;
  /** When its turn comes at a failover: 0 first, 15 last. */
  promotionTier: number;
  /** It has been stopped because nobody used it, and is woken by the next connection. */
  paused?: boolean;
  /** Where its server listens behind its endpoint. */
  serverAt?: { address: string; port: number };
  /** How many connections the running server takes. */
  maxConnections?: number;
}

export interface Instance {
  identifier: string;
  /** `db-` and 26 characters: stays when the instance is renamed, and names its folder. */
  resourceId: string;
  status: InstanceStatus;
  settings: InstanceSettings;
  /** What is being applied now. */
  pending: PendingChanges;
  /** What waits for the maintenance window. */
  deferred: PendingChanges;
  masterUsername: string;
  /** A SCRAM verifier until the master user was made. */
  masterVerifier?: string | undefined;
  masterSecret?: { arn: string; kmsKeyId?: string } | undefined;
  databaseName?: string | undefined;
  subnetGroup?: { name: string; description: string; subnets: SubnetPlace[] } | undefined;
  availabilityZone: string;
  storageEncrypted: boolean;
  kmsKeyId?: string | undefined;
  engineLifecycleSupport: string;
  createdMs?: number | undefined;
  address?: string | undefined;
  /** Where it really listens; differs from `settings.port` only where addresses are shared (macOS). */
  listeningPort?: number | undefined;
  /** Where its server listens, when that is behind an entrance (instance-entrance.ts). */
  serverAt?: { address: string; port: number } | undefined;
  /** Which server: chosen at create, since the data folders differ. */
  server: "native" | "pglite";
  servedBy?: string | undefined;
  /** The snapshot whose data it begins with. */
  source?: string | undefined;
  /** While it is being made of another's backup and log: whose, the backup's folder, and up to when (ISO 8601). */
  recovery?: { resourceId: string; base: string; targetTime: string } | undefined;
  /** The group's static values that the running server started with, as JSON; another value means `pending-reboot`. */
  startedWith?: string | undefined;
  /** Of an Aurora cluster's instance: what it is to its cluster. */
  member?: Membership | undefined;
  /** Why it is `failed`. */
  failure?: string | undefined;
  /** While it is being deleted: the snapshot to make first. */
  finalSnapshot?: string | undefined;
  /** While it is being deleted: whether its automated backups stay. */
  keepsBackups?: boolean | undefined;
  tags: Tag[];
}

export const engineOf = ({ member }: Pick<Instance, "member">): Engine => (member ? "aurora-postgresql" : "postgres");

export const instances = (cloud: Cloud) => cloud.store.collection<Instance>("rds.instances");

export function findInstance(cloud: Cloud, region: string, identifier: string): Instance {
  const found = instances(cloud).get(region, identifier.toLowerCase());
  if (!found) throw instanceNotFound(identifier);
  return found;
}

/** Reads, changes and writes at once; nothing when the instance is gone. Answers what was written. */
export function changeInstance(
  cloud: Cloud,
  region: string,
  identifier: string,
  change: (instance: Instance) => void,
): Instance | undefined {
  return cloud.store.transaction(() => {
    const instance = instances(cloud).get(region, identifier);
    if (!instance) return undefined;
    change(instance);
    instances(cloud).put(region, identifier, instance);
    return instance;
  });
}

/** The folder of an instance's data and logs. */
export function instanceFolder(cloud: Cloud, region: string, resourceId: string): string {
  return cloud.world.disk.path("rds", region, resourceId.toLowerCase());
}

const resourceIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function newResourceId(cloud: Cloud): string {
  return `db-${cloud.world.random.text(26, resourceIdAlphabet)}`;
}
