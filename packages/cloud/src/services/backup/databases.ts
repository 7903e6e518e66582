/** What is backed up here, databases, by RDS's own operations, which AWS Backup calls in its own name. */
import type { Call } from "../../service.ts";
import { invalidValue, notServed } from "./errors.ts";
import type { RecoveryPoint, ResourceKind } from "./job.ts";

export interface Protected {
  arn: string;
  kind: ResourceKind;
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

export function kindOf(arn: string): ResourceKind {
  if (/^arn:aws:rds:[^:]+:\d{12}:db:[^:]+$/.test(arn)) return "RDS";
  if (/^arn:aws:rds:[^:]+:\d{12}:cluster:[^:]+$/.test(arn)) return "Aurora";
  if (!/^arn:aws:[a-z0-9-]+:/.test(arn)) throw invalidValue(`Invalid resource ARN: ${arn}`);
  throw notServed(`AWS Backup of ${arn.split(":")[2]} (only RDS instances and Aurora clusters are backed up)`);
}

const nameOf = (arn: string) => arn.split(":").slice(6).join(":");

interface SnapshotState {
  arn: string;
  status: string;
  encrypted: boolean;
}

/** The snapshot of that name, or `undefined` where it was not begun. */
export async function snapshotState(call: Call, kind: ResourceKind, name: string): Promise<SnapshotState | undefined> {
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

export async function takeSnapshot(call: Call, kind: ResourceKind, resourceArn: string, name: string): Promise<void> {
  if (kind === "RDS") await call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: nameOf(resourceArn), DBSnapshotIdentifier: name });
  else await call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: nameOf(resourceArn), DBClusterSnapshotIdentifier: name });
}

/** @param call in the region of the copy. */
export async function copySnapshot(call: Call, kind: ResourceKind, sourceArn: string, name: string): Promise<void> {
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

export async function deleteSnapshot(call: Call, { kind, arn }: Pick<RecoveryPoint, "kind" | "arn">): Promise<void> {
  try {
    if (kind === "RDS") await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: nameOf(arn) });
    else await call("rds", "DeleteDBClusterSnapshot", { DBClusterSnapshotIdentifier: nameOf(arn) });
  } catch (error) {
    if (!(error instanceof Error && error.name.includes("NotFound"))) throw error;
  }
}

/** What a restore has to be told, with what the source had. */
export async function restoreMetadata(call: Call, { kind, arn }: Pick<RecoveryPoint, "kind" | "arn">): Promise<Record<string, string>> {
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

const taken: Record<ResourceKind, readonly string[]> = {
  RDS: ["DBInstanceIdentifier", "DBInstanceClass", "DBSubnetGroupName", "AvailabilityZone"],
  Aurora: ["DBClusterIdentifier", "DBSubnetGroupName", "Engine", "EngineVersion"],
};

/** Begins to make a database of it; answers its ARN. */
export async function beginRestore(
  call: Call,
  { kind, arn }: Pick<RecoveryPoint, "kind" | "arn">,
  metadata: Record<string, string>,
): Promise<string> {
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

export async function databaseStatus(call: Call, arn: string): Promise<string> {
  if (kindOf(arn) === "RDS")
    return (await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: arn })).DBInstances![0]!.DBInstanceStatus!;
  return (await call("rds", "DescribeDBClusters", { DBClusterIdentifier: arn })).DBClusters![0]!.Status!;
}
