/** The last copy of a database: made although its stack would not, or left out although its stack would make one. */
import { isAwsError, type Aws } from "../aws.ts";
import { pollingDelaysMs, type Deployment } from "../deployment.ts";

export interface DatabaseOf {
  type: "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster";
  id: string;
}

/** By the minute: a second run of a destruction that failed does not make another. */
export function finalSnapshotName({ id }: DatabaseOf, now: Date): string {
  return `${id}-final-${now.toISOString().slice(0, 16).replaceAll(/[-:T]/g, "")}`;
}

/** Makes it and waits until it can be restored from; one that was begun by a run before counts. @returns its name */
export async function makeFinalSnapshot(deployment: Deployment, aws: Aws, database: DatabaseOf): Promise<string> {
  const { assembly, time } = deployment;
  const kept = await ownSnapshot(aws, database);
  const name = kept ?? finalSnapshotName(database, new Date(time.now()));
  const Tags = [
    { Key: "plinth:app", Value: assembly.app },
    { Key: "plinth:stage", Value: assembly.stage },
  ];
  if (kept === undefined) {
    if (database.type === "AWS::RDS::DBCluster")
      await aws.call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: database.id, DBClusterSnapshotIdentifier: name, Tags });
    else await aws.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: database.id, DBSnapshotIdentifier: name, Tags });
  }
  await settle(deployment, aws, async () => (await snapshotStatus(aws, database, name)) === "available");
  return name;
}

/** Deletes it with its instances, without a copy, before its stack would make one. */
export async function deleteWithoutSnapshot(deployment: Deployment, aws: Aws, { type, id }: DatabaseOf): Promise<void> {
  try {
    if (type === "AWS::RDS::DBCluster") {
      const { DBClusters: [cluster] = [] } = await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: id });
      for (const { DBInstanceIdentifier } of cluster?.DBClusterMembers ?? [])
        await aws.call("rds", "DeleteDBInstance", { DBInstanceIdentifier, SkipFinalSnapshot: true });
      await aws.call("rds", "DeleteDBCluster", { DBClusterIdentifier: id, SkipFinalSnapshot: true });
    } else await aws.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: id, SkipFinalSnapshot: true });
  } catch (error) {
    if (isGone(error)) return;
    // One that is being deleted already, by a run before.
    if (!isAwsError(error, "InvalidDBInstanceState", "InvalidDBInstanceStateFault", "InvalidDBClusterStateFault")) throw error;
  }
  await settle(deployment, aws, async () => {
    try {
      if (type === "AWS::RDS::DBCluster") await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: id });
      else await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: id });
      return false;
    } catch (error) {
      if (isGone(error)) return true;
      throw error;
    }
  });
}

const isGone = (error: unknown) => isAwsError(error, "DBInstanceNotFoundFault", "DBInstanceNotFound", "DBClusterNotFoundFault");

async function settle({ time, signal }: Deployment, aws: Aws, done: () => Promise<boolean>): Promise<void> {
  for (const delayMs of pollingDelaysMs(aws)) {
    if (await done()) return;
    await time.sleep(delayMs, signal);
  }
}

async function ownSnapshot(aws: Aws, { type, id }: DatabaseOf): Promise<string | undefined> {
  const isOwn = (name: string | undefined) => name !== undefined && name.startsWith(`${id}-final-`);
  if (type === "AWS::RDS::DBCluster") {
    const { DBClusterSnapshots = [] } = await aws.call("rds", "DescribeDBClusterSnapshots", { DBClusterIdentifier: id });
    return DBClusterSnapshots.find(({ DBClusterSnapshotIdentifier }) => isOwn(DBClusterSnapshotIdentifier))?.DBClusterSnapshotIdentifier;
  }
  const { DBSnapshots = [] } = await aws.call("rds", "DescribeDBSnapshots", { DBInstanceIdentifier: id });
  return DBSnapshots.find(({ DBSnapshotIdentifier }) => isOwn(DBSnapshotIdentifier))?.DBSnapshotIdentifier;
}

async function snapshotStatus(aws: Aws, { type }: DatabaseOf, name: string): Promise<string | undefined> {
  if (type === "AWS::RDS::DBCluster") {
    const { DBClusterSnapshots = [] } = await aws.call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: name });
    return DBClusterSnapshots[0]?.Status;
  }
  const { DBSnapshots = [] } = await aws.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: name });
  return DBSnapshots[0]?.Status;
}
