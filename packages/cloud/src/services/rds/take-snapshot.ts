/** Makes the snapshot that was noted: a copy of the data, with events of how it went. */
import type { Cloud } from "../../cloud.ts";
import { copyFolder } from "../../runtime/postgres/data-folder.ts";
import { events } from "./event.ts";
import { findInstance, instanceFolder } from "./instance.ts";
import { arnOf } from "./names.ts";
import { runningServer } from "./servers.ts";
import { snapshots } from "./snapshot.ts";
import { snapshotFolder } from "./backup/kept-snapshot.ts";

/** Copies the data: of a running server while it serves, of a stopped one as it lies. */
export async function takeSnapshot(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const snapshot = snapshots(cloud).get(region, identifier);
  if (!snapshot || snapshot.status !== "creating") return;
  const about = {
    source: identifier,
    type: "db-snapshot" as const,
    arn: arnOf({ region, account: cloud.account }, "snapshot", identifier),
  };
  events.note(cloud, region, { ...about, message: `Creating ${snapshot.type} snapshot`, categories: ["creation"] });
  const target = `${snapshotFolder(cloud, region, snapshot.folder)}/data`;
  try {
    const instance = findInstance(cloud, region, snapshot.instance);
    await cloud.world.disk.files.mkdir(snapshotFolder(cloud, region, snapshot.folder), { recursive: true, mode: 0o711 });
    await cloud.world.disk.files.rm(target, { recursive: true, force: true });
    const server = runningServer(cloud, instance);
    if (server) await server.backup(target);
    else await copyFolder(cloud, `${instanceFolder(cloud, region, instance.resourceId)}/data`, target);
    snapshots(cloud).put(region, identifier, {
      ...snapshot,
      status: "available",
      createdMs: cloud.world.clock.nowMs(),
      originallyCreatedMs: cloud.world.clock.nowMs(),
    });
    const kind = snapshot.type === "manual" ? "Manual" : "Automated";
    events.note(cloud, region, { ...about, message: `${kind} snapshot created`, categories: ["creation"] });
  } catch (error) {
    snapshots(cloud).put(region, identifier, { ...snapshot, status: "failed" });
    events.note(cloud, region, { ...about, message: `Creating the snapshot failed: ${(error as Error).message}`, categories: ["failure"] });
    throw error;
  }
}
