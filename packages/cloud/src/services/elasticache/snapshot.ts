/** Snapshots: copies of a cache's data folder, with what its group was. */
import type { Output } from "../../aws.ts";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { copyTree } from "../../runtime/copied-folder.ts";
import { invalidCombination } from "./errors.ts";
import { arnOf, type Tag } from "./names.ts";
import { memberIds, type ReplicationGroup } from "./replication-group.ts";

export interface Snapshot {
  name: string;
  status: "creating" | "available" | "failed";
  source: "manual" | "automated";
  createdMs: number;
  /** The program whose data it is: a real server's data is not the built-in server's. */
  madeBy: "real" | "built-in";
  sizeBytes: number;
  group: Pick<
    ReplicationGroup,
    | "id"
    | "description"
    | "engine"
    | "engineVersion"
    | "nodeType"
    | "port"
    | "parameterGroup"
    | "subnetGroup"
    | "automaticFailover"
    | "autoMinorVersionUpgrade"
    | "snapshotRetentionDays"
    | "snapshotWindow"
    | "maintenanceWindow"
    | "createdMs"
    | "zones"
  >;
  kmsKeyId?: string | undefined;
  tags: Tag[];
}

export const snapshots = (cloud: Cloud) => cloud.store.collection<Snapshot>("elasticache.snapshots");
export const snapshotFolder = (cloud: Cloud, region: string, name: string) => cloud.world.disk.path("elasticache-snapshots", region, name);

const notFound = (name: string) => new AwsError("SnapshotNotFoundFault", `${name} is not found`, 404);
export const snapshotExists = (name: string) =>
  new AwsError("SnapshotAlreadyExistsFault", `Snapshot with specified name already exists: ${name}`);

export function findSnapshot(cloud: Cloud, region: string, name: string): Snapshot {
  const found = snapshots(cloud).get(region, name.toLowerCase());
  if (!found) throw notFound(name);
  return found;
}

const kindOf = (servedBy: string | undefined): Snapshot["madeBy"] => (servedBy?.startsWith("built-in") ? "built-in" : "real");
/** What holds the data, by the program that keeps it. */
const dataName = { real: "appendonlydir", "built-in": "built-in.aof" } as const;

/** Notes a snapshot that is about to be made. */
export function beginSnapshot(
  cloud: Cloud,
  region: string,
  name: string,
  group: ReplicationGroup,
  more: Pick<Snapshot, "source" | "tags" | "kmsKeyId">,
): Snapshot {
  if (snapshots(cloud).has(region, name)) throw snapshotExists(name);
  const snapshot: Snapshot = {
    name,
    status: "creating",
    createdMs: cloud.world.clock.nowMs(),
    madeBy: kindOf(group.servedBy),
    sizeBytes: 0,
    group,
    ...more,
  };
  snapshots(cloud).put(region, name, snapshot);
  return snapshot;
}

/** Copies what the group at `folder` holds. Its file only grows, so that a copy is the data of one moment. */
export async function takeSnapshot(cloud: Cloud, region: string, name: string, folder: string): Promise<void> {
  const snapshot = snapshots(cloud).get(region, name);
  if (!snapshot || snapshot.status !== "creating") return;
  const data = dataName[snapshot.madeBy];
  const target = snapshotFolder(cloud, region, name);
  const { files } = cloud.world.disk;
  if (!(await files.stat(`${folder}/${data}`).catch(() => undefined))) {
    snapshots(cloud).put(region, name, { ...snapshot, status: "failed" });
    return;
  }
  await files.mkdir(target, { recursive: true, mode: 0o700 });
  await copyTree(cloud, `${folder}/${data}`, `${target}/${data}`);
  let sizeBytes = 0;
  for (const entry of await files.readdir(target, { recursive: true })) {
    const { size, isFile } = await files.stat(`${target}/${entry}`).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (isFile) sizeBytes += size;
  }
  cloud.store.transaction(() => {
    if (snapshots(cloud).has(region, name)) snapshots(cloud).put(region, name, { ...snapshot, status: "available", sizeBytes });
  });
}

/** Puts a snapshot's data where a new group will look for it, unless a start before a crash has used it already. */
export async function restoreSnapshot(cloud: Cloud, region: string, name: string, folder: string): Promise<void> {
  const { madeBy } = findSnapshot(cloud, region, name);
  const data = dataName[madeBy];
  const present = await cloud.world.disk.files.stat(`${folder}/${data}`).catch(() => undefined);
  if (present) return;
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
  await copyTree(cloud, `${snapshotFolder(cloud, region, name)}/${data}`, `${folder}/${data}`);
}

/** Throws where a snapshot cannot become a group of this engine on this machine. */
export function checkRestorable({ name, status, madeBy }: Snapshot, kindHere: Snapshot["madeBy"]): void {
  if (status !== "available") throw new AwsError("InvalidSnapshotState", `Snapshot ${name} is in ${status} state; it must be available.`);
  if (madeBy !== kindHere)
    throw invalidCombination(
      `Snapshot ${name} holds data of ${madeBy === "real" ? "a valkey-server or redis-server, which this machine does not have now" : "the built-in server, and this machine has a valkey-server or redis-server now: set PLINTH_REDIS=built-in to use it"}.`,
    );
}

export async function removeSnapshot(cloud: Cloud, region: string, name: string): Promise<void> {
  await cloud.world.disk.files.rm(snapshotFolder(cloud, region, name), { recursive: true, force: true });
}

type Shape = NonNullable<NonNullable<Output<"elasticache", "DescribeSnapshots">["Snapshots"]>[number]>;

export function snapshotShape(
  of: { region: string; account: string },
  { name, status, source, createdMs, sizeBytes, group, kmsKeyId }: Snapshot,
): Shape {
  return {
    SnapshotName: name,
    ReplicationGroupId: group.id,
    ReplicationGroupDescription: group.description,
    CacheClusterId: memberIds({ ...group, memberCount: 1 })[0],
    SnapshotStatus: status,
    SnapshotSource: source,
    CacheNodeType: group.nodeType,
    Engine: group.engine,
    EngineVersion: group.engineVersion,
    NumCacheNodes: 1,
    NumNodeGroups: 1,
    PreferredAvailabilityZone: group.zones[0],
    CacheClusterCreateTime: new Date(group.createdMs),
    PreferredMaintenanceWindow: group.maintenanceWindow,
    Port: group.port,
    CacheParameterGroupName: group.parameterGroup,
    ...(group.subnetGroup && { CacheSubnetGroupName: group.subnetGroup }),
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    AutomaticFailover: group.automaticFailover ? "enabled" : "disabled",
    SnapshotRetentionLimit: group.snapshotRetentionDays,
    SnapshotWindow: group.snapshotWindow,
    NodeSnapshots: [
      {
        CacheNodeId: "0001",
        NodeGroupId: "0001",
        CacheSize: `${Math.ceil(sizeBytes / 2 ** 20)} MB`,
        CacheNodeCreateTime: new Date(group.createdMs),
        SnapshotCreateTime: new Date(createdMs),
      },
    ],
    ...(kmsKeyId && { KmsKeyId: kmsKeyId }),
    ARN: arnOf(of, "snapshot", name),
    DataTiering: "disabled",
  };
}
