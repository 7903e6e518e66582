/** Databases, backed up by RDS's own operations, which AWS Backup calls in its own name. */
import type { Cloud } from "../../cloud.ts";
import type { Call } from "../../service.ts";

export type DatabaseKind = "RDS" | "Aurora";

interface Snapshot {
  kind: DatabaseKind;
  arn: string;
}

interface Protected {
  arn: string;
  kind: DatabaseKind;
  tags: Record<string, string>;
}

const asTags = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] = []) =>
  Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));

/** All of a region: instances of their own, and clusters. */
export async function protectable(call: Call): Promise<Protected[]> {
  const found: Protected[] = [];
  for (let Marker: string | undefined; ;) {
    const page = await call("rds", "DescribeDBInstances", { ...(Marker !== undefined && { Marker }) });
    for (const each of page.DBInstances ?? []) {
      if (!each.DBClusterIdentifier) found.push({ arn: each.DBInstanceArn!, kind: "RDS", tags: asTags(each.TagList) });
    }
    if (!(Marker = page.Marker)) break;
  }
  for (let Marker: string | undefined; ;) {
    const page = await call("rds", "DescribeDBClusters", { ...(Marker !== undefined && { Marker }) });
    for (const each of page.DBClusters ?? []) found.push({ arn: each.DBClusterArn!, kind: "Aurora", tags: asTags(each.TagList) });
    if (!(Marker = page.Marker)) break;
  }
  return found;
}

export function databaseKindOf(arn: string): DatabaseKind | undefined {
  if (/^arn:aws:rds:[^:]+:\d{12}:db:[^:]+$/.test(arn)) return "RDS";
  return /^arn:aws:rds:[^:]+:\d{12}:cluster:[^:]+$/.test(arn) ? "Aurora" : undefined;
}

export const snapshotArn = (region: string, account: string, kind: DatabaseKind, name: string) =>
  `arn:aws:rds:${region}:${account}:${kind === "RDS" ? "" : "cluster-"}snapshot:${name}`;

const nameOf = (arn: string) => arn.split(":").slice(6).join(":");

interface SnapshotState {
  arn: string;
  status: string;
  encrypted: boolean;
}

/** The snapshot of that name, or `undefined` where it was not begun. */
async function snapshotState(call: Call, kind: DatabaseKind, name: string): Promise<SnapshotState | undefined> {
  try {
    if (kind === "RDS") {
      const { DBSnapshots: [found] = [] } = await call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: name });
      return found && { arn: found.DBSnapshotArn!, status: found.Status!, encrypted: found.Encrypted ?? false };
    }
    const { DBClusterSnapshots: [found] = [] } = await call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: name });
    return found && { arn: found.DBClusterSnapshotArn!, status: found.Status!, encrypted: found.StorageEncrypted ?? false };
  } catch (error) {
    if (error instanceof Error && error.name.includes("NotFound")) return undefined;
    throw error;
  }
}

export async function takeSnapshot(call: Call, kind: DatabaseKind, resourceArn: string, name: string): Promise<void> {
  if (kind === "RDS") await call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: nameOf(resourceArn), DBSnapshotIdentifier: name });
  else await call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: nameOf(resourceArn), DBClusterSnapshotIdentifier: name });
}

/** @param call in the region of the copy. */
export async function copySnapshot(call: Call, kind: DatabaseKind, sourceArn: string, name: string): Promise<void> {
  if (kind === "RDS") {
    await call("rds", "CopyDBSnapshot", { SourceDBSnapshotIdentifier: sourceArn, TargetDBSnapshotIdentifier: name, CopyTags: true });
  } else {
    await call("rds", "CopyDBClusterSnapshot", {
      SourceDBClusterSnapshotIdentifier: sourceArn,
      TargetDBClusterSnapshotIdentifier: name,
      CopyTags: true,
    });
  }
}

export async function deleteSnapshot(call: Call, { kind, arn }: Snapshot): Promise<void> {
  try {
    if (kind === "RDS") await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: nameOf(arn) });
    else await call("rds", "DeleteDBClusterSnapshot", { DBClusterSnapshotIdentifier: nameOf(arn) });
  } catch (error) {
    if (!(error instanceof Error && error.name.includes("NotFound"))) throw error;
  }
}

/** What a restore has to be told, with what the source had. */
export async function restoreMetadata(call: Call, { kind, arn }: Snapshot): Promise<Record<string, string>> {
  if (kind === "RDS") {
    const { DBSnapshots: [found] = [] } = await call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: nameOf(arn) });
    return {
      DBSnapshotIdentifier: nameOf(arn),
      Engine: found?.Engine ?? "",
      Port: String(found?.Port ?? ""),
      AllocatedStorage: String(found?.AllocatedStorage ?? ""),
    };
  }
  const { DBClusterSnapshots: [found] = [] } = await call("rds", "DescribeDBClusterSnapshots", {
    DBClusterSnapshotIdentifier: nameOf(arn),
  });
  return {
    SnapshotIdentifier: nameOf(arn),
    Engine: found?.Engine ?? "",
    EngineVersion: found?.EngineVersion ?? "",
    Port: String(found?.Port ?? ""),
  };
}

const taken: Record<DatabaseKind, readonly string[]> = {
  RDS: ["DBInstanceIdentifier", "DBInstanceClass", "DBSubnetGroupName", "AvailabilityZone"],
  Aurora: ["DBClusterIdentifier", "DBSubnetGroupName", "Engine", "EngineVersion"],
};

/** Begins to make a database of it; answers its ARN. */
export async function beginRestore(call: Call, { kind, arn }: Snapshot, metadata: Record<string, string>): Promise<string> {
  const given = Object.fromEntries(Object.entries(metadata).filter(([name, value]) => taken[kind].includes(name) && value !== ""));
  const groups = metadata["VpcSecurityGroupIds"];
  const more = {
    ...(metadata["Port"] && { Port: Number(metadata["Port"]) }),
    ...(groups && { VpcSecurityGroupIds: JSON.parse(groups) as string[] }),
  };
  if (kind === "RDS") {
    const { DBInstance } = await call("rds", "RestoreDBInstanceFromDBSnapshot", {
      ...given,
      ...more,
      DBInstanceIdentifier: metadata["DBInstanceIdentifier"] ?? "",
      DBSnapshotIdentifier: nameOf(arn),
    });
    return DBInstance!.DBInstanceArn!;
  }
  const { DBCluster } = await call("rds", "RestoreDBClusterFromSnapshot", {
    ...given,
    ...more,
    DBClusterIdentifier: metadata["DBClusterIdentifier"] ?? "",
    Engine: metadata["Engine"] ?? "aurora-postgresql",
    SnapshotIdentifier: nameOf(arn),
  });
  return DBCluster!.DBClusterArn!;
}

const pollMs = 100;

interface Waiting {
  cloud: Cloud;
  call: Call;
}

/** The snapshot is begun where it is not, and waited for. */
export async function completeSnapshot(
  { cloud, call }: Waiting,
  kind: DatabaseKind,
  name: string,
  make: () => Promise<void>,
): Promise<{ arn: string; encrypted: boolean }> {
  if (!(await snapshotState(call, kind, name))) await make();
  for (;;) {
    const state = await snapshotState(call, kind, name);
    if (state?.status === "available") return { arn: state.arn, encrypted: state.encrypted };
    if (!state || state.status === "failed") throw new Error(`The snapshot ${name} failed.`);
    await cloud.world.clock.sleep(pollMs, cloud.stopping);
  }
}

export function metadataFault(kind: DatabaseKind, metadata: Record<string, string>): string | undefined {
  const named = kind === "RDS" ? "DBInstanceIdentifier" : "DBClusterIdentifier";
  return metadata[named] ? undefined : `Metadata must name the new database: ${named}.`;
}

/** Waits until it takes connections. */
export async function databaseAvailable({ cloud, call }: Waiting, arn: string): Promise<void> {
  for (;;) {
    const status = await databaseStatus(call, arn);
    if (status === "available") return;
    if (status === "failed") throw new Error(`The database ${arn} failed.`);
    await cloud.world.clock.sleep(pollMs, cloud.stopping);
  }
}

async function databaseStatus(call: Call, arn: string): Promise<string> {
  if (databaseKindOf(arn) === "RDS")
    return (await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: arn })).DBInstances![0]!.DBInstanceStatus!;
  return (await call("rds", "DescribeDBClusters", { DBClusterIdentifier: arn })).DBClusters![0]!.Status!;
}
