/** What snapshots of instances and of clusters have in common: which database, when, and where the copy lies. */
import type { Cloud } from "../../../cloud.ts";
import type { Collection } from "../../../store.ts";

export interface KeptSnapshot {
  identifier: string;
  resourceId: string;
  type: "manual" | "automated" | "awsbackup";
  status: "creating" | "available" | "failed" | "copying";
  createdMs?: number | undefined;
  /** The folder's name: a copy has its own. */
  folder: string;
}

/** Where the snapshots of the database with that resource id are kept. */
export function shelfFor(cloud: Cloud, resourceId: string): Collection<KeptSnapshot> {
  return cloud.store.collection<KeptSnapshot>(resourceId.startsWith("cluster-") ? "rds.cluster-snapshots" : "rds.snapshots");
}

/** The automated ones of a database, in whatever state. What RDS keeps by itself for other reasons has such a name too, and is none. */
export function dailySnapshots(cloud: Cloud, region: string, resourceId: string): KeptSnapshot[] {
  return shelfFor(cloud, resourceId)
    .list(region, "rds:")
    .filter((snapshot) => snapshot.resourceId === resourceId && snapshot.type === "automated");
}

/** Those that are complete, oldest first. */
export function automatedSnapshots(cloud: Cloud, region: string, resourceId: string): KeptSnapshot[] {
  return dailySnapshots(cloud, region, resourceId)
    .filter(({ status }) => status === "available")
    .sort((a, b) => a.createdMs! - b.createdMs!);
}

export function snapshotFolder(cloud: Cloud, region: string, folder: string): string {
  return cloud.world.disk.path("rds", region, "snapshots", folder);
}

/** Removes a snapshot and its data. */
export async function removeSnapshot(cloud: Cloud, region: string, snapshot: KeptSnapshot): Promise<void> {
  shelfFor(cloud, snapshot.resourceId).delete(region, snapshot.identifier);
  await cloud.world.disk.files.rm(snapshotFolder(cloud, region, snapshot.folder), { recursive: true, force: true });
}

/** As RDS calls automated ones: `rds:orders-2026-11-20-03-12`. */
export function automatedName(identifier: string, atMs: number): string {
  return `rds:${identifier}-${new Date(atMs).toISOString().slice(0, 16).replace(/[T:]/g, "-")}`;
}
