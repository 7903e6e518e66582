/** What is left of a stage that was destroyed, and goes on costing. Found out from AWS, so that a second run after a failure knows all. */
import type { Aws } from "../aws.ts";
import type { DestroyedData } from "./destroyed-data.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { canHold, holdingOf } from "./holdings.ts";

export type RemainKind = "database-snapshot" | "cluster-snapshot" | "bucket" | "file-system" | "log-group" | "secret" | "key" | "other";

export interface Remain {
  kind: RemainKind;
  /** What AWS calls it. */
  id: string;
  /** A few words: `the snapshot orders-final of database`. */
  text: string;
  sizeBytes?: number;
}

const kindOf: Record<string, RemainKind> = {
  "AWS::S3::Bucket": "bucket",
  "AWS::EFS::FileSystem": "file-system",
  "AWS::KMS::Key": "key",
  "AWS::Logs::LogGroup": "log-group",
  "AWS::SecretsManager::Secret": "secret",
};

const dayMs = 86_400_000;

/** What the policies of its stacks have kept, of those deleted today: CloudFormation knows that for months after. */
export async function retained(aws: Aws, { app, stage }: { app: string; stage: string }, now: Date): Promise<Remain[]> {
  const found: Remain[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "ListStacks", { StackStatusFilter: ["DELETE_COMPLETE"], NextToken });
    for (const { StackId, StackName = "", DeletionTime } of page.StackSummaries ?? []) {
      if (!StackName.startsWith(`${app}-${stage}-`) || !DeletionTime || now.getTime() - DeletionTime.getTime() > dayMs) continue;
      found.push(...(await skippedIn(aws, StackId!, now)));
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

async function skippedIn(aws: Aws, StackName: string, now: Date): Promise<Remain[]> {
  const found: Remain[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "ListStackResources", { StackName, NextToken });
    for (const { LogicalResourceId, PhysicalResourceId: id, ResourceType: type = "", ResourceStatus } of page.StackResourceSummaries ??
      []) {
      if (ResourceStatus !== "DELETE_SKIPPED" || !id) continue;
      const { text, sizeBytes } = await holdingOf(aws, type, id, now);
      if (text === undefined && canHold(type)) continue; // somebody has deleted it since
      const size = text === undefined ? "" : ` (${text})`;
      found.push({
        kind: kindOf[type] ?? "other",
        id,
        text: `${LogicalResourceId} (${type}), kept by its policy: ${id}${size}`,
        ...(sizeBytes !== undefined && { sizeBytes }),
      });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Snapshots of databases that bear the stage's tags or names. */
export async function snapshotsOf(
  aws: Aws,
  { app, stage }: { app: string; stage: string },
  databases: readonly DestroyedData[],
  stacks: readonly Pick<DeployedStack, "name">[],
): Promise<Remain[]> {
  const ids = new Set(databases.flatMap(({ id }) => id ?? []));
  const own = (name: string, of: string | undefined, tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []) => {
    const has = (key: string, value: string) => tags.some(({ Key, Value }) => Key === key && Value === value);
    if (has("plinth:app", app) && has("plinth:stage", stage)) return true;
    return (
      (of !== undefined && ids.has(of)) || stacks.some((stack) => name.toLowerCase().startsWith(`${stack.name.toLowerCase()}-snapshot-`))
    );
  };
  const gigabytes = (size: number | undefined) => (size ? { sizeBytes: size * 1024 ** 3 } : {});
  const [{ DBSnapshots = [] }, { DBClusterSnapshots = [] }] = await Promise.all([
    aws.call("rds", "DescribeDBSnapshots", { SnapshotType: "manual" }),
    aws.call("rds", "DescribeDBClusterSnapshots", { SnapshotType: "manual" }),
  ]);
  return [
    ...DBSnapshots.filter((one) => own(one.DBSnapshotIdentifier!, one.DBInstanceIdentifier, one.TagList)).map((one) => ({
      kind: "database-snapshot" as const,
      id: one.DBSnapshotIdentifier!,
      text: `the snapshot ${one.DBSnapshotIdentifier} of ${one.DBInstanceIdentifier}`,
      ...gigabytes(one.AllocatedStorage),
    })),
    ...DBClusterSnapshots.filter((one) => own(one.DBClusterSnapshotIdentifier!, one.DBClusterIdentifier, one.TagList)).map((one) => ({
      kind: "cluster-snapshot" as const,
      id: one.DBClusterSnapshotIdentifier!,
      text: `the snapshot ${one.DBClusterSnapshotIdentifier} of ${one.DBClusterIdentifier}`,
      ...gigabytes(one.AllocatedStorage),
    })),
  ];
}
