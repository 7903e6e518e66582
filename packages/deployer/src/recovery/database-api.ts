/** Instances and clusters by the same words: what RDS has two operations for, and answers in two shapes. */
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, throwIfInterrupted, type Time } from "../deployment.ts";
import type { StageDatabase } from "./stage-database.ts";

export type Kind = StageDatabase["kind"];

type Instance = NonNullable<Output<"rds", "DescribeDBInstances">["DBInstances"]>[number];
type Cluster = NonNullable<Output<"rds", "DescribeDBClusters">["DBClusters"]>[number];

export interface Server {
  kind: Kind;
  identifier: string;
  status: string;
  engineVersion: string;
  host: string | undefined;
  port: number;
  databaseName: string | undefined;
  resourceId: string;
  retentionDays: number;
  earliest: Date | undefined;
  latest: Date | undefined;
  tags: Record<string, string>;
  /** As RDS describes it. */
  instance?: Instance;
  cluster?: Cluster;
  /** Why it failed, where RDS says so. */
  reason?: string;
}

const gone = ["DBInstanceNotFound", "DBInstanceNotFoundFault", "DBClusterNotFoundFault"];
export const isGone = (error: unknown) => isAwsError(error, ...gone);

/** `undefined` where there is none. */
export async function describeServer(aws: Aws, kind: Kind, identifier: string): Promise<Server | undefined> {
  try {
    if (kind === "cluster") {
      const { DBClusters: [cluster] = [] } = await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: identifier });
      return cluster && fromCluster(cluster);
    }
    const { DBInstances: [instance] = [] } = await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
    return instance && fromInstance(instance);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function fromInstance(instance: Instance): Server {
  const retentionDays = instance.BackupRetentionPeriod ?? 0;
  const reason = instance.StatusInfos?.[0]?.Message;
  return {
    kind: "instance",
    identifier: instance.DBInstanceIdentifier ?? "",
    status: instance.DBInstanceStatus ?? "",
    engineVersion: instance.EngineVersion ?? "",
    host: instance.Endpoint?.Address,
    port: instance.Endpoint?.Port ?? 5432,
    databaseName: instance.DBName,
    resourceId: instance.DbiResourceId ?? "",
    retentionDays,
    earliest: undefined, // told by its automated backup
    latest: instance.LatestRestorableTime,
    tags: Object.fromEntries((instance.TagList ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    instance,
    ...(reason !== undefined && { reason }),
  };
}

function fromCluster(cluster: Cluster): Server {
  return {
    kind: "cluster",
    identifier: cluster.DBClusterIdentifier ?? "",
    status: cluster.Status ?? "",
    engineVersion: cluster.EngineVersion ?? "",
    host: cluster.Endpoint,
    port: cluster.Port ?? 5432,
    databaseName: cluster.DatabaseName,
    resourceId: cluster.DbClusterResourceId ?? "",
    retentionDays: cluster.BackupRetentionPeriod ?? 0,
    earliest: cluster.EarliestRestorableTime,
    latest: cluster.LatestRestorableTime,
    tags: Object.fromEntries((cluster.TagList ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    cluster,
  };
}

/** Between which times it can be brought back; `undefined` where there is none yet. */
export async function restorableWindow(aws: Aws, server: Server): Promise<{ earliest: Date; latest: Date } | undefined> {
  const { latest } = server;
  if (!latest) return undefined;
  if (server.earliest) return { earliest: server.earliest, latest };
  const { DBInstanceAutomatedBackups: [backup] = [] } = await aws.call("rds", "DescribeDBInstanceAutomatedBackups", {
    DbiResourceId: server.resourceId,
  });
  const earliest = backup?.RestoreWindow?.EarliestTime;
  return earliest && { earliest, latest };
}

/** AWS takes an hour and more to restore a large database. */
const patienceMs = 6 * 60 * 60_000;

/** Waits until it takes connections. @throws DeployError `stack-failed` when it will not. */
export async function waitUntilAvailable(
  { aws, time, signal }: { aws: Aws; time: Time; signal: AbortSignal },
  kind: Kind,
  identifier: string,
): Promise<Server> {
  const startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    throwIfInterrupted(signal);
    const server = await describeServer(aws, kind, identifier);
    if (server?.status === "available") return server;
    if (!server || /fail|incompatible|inaccessible/.test(server.status) || time.now() - startedAt > patienceMs) {
      throw new DeployError("stack-failed", `The database ${identifier} is ${server?.status ?? "gone"}, not available.`, {
        evidence: server?.reason === undefined ? [] : server.reason.split("\n"),
      });
    }
    await time.sleep(delayMs, signal);
  }
  throw new Error("unreachable");
}
